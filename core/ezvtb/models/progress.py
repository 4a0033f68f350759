"""One line on stderr that says how a download goes."""

import sys
import time
from typing import TextIO

MB = 1_000_000


class ProgressLine:
    """`name: 12.3 of 55.1 MB, 4.0 MB/s, 11 s left`, redrawn in place on a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, total: int, done: int = 0, stream: TextIO | None = None) -> None:
        """`total` and `done` are bytes; what was done before this run doesn't count towards the speed."""
        self.name, self.total, self.done = name, total, done
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._start, self._before = time.monotonic(), done
        self._shown = float("-inf")

    def advance(self, count: int) -> None:
        """`count` more bytes have come."""
        self.done += count
        now = time.monotonic()
        if now - self._shown >= (0.1 if self._live else 5.0):
            self._shown = now
            self._show()

    def restart(self) -> None:
        """It begins again at the first byte."""
        self.done = self._before = 0
        self._start = time.monotonic()

    def close(self) -> None:
        """Show the last state and end the line."""
        self._show()
        if self._live:
            self._stream.write("\n")

    def text(self) -> str:
        """The line as it is now."""
        speed = (self.done - self._before) / max(time.monotonic() - self._start, 1e-3)
        left = f", {(self.total - self.done) / speed:.0f} s left" if speed and self.done < self.total else ""
        return f"{self.name}: {self.done / MB:.1f} of {self.total / MB:.1f} MB, {speed / MB:.1f} MB/s{left}"

    def _show(self) -> None:
        self._stream.write(f"\r{self.text():<79}" if self._live else f"{self.text()}\n")
        self._stream.flush()
