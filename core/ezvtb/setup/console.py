"""What the set-up says while it works, and the programs it runs where the user can see them."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Optional

from ezvtb.errors import SetupError


def say(text: str) -> None:
    """Prints one line now: a pipe would keep it back until the step it announces is over."""
    print(text, flush=True)


def accept_any_character() -> None:
    """Lets paths in any script be printed on consoles that can't show them (Windows code pages, LC_ALL=C)."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="replace")


def child_environment(changes: Optional[Mapping[str, str]] = None) -> "dict[str, str]":
    """The environment for programs of ours: without the Python settings that the caller's shell may carry."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in foreign} | dict(changes or {})


def run(
    command: Sequence[str], *, remedy: str, changes: Optional[Mapping[str, str]] = None, folder: Optional[Path] = None
) -> None:
    """Runs a program with its output shown and its input closed; SetupError when it fails."""
    code = exit_code(command, changes=changes, folder=folder)
    if code != 0:
        raise SetupError(f"`{shown(command)}` ended with exit code {code}.", remedy)


def exit_code(
    command: Sequence[str],
    *,
    changes: Optional[Mapping[str, str]] = None,
    folder: Optional[Path] = None,
    output: Optional[BinaryIO] = None,
) -> int:
    """Runs a program with its input closed and its output shown, or written to `output`; its exit code."""
    sys.stdout.flush()
    try:
        child = subprocess.Popen(
            command,
            env=child_environment(changes),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} can't be started: {error.strerror}.", "Is it installed?") from error
    with child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The terminal has interrupted the child as well. Killed now, apt-get would leave half a package
            # and OBS its scenes unsaved.
            child.wait()
            raise


def shown(command: Sequence[str]) -> str:
    """A command as a person writes it: the interpreter without its folders, long commands cut."""
    words = [Path(command[0]).name, *command[1:]]
    text = " ".join(words)
    return text if len(text) <= 100 else text[:97] + "..."


class Stopwatch:
    """How long something took, in words."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __str__(self) -> str:
        seconds = time.monotonic() - self._start
        return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
