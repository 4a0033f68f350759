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

    def __init__(self, host: str, port: int, clashes: "Callable[[SharedTracker], str]" = lambda _: "") -> None:
        """`clashes` says why another listener of ours is in this one's way, or ""."""
        self.host, self.port = host, port
        self.users = 0
        self.listening = False
        self._tracker = Tracker(host, port)
        self._clashes = clashes
        self._opening = threading.Lock()
        self._using = threading.Lock()
        self._error: Optional[TrackingError] = None
        self._next_attempt = 0.0

    def listen(self, now: float) -> None:
        """Tries to listen, if it doesn't yet and the last attempt was long enough ago. Driver threads only."""
        if self.listening or now < self._next_attempt or not self._opening.acquire(blocking=False):
            return
        try:
            if not self.listening and now >= self._next_attempt:
                self._next_attempt = now + RETRY_SECONDS
                self._tracker.open()
                self.listening, self._error = True, None
        except TrackingError as error:
            self._error = error  # the status shows it
        finally:
            self._opening.release()

    def pose(self, now: float, idle: bool) -> "list[float]":
        """The pose of the moment, with idle motion or without."""
        with self._using:
            self._tracker.idle = idle
            return self._tracker.pose(now)

    @property
    def trouble(self) -> bool:
        """Whether it can't listen."""
        return self._error is not None

    def status(self, now: float) -> str:
        """A sentence or two for the user. Opens nothing and waits for nothing."""
        error = self._error
        text = (self._clashes(self) or str(error)) if error else self._tracker.status(now)
        return text + (f" Shared by {self.users} avatars." if self.users > 1 else "")

    def close(self) -> None:
        """Stops to listen."""
        with self._opening:
            self.listening = False
            self._next_attempt = float("inf")
            self._tracker.close()


class Trackers:
    """Hands out the listener of an address, and closes it after its last user."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._shared: dict[tuple[str, int], SharedTracker] = {}

    def acquire(self, host: str, port: int) -> SharedTracker:
        """The listener of that address; give it back with `release`. A taken port is told by its status."""
        with self._lock:
            if (host, port) not in self._shared:
                self._shared[host, port] = SharedTracker(host, port, self._clash)
            shared = self._shared[host, port]
            shared.users += 1
        shared.listen(self._clock())
        return shared

    def release(self, shared: SharedTracker) -> None:
        """Gives a listener back; the last user closes it."""
        with self._lock:
            shared.users -= 1
            if shared.users:
                return
            self._shared = {key: value for key, value in self._shared.items() if value is not shared}
        shared.close()

    def _clash(self, shared: SharedTracker) -> str:
        """Two addresses of one computer can't have the same port: what to say if both are ours."""
        for (host, port), other in list(self._shared.items()):
            if port == shared.port and other is not shared and other.listening:
                return (
                    f"UDP port {port} is already used by another avatar of this OBS, which listens on {host}. "
                    "Give both the same address to share it, or one of them another port."
                )
        return ""
