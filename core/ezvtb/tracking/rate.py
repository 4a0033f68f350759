"""Events a second, over the last seconds."""

from collections import deque

SECONDS = 2.0
"""The rate is counted over this long: a change shows at once and the number does not jitter."""


class RateCounter:
    """Counts events at moments of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque()

    def count(self, now: float, events: int = 1) -> None:
        """So many events have just happened."""
        self._counts.append((now, events))
        self._forget(now)

    def per_second(self, now: float) -> float:
        """The rate; 0 when nothing happened lately."""
        self._forget(now)
        if len(self._counts) < 2:
            return 0.0
        first, of_first = self._counts[0]
        return (sum(events for _, events in self._counts) - of_first) / max(now - first, 1e-3)

    def _forget(self, now: float) -> None:
        while self._counts and self._counts[0][0] < now - SECONDS:
            self._counts.popleft()
