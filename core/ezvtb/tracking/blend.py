"""From one source of poses to another, the tracker and the idle motion above all, without a jump."""

from typing import Callable, Optional

from ezvtb.tracking import pose

HOLD_SECONDS = 0.5
"""So long after the last packet its pose is held: trackers drop a frame or two all the time."""
TO_IDLE_SECONDS = 1.0
TO_LIVE_SECONDS = 0.3


class Ease:
    """Follows one source of poses at a time. When it changes, the difference to what was shown fades away.

    So what is shown moves with the new source from the first moment on; of a difference d it is at most
    1.5·d/seconds faster than that. Once the difference has gone, poses come back exactly as they are.
    """

    def __init__(self, clamp: "Callable[[list[float]], list[float]]" = pose.clamp) -> None:
        """`clamp` brings what is shown on the way into range."""
        self._clamp = clamp
        self._source: object = None
        self._shown: Optional[list[float]] = None
        self._offset: Optional[list[float]] = None
        self._since = self._then = 0.0
        self._seconds = TO_LIVE_SECONDS

    def pose(self, target: "list[float]", source: object, seconds: float, now: float) -> "list[float]":
        """What to show at `now`, given what the source wants; `seconds` it takes to get there from another source."""
        if self._shown is not None and source != self._source:
            self._offset = [shown - wanted for shown, wanted in zip(self._shown, target)]
            self._since, self._seconds = min(self._then, now), seconds
        way = (now - self._since) / self._seconds
        if way >= 1:
            self._offset = None
        shown = list(target)
        if self._offset is not None:
            way = max(0.0, way)
            left = 1 - way * way * (3 - 2 * way)
            shown = self._clamp([wanted + offset * left for wanted, offset in zip(target, self._offset)])
        self._source, self._shown, self._then = source, shown, now
        return list(shown)
