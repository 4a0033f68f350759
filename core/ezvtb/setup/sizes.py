"""What the set-up is about to download and how long that takes, said before it begins."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ezvtb.paths import models_folder
from ezvtb.setup import system_packages
from ezvtb.setup.console import say
from ezvtb.setup.environment import is_installed
from ezvtb.setup.locks import DEMO, RUNTIME, Lock


class Part(NamedTuple):
    """One thing to be fetched, in MB."""

    what: str
    download: int
    disk: int


OBS = Part("OBS Studio", *system_packages.OBS_MB)

MODELS = {
    "tha3_separable": Part("the poser's models", 56, 146),
    "rife40": Part("the models of in-between frames", 33, 93),
}
"""The models that every avatar needs, measured. The manifest itself can't be read everywhere before the packages are
there; a test compares the two."""

LINES = (100, 10)
"""Mbit/s: what people have, and what they have in the country."""

DISK_SPEED = 25
"""MB a second that are unpacked and built, measured on two cores."""


def missing(lock: Lock, headless: bool, *, network: bool = True, runtimes: Sequence[Lock] = ()) -> "list[Part]":
    """What of the locks, the models and OBS is not here yet; without a network OBS can't come."""
    parts = [] if is_installed(lock) else [_packages(lock)]
    parts += [Part(each.purpose, each.download, each.installed) for each in runtimes if not is_installed(each)]
    for name, part in MODELS.items():
        if not (models_folder() / name).is_dir():
            parts.append(part)
    if system_packages.decide(system_packages.gather(headless, network=network)).install:
        parts.append(OBS)
    return parts


def _packages(lock: Lock) -> Part:
    """What is missing of a lock, the largest that it contains and that is there already taken off."""
    there = [other for other in (RUNTIME, DEMO) if other.file in lock.contains and is_installed(other)]
    download, disk = (there[-1].download, there[-1].installed) if there else (0, 0)
    return Part("Python packages", lock.download - download, lock.installed - disk)


def announce(parts: Sequence[Part], source: str = "") -> None:
    """Says it; nothing where nothing is missing. `source` is the folder it is taken from instead of the network."""
    if not parts:
        return
    disk = sum(part.disk for part in parts)
    if source:
        say(f"From {source}, without a network: {_listed(parts)}; {disk} MB on disk, about {duration(0, disk)}.")
        return
    download = sum(part.download for part in parts)
    say(f"To download: {download} MB ({_listed(parts)}); {disk} MB on disk. About {times(download, disk)}.")


def _listed(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.what} {part.download}" for part in parts)


def times(download: int, disk: int) -> str:
    """How long so many MB take on usual lines."""
    return ", ".join(f"{duration(download * 8 / line, disk)} at {line} Mbit/s" for line in LINES)


def duration(transfer: float, disk: int) -> str:
    """The seconds of a transfer, and of writing so many MB, in words."""
    seconds = transfer + disk / DISK_SPEED
    return f"{max(5, round(seconds / 5) * 5)} s" if seconds < 90 else f"{round(seconds / 60)} min"


def folder_bytes(path: Path) -> int:
    """What a file, or all below a folder, takes; a link counts as itself."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(folder_bytes(entry) for entry in path.iterdir())


def shown(size: int) -> str:
    """Bytes in words."""
    return f"{size / 1e6:.0f} MB" if size >= 950_000 else f"{max(1, size // 1000)} kB"
