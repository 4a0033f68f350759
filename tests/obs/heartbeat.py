"""Whether OBS itself goes on: its frame counters, asked for all the time over a connection of their own."""

import threading
import time
from typing import Any

import obsws_python  # type: ignore[import-untyped]

from .stage import Stage

_COUNTERS = {"render": ("renderTotalFrames", "renderSkippedFrames"), "output": ("outputTotalFrames", None)}
"""Frames so far, and how many of them OBS had no time for. Output counts only while something is recorded."""

_LOOK_SECONDS = 0.05


class Heartbeat:
    """A context manager; afterwards `longest` has the seconds for which each counter stood still at most."""

    def __init__(self, stage: Stage) -> None:
        home = stage.obs.home
        self._fps = home.fps
        self._client = obsws_python.ReqClient(host="127.0.0.1", port=home.port, password=home.password, timeout=20)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="heartbeat")
        self._since: dict[str, tuple[int, int, float]] = {}
        self.longest = dict.fromkeys(_COUNTERS, 0.0)
        self.slowest_answer = 0.0
        self.error = ""

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.disconnect()

    def _listen(self) -> None:
        ended = time.monotonic()
        while not self._over.wait(_LOOK_SECONDS):
            begin = time.monotonic()
            late, ended = begin - ended - _LOOK_SECONDS, begin
            try:
                statistics = self._client.send("GetStats", raw=True)
            except Exception as error:  # noqa: BLE001 (a thread's end would be silent)
                self.error = repr(error)
                return
            self.slowest_answer = max(self.slowest_answer, time.monotonic() - begin)
            for name in _COUNTERS:
                self._look(name, statistics, begin, late)
            ended = time.monotonic()

    def _look(self, name: str, statistics: "dict[str, Any]", begin: float, late: float) -> None:
        """A stall shows as a count that stays, and afterwards as many frames that OBS skipped at once.

        Those that it skipped while we came late, too, are the computer's affair.
        """
        total, skipped = _COUNTERS[name]
        count, lost = statistics[total], statistics[skipped] if skipped else 0
        former, formerly_lost, first = self._since.get(name, (count, lost, begin))
        stood = begin - first if count == former else (lost - formerly_lost) / self._fps - late
        self.longest[name] = max(self.longest[name], stood)
        if count != former or name not in self._since:
            self._since[name] = count, lost, time.monotonic()

    def __str__(self) -> str:
        stood = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.longest.items())
        return f"stood still at most: {stood}; slowest answer {self.slowest_answer:.2f} s. {self.error}"
