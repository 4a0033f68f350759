"""The UDP listeners of all avatars: one for each address, shared by those that name the same one."""

import threading
import time
from typing import Callable, Optional

from ezvtb.errors import TrackingError
from ezvtb.tracking.tracker import Tracker

RETRY_SECONDS = 1.0
"""How long after a failed attempt to listen the next one comes: the other program may have ended."""


class SharedTracker:
    """One listener and how many avatars use it. Idle motion is each avatar's own choice."""

    def __init__(self, host: str, port: int) -> None:
        self._tracker = Tracker(host, port)
        self._lock = threading.Lock()
        self._error: Optional[TrackingError] = None
        self._open = False
        self._next_attempt = 0.0
        self.users = 0

    def pose(self, now: float, idle: bool) -> "list[float]":
        """The pose of the moment, with idle motion or without. Tries to listen if that failed before."""
        with self._lock:
            self._listen(now)
            self._tracker.idle = idle
            return self._tracker.pose(now)

    def status(self, now: float) -> str:
        """A sentence or two for the user."""
        with self._lock:
            self._listen(now)
            text = str(self._error) if self._error else self._tracker.status(now)
        return text + (f" Shared by {self.users} avatars." if self.users > 1 else "")

    def close(self) -> None:
        """Stops to listen."""
        with self._lock:
            self._open = False
            self._next_attempt = float("inf")
            self._tracker.close()

    def _listen(self, now: float) -> None:
        if self._open or now < self._next_attempt:
            return
        try:
            self._tracker.open()
        except TrackingError as error:
            self._error = error  # the status shows it
            self._next_attempt = now + RETRY_SECONDS
        else:
            self._open, self._error = True, None


class Trackers:
    """Hands out the listener of an address, and closes it after its last user."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._shared: dict[tuple[str, int], SharedTracker] = {}

    def acquire(self, host: str, port: int) -> SharedTracker:
        """The listener of that address; give it back with `release`. A taken port is told by its status."""
        with self._lock:
            shared = self._shared.setdefault((host, port), SharedTracker(host, port))
            shared.users += 1
        shared.status(self._clock())  # begins to listen
        return shared

    def release(self, shared: SharedTracker) -> None:
        """Gives a listener back; the last user closes it."""
        with self._lock:
            shared.users -= 1
            if shared.users:
                return
            self._shared = {key: value for key, value in self._shared.items() if value is not shared}
        shared.close()
