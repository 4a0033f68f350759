"""The engine's process: how it is started, what it last said, how it is ended."""

import contextlib
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Optional

from ezvtb.errors import EngineError
from ezvtb.paths import PROJECT, cache_folder, engine_python

_GRACE_SECONDS = 1.0
"""How long the engine may take to end by itself: OBS's exit waits for it."""

_QUOTED_LINES = 3
_READABLE_CHARACTERS = 60
"""File systems take 255 bytes; OBS takes names of any length."""
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Interrupt)\b")
"""How a traceback's last line begins."""

_NTSTATUS = 0x80000000
"""From here on an exit code is what Windows ended the process for, and known by its hexadecimal digits."""

_NOT_INHERITED = ("PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
"""Variables that belong to OBS's Python and would lead the engine's astray."""

_CREATION_FLAGS = 0x08000000 if sys.platform == "win32" else 0
"""CREATE_NO_WINDOW: no console flashes up."""


def file_stem(source_name: str) -> str:
    """What a file of that source is named, on any file system: what of its name is ASCII, cut, and a hash of it all."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", source_name).strip("_.")[:_READABLE_CHARACTERS]
    digest = hashlib.sha256(source_name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}" if readable else digest


def log_path(source_name: str) -> Path:
    """Where the engine of that source writes its log."""
    return cache_folder() / "logs" / f"engine-{file_stem(source_name)}.log"


def last_words(log: str) -> str:
    """What of a log tells best why the process ended: the last exception, else the last lines."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    exceptions = [line for line in lines if _EXCEPTION.match(line)]
    return exceptions[-1] if exceptions else " / ".join(lines[-_QUOTED_LINES:])


def spawn(arguments: "Sequence[str]", **options: Any) -> "subprocess.Popen[bytes]":
    """A module of the engine's, run by the project's own Python: its name and its arguments. OSError if refused.

    `options` are Popen's; its `env` is added to what the process gets.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_INHERITED}
    environment.update({"PYTHONPATH": str(PROJECT / "core"), **options.pop("env", {})})
    command = [str(engine_python()), "-m", *arguments]
    return subprocess.Popen(command, cwd=str(PROJECT), env=environment, creationflags=_CREATION_FLAGS, **options)


class EngineProcess:
    """A running engine: two pipes and a log file."""

    def __init__(self, log: Path, avoided: "Sequence[str]" = ()) -> None:
        """Starts it, to try what is to be avoided (see `unreliable`) last.

        EngineError if there is no interpreter or the system refuses.
        """
        self.log = log
        python = engine_python()
        if not python.exists():
            raise EngineError(
                f"The engine's Python is not there: {python}.", "Run install.sh or install.ps1 in the project's folder."
            )
        # a crash inside native code leaves a trace in the log
        environment = {"PYTHONFAULTHANDLER": "1", "PYTHONUNBUFFERED": "1", "EZVTB_AVOIDED": "\n".join(avoided)}
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as stderr:
                self._popen = spawn(
                    ["ezvtb.engine"],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                )
        except OSError as error:
            raise EngineError(f"The engine can't be started: {error}.", "Look at the project's folder.") from error

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._popen.pid

    @property
    def requests(self) -> BinaryIO:
        """Where messages to the engine are written."""
        assert self._popen.stdin is not None
        return self._popen.stdin  # type: ignore[return-value]  # Popen's IO[bytes] is a BinaryIO

    @property
    def answers(self) -> BinaryIO:
        """Where its messages are read."""
        assert self._popen.stdout is not None
        return self._popen.stdout  # type: ignore[return-value]

    def obituary(self) -> str:
        """How the ended process ended: its exit code, and the last lines of its log."""
        code = self._exit_code(0.5)
        if code is None:
            how = "The engine closed its pipe."
        elif code < 0:
            how = f"The engine was ended by signal {-code}."
        else:
            how = f"The engine ended with exit code {code if code < _NTSTATUS else hex(code)}."
        try:
            words = last_words(self.log.read_text("utf-8", "replace"))
        except OSError as error:
            return f"{how} Its log can't be read: {error}."
        return f"{how} Its last words: {words.rstrip('.')}." if words else how

    def end(self) -> None:
        """Closes its pipe, which ends a healthy engine at once, and kills it if it doesn't. Idempotent."""
        with contextlib.suppress(OSError):  # it died with something still unwritten
            self.requests.close()
        if self._exit_code(_GRACE_SECONDS) is None:
            self._popen.kill()
            self._popen.wait()

    def close_answers(self) -> None:
        """Closes the other pipe, once nobody reads from it any more."""
        self.answers.close()

    def _exit_code(self, seconds: float) -> Optional[int]:
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
