"""When an engine that failed is started again, and what is told of its failure meanwhile: arithmetic, no clock."""

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 30.0
"""After a failure; each further one doubles it. A passing fault is hardly seen, a lasting one costs little."""
HEALTHY_SECONDS = 60.0
"""An engine that ran this long was fine: its failure starts the back-off anew."""
TOLD_SECONDS = 10.0
"""How long after the avatar lives again its status still tells why the engine failed."""

_NEVER = float("inf")


class Backoff:
    """Of one engine after the other. All moments are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self.restarts = 0
        """How often one was started because the one before it failed."""
        self._failures = 0
        self._error = ""
        self._ready_at = self._played_at = _NEVER
        self._retry_at = 0.0

    def started(self) -> None:
        """There is a new engine, which loads."""
        self._ready_at = self._played_at = _NEVER

    def ready(self, now: float) -> None:
        """It has loaded."""
        self._ready_at = now

    @property
    def was_ready(self) -> bool:
        """Whether this engine had loaded."""
        return self._ready_at < _NEVER

    def played(self, now: float) -> None:
        """A frame of it was shown."""
        self._played_at = min(self._played_at, now)

    def failed(self, now: float, error: str) -> float:
        """It failed; the seconds until the next one may start."""
        if now - self._ready_at > HEALTHY_SECONDS:
            self._failures = self.restarts = 0
        pause = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0**self._failures)
        self._failures = min(self._failures + 1, 10)
        self._error, self._retry_at = error, now + pause
        return pause

    def left(self, now: float) -> float:
        """Seconds until then; 0 when it is time."""
        return max(0.0, self._retry_at - now)

    def error(self, now: float) -> str:
        """Why the engine failed, as long as that is told; else ""."""
        return "" if now - self._played_at > TOLD_SECONDS else self._error
