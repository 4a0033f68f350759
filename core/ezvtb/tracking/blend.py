"""Between the tracker's pose and the idle one, without a jump in either direction."""

import math
from typing import Optional

from ezvtb.tracking import pose

HOLD_SECONDS = 0.5
"""So long after the last packet its pose is held: trackers drop a frame or two all the time."""
TO_IDLE_SECONDS = 1.0
TO_LIVE_SECONDS = 0.3


class Blend:
    """Eases the share of the idle pose to 1 when packets stay away, and back to 0 when they come again."""

    def __init__(self) -> None:
        self._last_pose: Optional[list[float]] = None
        self._last_packet = -math.inf
        self._idle_share = 1.0
        self._then: Optional[float] = None

    def feed(self, values: "list[float]", now: float) -> None:
        """A pose has come, at `now` seconds of a monotonic clock."""
        self._last_pose, self._last_packet = values, now

    def is_live(self, now: float) -> bool:
        """Whether the last packet is recent enough to be followed."""
        return now - self._last_packet <= HOLD_SECONDS

    def pose(self, idle: "list[float]", now: float) -> "list[float]":
        """The pose to show at `now`, given what the idle motion shows then."""
        elapsed = 0.0 if self._then is None else max(0.0, now - self._then)
        self._then = now
        step = -elapsed / TO_LIVE_SECONDS if self.is_live(now) else elapsed / TO_IDLE_SECONDS
        self._idle_share = min(1.0, max(0.0, self._idle_share + step))
        if self._last_pose is None:
            return idle
        eased = self._idle_share * self._idle_share * (3 - 2 * self._idle_share)
        return pose.mix(self._last_pose, idle, eased)
