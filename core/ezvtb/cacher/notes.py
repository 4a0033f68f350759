"""Sentences for the status, and pauses after what they tell of."""

import threading
import time
from collections.abc import Iterator

_KEPT = 8


class Notes:
    """The last few sentences, newest first. Any thread may add one; one said again moves to the front."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """Says it."""
        with self._lock:
            self._sentences = [sentence, *(each for each in self._sentences if each != sentence)][:_KEPT]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._sentences))


class Pause:
    """For how long something that failed is not tried again: twice as long each time, until it works."""

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self._first, self._longest = first, longest
        self._length = self._until = 0.0

    def begin(self) -> None:
        """It failed."""
        self._length = min(max(self._first, 2 * self._length), self._longest)
        self._until = time.monotonic() + self._length

    def end(self) -> None:
        """It worked."""
        self._length = self._until = 0.0

    def __bool__(self) -> bool:
        return self._until > 0 and time.monotonic() < self._until
