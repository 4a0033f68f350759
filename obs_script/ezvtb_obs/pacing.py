"""When to ask for the next pose, and when to show each frame: arithmetic on moments, no clock and no threads.

All moments are seconds of one monotonic clock.
"""

from collections import deque

_RATE_SECONDS = 2.0
"""The delivered rate is counted over this long: a change shows at once and the number does not jitter."""


class Pacer:
    """Spreads `scale` frames a pose over the time until the next pose's frames."""

    def __init__(self, fps_limit: float, scale: int) -> None:
        self.set_limit(fps_limit, scale)
        self._next_pose = 0.0
        self._last_arrival = 0.0
        self._interval = 0.0

    def set_limit(self, fps_limit: float, scale: int) -> None:
        """At most `fps_limit` frames a second, of which one in `scale` needs a pose."""
        self._shortest = scale / fps_limit

    def pose_due(self, now: float) -> float:
        """Seconds until the next pose may be asked for; 0 or less: now."""
        return self._next_pose - now

    def pose_asked(self, now: float) -> None:
        """A pose was asked for. The next is due a period after this one was due: lateness doesn't add up."""
        late = now - self._next_pose
        self._next_pose = (self._next_pose if late < self._shortest else now) + self._shortest

    def arrived(self, now: float, count: int) -> "list[float]":
        """The moments at which to show the `count` frames that came in at `now`: the first at once."""
        since = now - self._last_arrival
        self._last_arrival = now
        # a running mean, so that one slow pose doesn't stretch its neighbours; a pause is no interval
        if since < 1:
            self._interval = since if not self._interval else self._interval + (since - self._interval) / 4
        step = max(self._shortest, self._interval) / count
        return [now + index * step for index in range(count)]


class RateCounter:
    """Events a second over the last seconds."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def count(self, now: float) -> None:
        """One event happened."""
        self._moments.append(now)
        self._forget(now)

    def per_second(self, now: float) -> float:
        """The rate; 0 when nothing happened lately."""
        self._forget(now)
        if len(self._moments) < 2:
            return 0.0
        return (len(self._moments) - 1) / max(now - self._moments[0], 1e-3)

    def _forget(self, now: float) -> None:
        while self._moments and self._moments[0] < now - _RATE_SECONDS:
            self._moments.popleft()
