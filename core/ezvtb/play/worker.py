"""Frames leave the driver's thread here: neither a disk nor an encoder holds up the avatar."""

import threading
from collections import deque
from typing import Optional, Protocol

from ezvtb.play.stage import Shown


class Writer(Protocol):
    """Takes frames for as long as it likes; any EzvtbError ends it."""

    def write(self, shown: Shown) -> None:
        """The next frame."""

    def finish(self, end: float) -> str:
        """No more frames come, after one at least; the last was there until `end`. A sentence about the result."""


class Worker:
    """A view that has a writer at work on a thread of its own."""

    showing = True
    """A recording goes on whether anybody looks or not."""

    def __init__(self, writer: Writer, room: int) -> None:
        """So many frames may wait for the writer; then the oldest is lost for each that comes."""
        self.lost = 0
        self._writer = writer
        self._room = room
        self._waiting: deque[Shown] = deque()
        self._changed = threading.Condition()
        self._end: Optional[float] = None
        self._error: Optional[Exception] = None
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="ezvtb-writer", daemon=True)
        self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether an error ended the writer; `finish` raises it."""
        return self._error is not None

    def show(self, shown: Shown) -> None:
        """Puts the frame into the queue."""
        with self._changed:
            if len(self._waiting) == self._room:
                self._waiting.popleft()
                self.lost += 1
            self._waiting.append(shown)
            self._changed.notify_all()

    def finish(self, end: float) -> str:
        """Has the writer write what waits, and waits for that. What the writer says, or its error."""
        with self._changed:
            self._end = end
            self._changed.notify_all()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._said

    def _run(self) -> None:
        try:
            while (shown := self._next()) is not None:
                self._writer.write(shown)
            assert self._end is not None
            self._said = self._writer.finish(self._end)
        except Exception as error:  # noqa: BLE001 (whoever calls `finish` gets it)
            self._error = error

    def _next(self) -> Optional[Shown]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._end is not None)
            return self._waiting.popleft() if self._waiting else None
