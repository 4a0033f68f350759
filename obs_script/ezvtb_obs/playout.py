"""Frames on their way into OBS: each waits for its moment and is pushed then."""

import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Optional

from ezvtb.tracking.rate import RateCounter
from ezvtb_obs.engine_client import Frame
from ezvtb_obs.pacing import Pacer
from ezvtb_obs.video_output import Output

LATENCY_SECONDS = 3.0
"""The latency is the median over this long."""


class _Due(NamedTuple):
    """A frame that waits."""

    moment: float
    frame: Frame
    seen_at: Optional[float]
    """When the packet came that it is the first to show in full; None: it shows none."""


class Playout:
    """Of one avatar. `fps`, `latency` and `limited` on any thread, all else on the driver's.

    Moments are `time.perf_counter`'s.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._due: deque[_Due] = deque()
        self._seen_at: Optional[float] = None
        self._latencies: deque[tuple[float, float]] = deque(maxlen=256)
        """When a frame was pushed that shows a packet, and how many seconds after that had come."""
        self._scale = 1
        self._pacer = Pacer(1, 1)
        self._rate = RateCounter()

    def begin(self, fps_limit: float, scale: int) -> None:
        """Another engine's frames come: `scale` of them a pose."""
        self._pacer = Pacer(self.limited(fps_limit), scale)
        self._scale = scale
        self.clear()

    def set_limit(self, fps_limit: float, scale: int) -> None:
        """At most `fps_limit` frames a second, `scale` of them a pose."""
        self._pacer.set_limit(self.limited(fps_limit), scale)
        self._scale = scale

    def limited(self, fps_limit: float) -> float:
        """That limit, or the output's own rate where that is less: nobody would see more. Any thread."""
        return min(fps_limit, self._output.fps())

    def clear(self) -> None:
        """What waits is not shown any more."""
        self._due.clear()

    @property
    def frames(self) -> "list[Frame]":
        """Those that wait, oldest first."""
        return [each.frame for each in self._due]

    @property
    def last(self) -> Optional[Frame]:
        """The newest that waits."""
        return self._due[-1].frame if self._due else None

    def until_frame(self, now: float) -> float:
        """Seconds until the next frame is to be pushed; infinite if none waits."""
        return self._due[0].moment - now if self._due else float("inf")

    def until_pose(self, now: float) -> float:
        """Seconds until the next pose may be asked for; infinite before more frames are pushed.

        The engine draws into the slots of the call before last: its frames must have been shown.
        """
        return self._pacer.pose_due(now) if len(self._due) <= self._scale else float("inf")

    def pose_asked(self, now: float, seen_at: Optional[float] = None) -> None:
        """A pose was asked for; it is the first that shows what a packet said that came at `seen_at`."""
        self._pacer.pose_asked(now)
        self._seen_at = seen_at

    def arrived(self, now: float, frames: "Sequence[Frame]") -> None:
        """The frames of a pose are there, the poser's own last."""
        moments = self._pacer.arrived(now, len(frames))
        seen = [*(None for _ in frames[1:]), self._seen_at]
        self._due.extend(map(_Due, moments, frames, seen))

    def push_due(self) -> bool:
        """Pushes the frames whose moment has come; whether any was shown."""
        pushed = False
        while self._due and self._due[0].moment <= time.perf_counter():
            each = self._due.popleft()
            pushed = self._output.push(*each.frame) or pushed
            now = time.perf_counter()
            self._rate.count(now)
            if each.seen_at is not None:
                self._latencies.append((now, now - each.seen_at))
        return pushed

    def fps(self, now: float) -> float:
        """Frames pushed a second, over the last seconds."""
        return self._rate.per_second(now)

    def latency(self, now: float) -> float:
        """Seconds from a packet's arrival to the push of the frame that shows it, median; 0 where none was shown."""
        lately = sorted(seconds for moment, seconds in list(self._latencies) if now - moment < LATENCY_SECONDS)
        return lately[len(lately) // 2] if lately else 0.0
