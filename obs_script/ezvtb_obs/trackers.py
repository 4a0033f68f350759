"""The UDP listeners of all avatars: one for each endpoint, shared by those that name the same one."""

import threading
import time
from typing import Callable, Optional

from ezvtb.errors import TrackingError
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.following import Received
from ezvtb.tracking.receiver import RETRY_SECONDS, Receiver
from ezvtb_obs import libobs
from ezvtb_obs.sentences import told
from ezvtb_obs.texts import text


class SharedTracker:
    """One listener and how many avatars use it. What becomes of its faces is each avatar's own affair."""

    def __init__(self, endpoint: Endpoint, clashes: "Callable[[SharedTracker], str]" = lambda _: "") -> None:
        """`clashes` says why another listener of ours is in this one's way, or ""."""
        self.endpoint = endpoint
        self.users = 0
        self.listening = False
        self._receiver = Receiver(endpoint)
        self._clashes = clashes
        self._opening = threading.Lock()
        self._error: Optional[TrackingError] = None
        self._next_attempt = 0.0
        self._logged: list[str] = []

    def listen(self, now: float) -> None:
        """Tries to listen, if it doesn't yet and the last attempt was long enough ago; logs what is new.

        Driver threads only.
        """
        if not self._opening.acquire(blocking=False):
            return
        try:
            if not self.listening and now >= self._next_attempt:
                self._next_attempt = now + RETRY_SECONDS
                self._receiver.open()
                self.listening, self._error = True, None
        except TrackingError as error:
            self._error = error  # the status shows it
        finally:
            self._log(now)
            self._opening.release()

    def faces(self, after: int) -> "list[Received]":
        """The newest faces with a number above `after`, oldest first."""
        return self._receiver.faces(after)

    @property
    def ports(self) -> "tuple[int, ...]":
        """The UDP ports that it listens on, or would."""
        return self._receiver.ports

    @property
    def trouble(self) -> bool:
        """Whether it can't listen, or the phone can't be asked."""
        return self._error is not None or self._receiver.trouble

    def status(self, now: float) -> str:
        """A sentence or more for the user. Opens nothing and waits for nothing."""
        heard = told(self._refusal() or self._receiver.status(now, _say))  # of which errors are English
        return text("heard.shared", heard=heard, count=self.users) if self.users > 1 else heard

    def close(self) -> None:
        """Stops to listen."""
        with self._opening:
            self.listening = False
            self._next_attempt = float("inf")
            self._receiver.close()

    def _refusal(self) -> str:
        error = self._error
        return (self._clashes(self) or str(error)) if error else ""

    def _log(self, now: float) -> None:
        """Writes to OBS's log what wasn't so at the last call: whom we hear, where, and what is in the way."""
        refusal = self._refusal()
        events = [refusal] if refusal else self._receiver.events(now)
        for event in events:
            if event not in self._logged:
                libobs.log(f"tracker: {event}", libobs.LOG_WARNING if self.trouble else libobs.LOG_INFO)
        self._logged = events


class Trackers:
    """Hands out the listener of an endpoint, and closes it after its last user."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._shared: dict[Endpoint, SharedTracker] = {}

    def acquire(self, endpoint: Endpoint) -> SharedTracker:
        """The listener of that endpoint; give it back with `release`. A taken port is told by its status."""
        with self._lock:
            if endpoint not in self._shared:
                self._shared[endpoint] = SharedTracker(endpoint, self._clash)
            shared = self._shared[endpoint]
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
        """Two endpoints of one computer can't have the same port: what to say if both are ours."""
        for other in list(self._shared.values()):
            taken = set(shared.ports) & set(other.ports)
            if taken and other is not shared and other.listening:
                return (
                    f"UDP port {min(taken)} is already used by another avatar of this OBS, which listens on "
                    f"{other.endpoint.bound_host}. "
                    "Give both the same tracker and address to share it, or one of them another port."
                )
        return ""


def _say(key: str, *, why: str = "", **fields: object) -> str:
    """What the receiver says, in the user's language; `why` is an English sentence."""
    return text(key, why=told(why), **fields)
