"""Finds OBS Studio on this machine, and says what is wrong with it where something is."""

import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Optional

from ezvtb.errors import SetupError
from ezvtb.setup import obs_portable, registry
from ezvtb.setup.registry import Registry

OLDEST = (29, 0)
"""Earlier ones don't blend the alpha of a source like ours."""

WINDOWS_PROGRAM = Path("bin", "64bit", "obs64.exe")

SANDBOXES = {
    "Flatpak": ("var/lib/flatpak/app/com.obsproject.Studio", "~/.local/share/flatpak/app/com.obsproject.Studio"),
    "Snap": ("snap/obs-studio", "var/lib/snapd/snap/obs-studio"),
}
"""Where an OBS lies that may start no program outside its sandbox, such as the engine; `~` is the user's home."""


class ObsProgram(NamedTuple):
    """An OBS that can be started."""

    path: Path
    version: "tuple[int, ...]"
    """Empty where it doesn't say."""

    @property
    def folder(self) -> Optional[Path]:
        """The folder to start it in: OBS on Windows and portable ones find their data relative to that."""
        return self.path.parent if obs_portable.root(self.path) else None


def find() -> Optional[ObsProgram]:
    """The OBS to use, or None. SetupError where the user names one that isn't there."""
    path = locate()
    return ObsProgram(path, _version(path)) if path else None


def locate() -> Optional[Path]:
    """Where that OBS is, without asking which version it has."""
    if named := os.environ.get("EZVTB_OBS"):
        if not Path(named).is_file():
            raise SetupError(f"EZVTB_OBS names {named}, which is no program.", "Correct that environment variable.")
        return Path(named).absolute()  # it is started in another folder, and noted for another day
    return next(filter(Path.is_file, _candidates()), None)


def _candidates() -> Iterator[Path]:
    if sys.platform == "win32":
        yield from windows_candidates(registry.read, os.environ)
        if found := shutil.which("obs64"):
            yield Path(found)
    elif sys.platform == "darwin":
        yield Path("/Applications/OBS.app/Contents/MacOS/OBS")
    elif (found := shutil.which("obs")) and not is_snap(Path(found)):
        yield Path(found)


def windows_candidates(read: Registry, environment: Mapping[str, str]) -> Iterator[Path]:
    """Where OBS may be on Windows, the likeliest first: its installer's note, the usual folders, Steam's libraries."""
    if installed := read("HKLM", r"SOFTWARE\OBS Studio", ""):
        yield Path(installed) / WINDOWS_PROGRAM
    for name in ("ProgramFiles", "ProgramW6432"):
        if folder := environment.get(name):
            yield Path(folder) / "obs-studio" / WINDOWS_PROGRAM
    if steam := read("HKCU", r"SOFTWARE\Valve\Steam", "SteamPath"):
        for library in steam_libraries(Path(steam)):
            yield library / "steamapps" / "common" / "OBS Studio" / WINDOWS_PROGRAM


def steam_libraries(steam: Path) -> "list[Path]":
    """Steam's own folder and the further ones that its list names."""
    listed = steam / "steamapps" / "libraryfolders.vdf"
    if not listed.is_file():
        return [steam]
    paths = re.findall(r'"path"\s+"([^"]+)"', listed.read_text("utf-8", "replace"))
    return [steam, *(Path(path.replace("\\\\", "\\")) for path in paths)]


def is_snap(path: Path) -> bool:
    """Whether a program is one of Snap's, which are all links to Snap itself."""
    return path.resolve().name == "snap" or "snap" in path.parts


def sandboxed(root: Path, home: Path) -> "tuple[str, ...]":
    """The sandboxes, of those in `SANDBOXES`, in which there is an OBS; `root` is the file system's root."""

    def there(place: str) -> bool:
        return (home / place[2:] if place.startswith("~/") else root / place).is_dir()

    return tuple(name for name, places in SANDBOXES.items() if any(map(there, places)))


def _version(path: Path) -> "tuple[int, ...]":
    if sys.platform == "win32":
        return file_version(path.read_bytes())  # obs64.exe has no console: --version would open a window
    try:
        answer = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{path} can't be started: {error}.", "Install OBS Studio again.") from error
    return parse_version(answer.stdout)


def parse_version(text: str) -> "tuple[int, ...]":
    """(29, 0, 2) of `OBS Studio - 29.0.2.1-1+b1 (linux)`; empty where there is none."""
    found = re.search(r"OBS Studio - (\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else ()


def file_version(program: bytes) -> "tuple[int, ...]":
    """(32, 0, 1) of a Windows program's content; empty where it has none.

    It stands in its resources as VS_FIXEDFILEINFO (verrsrc.h): 0xFEEF04BD, the structure's version 1.0, then the
    file's version in four 16-bit numbers: minor, major, build, patch.
    """
    start = program.find(struct.pack("<II", 0xFEEF04BD, 0x00010000))
    if start < 0 or len(program) < start + 16:
        return ()
    minor, major, _, patch = struct.unpack_from("<4H", program, start + 8)
    return (major, minor, patch)
