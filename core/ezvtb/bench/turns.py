"""Contestants, each in a process of its own, measured in turns: what drifts, drifts for all, and a crash is one's own.

A contestant's process says in one line of JSON what it is (`{"ready": {...}}`), and answers each line of its input with
`{"milliseconds": {row: figure}}`. `{"error": "..."}` instead ends its part. It ends when its input is closed.
"""

import contextlib
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ezvtb.errors import EzvtbError
from ezvtb.paths import PROJECT
from ezvtb_obs.engine_process import last_words

Row = str
Milliseconds = dict[Row, float]
Prepared = tuple[dict[str, Any], Callable[[], Milliseconds]]
"""What a contestant is, and one round of it."""

READY_SECONDS, ROUND_SECONDS = 600.0, 180.0
"""After so long without an answer a contestant is out: some compile for minutes before they are ready."""


class Result(NamedTuple):
    """One contestant's."""

    name: str
    about: "dict[str, Any]"
    rows: "dict[Row, list[float]]"
    """Milliseconds, one figure a round."""
    error: str
    """Why it has none, or no more; empty where nothing was wrong."""

    def median(self, row: Row) -> "Optional[float]":
        """Milliseconds; None where it wasn't measured."""
        figures = self.rows.get(row)
        return statistics.median(figures) if figures else None


class Contestant:
    """A process that is asked for its figures."""

    def __init__(self, name: str, command: Sequence[str], ours: bool = True) -> None:
        """`ours`: its Python is the project's, with the project's folders on its path."""
        self.name = name
        self.about: dict[str, Any] = {}
        self.rows: dict[Row, list[float]] = {}
        self.error = ""
        folders = {"PYTHONPATH": os.pathsep.join(str(PROJECT / each) for each in ("core", "obs_script"))}
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (it is open as long as the process runs)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(
                list(command),
                env={**os.environ, "PYTHONIOENCODING": "utf-8", **(folders if ours else {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            self.error = f"{command[0]} doesn't start: {error.strerror}."
            self._said.close()
            return
        threading.Thread(target=self._follow, daemon=True).start()

    def wait_ready(self, seconds: float = READY_SECONDS) -> bool:
        """Waits for what it is; whether it takes part."""
        if not self.error:
            self.about = self._answer("ready", seconds)
        return not self.error

    def round(self, seconds: float = ROUND_SECONDS) -> None:
        """Has it measure once more, unless it is out."""
        if self.error:
            return
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: the answer says how
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        for row, milliseconds in self._answer("milliseconds", seconds).items():
            self.rows.setdefault(row, []).append(milliseconds)

    def end(self) -> Result:
        """Ends it; what it has given."""
        if hasattr(self, "_process"):
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._said.close()
        return Result(self.name, self.about, self.rows, self.error)

    def _follow(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):  # closed by `end`
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put("")

    def _answer(self, key: str, seconds: float) -> "dict[str, Any]":
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self._process.kill()
            self.error = f"It didn't answer within {seconds:.0f} s."
            return {}
        if not line:
            self.error = self._how_it_ended()
            return {}
        told: dict[str, Any] = json.loads(line)
        self.error = str(told.get("error", ""))
        return dict(told.get(key, {}))

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        self._said.seek(0)
        words = last_words(self._said.read().decode("utf-8", "replace"))
        return f"Its process ended with {code}." + (f" Its last words: {words}" if words else "")


def in_turns(
    contestants: "Sequence[Contestant]", rounds: int, say: Callable[[str], object] = lambda line: None
) -> "list[Result]":
    """Has each get ready, one after the other, then all measure in turns; ends them.

    Ctrl+C ends the rounds early: what was measured until then counts.
    """
    try:
        for each in contestants:
            say(f"{each.name}: {'ready' if each.wait_ready() else 'left out. ' + each.error}")
        for number in range(rounds):
            for each in contestants:
                each.round()
            say(f"round {number + 1} of {rounds}")
    except KeyboardInterrupt:
        print("Stopped: what was measured until now counts.", file=sys.stderr)
    finally:
        results = [each.end() for each in contestants]
    return results


def serve(prepare: Callable[[], Prepared]) -> None:
    """A contestant's process, in our own Python: what libraries print doesn't get into its answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(answer: "Mapping[str, Any]") -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        about, measure = prepare()
        tell({"ready": about})
        for _ in sys.stdin:
            tell({"milliseconds": measure()})
    except EzvtbError as error:
        tell({"error": str(error)})
    sys.stderr.flush()
    os._exit(0)  # some runtimes hang while they are unloaded
