"""When to ask for the next pose, and when to show each frame: arithmetic on moments, no clock and no threads.

All moments are seconds of one monotonic clock, which is `time.perf_counter` in all that runs inside OBS: before Python
3.13, and OBS takes none newer than 3.12, Windows advances `time.monotonic` only every 16 ms, a frame of 60 a second
(https://docs.python.org/3/whatsnew/3.13.html#time).
"""

_PAUSE_SECONDS = 1.0
_WEIGHT = 0.25
"""Of the newest in the running means."""
_FASTEST = 0.8
"""How much closer than the limit frames may come while those that came early catch up, as a share."""


class Pacer:
    """Spreads `scale` frames a pose evenly over the time until the next pose's frames."""

    def __init__(self, fps_limit: float, scale: int) -> None:
        self.set_limit(fps_limit, scale)
        self._next_pose = 0.0
        self._last_arrival = 0.0
        self._interval = 0.0
        self._deviation = 0.0
        self._over = self._last = 0.0
        """When the last frames' time ends, and the moment of the last of them."""

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
        """The moments at which to show the `count` frames that came in at `now`, never before the ones before them.

        They fill the time until the next ones are expected, and a little more, by as much as arrivals deviate: most
        of those that come late then still come in time.
        """
        since = now - self._last_arrival
        self._last_arrival = now
        # running means, so that one slow pose doesn't stretch its neighbours; a pause is no interval
        if since < _PAUSE_SECONDS:
            self._deviation += (abs(since - self._interval) - self._deviation) * _WEIGHT if self._interval else 0
            self._interval += (since - self._interval) * (_WEIGHT if self._interval else 1)
        if count == 1:  # nothing to spread: what is newest is shown at once
            self._over = self._last = now
            return [now]
        whole = max(self._shortest, self._interval)
        cushion = min(self._deviation, whole / 2)
        start = min(max(now, self._over), now + whole)
        step = max((now + whole + cushion - start) / count, _FASTEST * self._shortest / count)
        self._over = start + count * step
        moments = [max(self._last, start + index * step) for index in range(count)]
        self._last = moments[-1]
        return moments
