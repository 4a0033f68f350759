"""Brings the environment to one set of inference runtimes, whatever set was there before.

The three ONNX Runtimes overwrite each other's files, so the old one goes before the new one comes; and nothing goes
before all that is to come is here. What can't be installed is told, and the next best set comes instead.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import environment, runtime_choice
from ezvtb.setup.console import say
from ezvtb.setup.locks import CPU, CUDA, DEV, DIRECTML, RUNTIMES, Lock, packages
from ezvtb.setup.runtime_choice import AUTOMATIC, INSTEAD, SETS, TITLES, Choice

ONNX_RUNTIMES = {"onnxruntime": CPU, "onnxruntime-gpu": CUDA, "onnxruntime-directml": DIRECTML}
"""The packages that can't be beside each other, and their locks."""

FETCHED = "fetched"
"""The folder in the environment for what is downloaded before the old set goes."""

_LARGE = 500
"""MB that shall not stay in pip's cache as well."""


def decide(asked: Optional[str], base: Lock, project: Path = PROJECT) -> str:
    """The name of the set for this computer, which is said; `asked` (--runtime) counts from now on.

    `base` is the lock that will be installed before.
    """
    venv = Path(sys.prefix)
    if asked:
        runtime_choice.remember(asked, venv)
    word = runtime_choice.remembered(venv)
    machine = runtime_choice.this_machine()
    wanted = runtime_choice.choose(machine) if word == AUTOMATIC else Choice(word)
    before = 0 if environment.is_installed(base, project) else base.installed
    choice = runtime_choice.fitting(
        wanted, lambda name: needed(name, project) + before, shutil.disk_usage(venv).free >> 20
    )
    for reason in choice.reasons:
        say(reason)
    cards = runtime_choice.described(machine) or "none that computes"
    source = "" if word == AUTOMATIC else f", as --runtime {word} says (--runtime auto ends that)"
    say(f"Graphics cards: {cards}. The avatar gets {TITLES[choice.name]}{source}.")
    return choice.name


def needed(name: str, project: Path = PROJECT) -> int:
    """The MB of room that a set needs here: its packages, and its largest download, which goes again."""
    missing = [lock for lock in SETS[name] if not environment.is_installed(lock, project)]
    return sum(lock.installed for lock in missing) + max((lock.download for lock in missing), default=0)


def install(name: str, project: Path = PROJECT, *, folder: Optional[Path] = None) -> str:
    """Installs a set, or the first instead of it that can be; the name of what is there now.

    `folder` holds the packages, where they are not to come from the network. SetupError if none can be installed.
    """
    while True:
        try:
            _bring(name, project, folder)
            return name
        except SetupError as error:
            if name not in INSTEAD:
                raise
            say(f"{TITLES[name]} can't be installed. {error} The avatar gets {TITLES[INSTEAD[name]]} instead.")
            name = INSTEAD[name]


def _bring(name: str, project: Path, folder: Optional[Path]) -> None:
    present = set(environment.installed_packages())
    leaving = surplus(name, present, project)
    missing = [
        lock for lock in SETS[name] if not environment.is_installed(lock, project) or packages(lock, project) & leaving
    ]
    if not missing and not leaving:
        say(f"Python packages: {TITLES[name]}: all there.")
    if missing and CUDA in SETS[name]:
        say("CUDA and TensorRT are NVIDIA's, under licences of its own: see docs/licences.md.")
    for lock in missing:
        large = lock.download > _LARGE and not packages(lock, project) <= present
        with _wheels(lock, project, folder, ahead=bool(leaving) or large) as wheels:
            environment.remove(leaving, project)
            environment.install(lock, project, folder=wheels)
        leaving = set()
    environment.remove(leaving, project)


def surplus(name: str, present: "set[str]", project: Path = PROJECT) -> "set[str]":
    """The installed packages that must go for a set to be whole: those of the other sets.

    Where two ONNX Runtimes are beside each other, the wanted one goes as well: the other takes its files along.
    """
    ours = set().union(*(packages(lock, project) for lock in RUNTIMES))
    stay = packages(DEV, project).union(*(packages(lock, project) for lock in SETS[name]))
    both = present & ONNX_RUNTIMES.keys()
    return (present & ours) - stay | (both if len(both) > 1 else set())


@contextmanager
def _wheels(lock: Lock, project: Path, folder: Optional[Path], *, ahead: bool) -> Iterator[Optional[Path]]:
    """The folder to install a lock from; None: from the network. `ahead`: all of it is downloaded now."""
    if folder or lock.sources or not ahead:
        yield folder
        return
    fetched = Path(sys.prefix) / FETCHED
    environment.download(lock, fetched, project)
    yield fetched
    shutil.rmtree(fetched)  # kept after a failure: the next run goes on with it
