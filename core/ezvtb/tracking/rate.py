"""Events a second, over the last seconds."""

from collections import deque

SECONDS = 2.0
"""The rate is counted over this long: a change shows at once and the number does not jitter."""


class RateCounter:
    """Counts events at moments of one monotonic clock, in seconds. One thread counts, any may ask."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque()

    def count(self, now: float, events: int = 1) -> None:
        """So many events have just happened."""
        self._counts.append((now, events))
        while self._counts[0][0] < now - SECONDS:
            self._counts.popleft()

    def per_second(self, now: float) -> float:
        """The rate; 0 when nothing happened lately."""
        lately = [(moment, events) for moment, events in list(self._counts) if moment >= now - SECONDS]
        if len(lately) < 2:
            return 0.0
        first, of_first = lately[0]
        return (sum(events for _, events in lately) - of_first) / max(now - first, 1e-3)
