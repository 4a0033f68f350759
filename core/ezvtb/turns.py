"""Who takes turns at what only one may do at a time, and waits without being silent."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGN_SECONDS = 5.0
"""How often who waits gives a sign of life."""
LONGEST_SECONDS = 120.0
"""A turn that takes longer hangs: who waits for it falls silent, so that somebody sees to it."""


class Turns:
    """One at a time, in no particular order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = 0.0

    @contextmanager
    def turn(self, waits: Callable[[], None]) -> Iterator[None]:
        """Within it nobody else has a turn; `waits` is called now and then until it begins."""
        while not self._lock.acquire(timeout=SIGN_SECONDS):
            if time.monotonic() - self._began < LONGEST_SECONDS:
                waits()
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._lock.release()
