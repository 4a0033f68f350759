"""Frames on their way into OBS: each waits for its moment and is pushed then."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Optional

from ezvtb.tracking.rate import RateCounter
from ezvtb_obs.engine_client import Frame
from ezvtb_obs.pacing import Pacer
from ezvtb_obs.video_output import Output


class Playout:
    """Of one avatar. `fps` on any thread, all else on the driver's. Moments are `time.monotonic`'s."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._due: deque[tuple[float, Frame]] = deque()
        self._scale = 1
        self._pacer = Pacer(1, 1)
        self._rate = RateCounter()

    def begin(self, fps_limit: float, scale: int) -> None:
        """Another engine's frames come: `scale` of them a pose."""
        self._pacer = Pacer(fps_limit, scale)
        self._scale = scale
        self.clear()

    def set_limit(self, fps_limit: float, scale: int) -> None:
        """At most `fps_limit` frames a second, `scale` of them a pose."""
        self._pacer.set_limit(fps_limit, scale)
        self._scale = scale

    def clear(self) -> None:
        """What waits is not shown any more."""
        self._due.clear()

    @property
    def frames(self) -> "list[Frame]":
        """Those that wait, oldest first."""
        return [frame for _, frame in self._due]

    @property
    def last(self) -> Optional[Frame]:
        """The newest that waits."""
        return self._due[-1][1] if self._due else None

    def until_frame(self, now: float) -> float:
        """Seconds until the next frame is to be pushed; infinite if none waits."""
        return self._due[0][0] - now if self._due else float("inf")

    def until_pose(self, now: float) -> float:
        """Seconds until the next pose may be asked for; infinite before more frames are pushed.

        The engine draws into the slots of the call before last: its frames must have been shown.
        """
        return self._pacer.pose_due(now) if len(self._due) <= self._scale else float("inf")

    def pose_asked(self, now: float) -> None:
        """A pose was asked for."""
        self._pacer.pose_asked(now)

    def arrived(self, now: float, frames: "Sequence[Frame]") -> None:
        """The frames of a pose are there, the poser's own last."""
        self._due.extend(zip(self._pacer.arrived(now, len(frames)), frames))

    def push_due(self) -> bool:
        """Pushes the frames whose moment has come; whether any was shown."""
        pushed = False
        while self._due and self._due[0][0] <= time.monotonic():
            _, frame = self._due.popleft()
            pushed = self._output.push(*frame) or pushed
            self._rate.count(time.monotonic())
        return pushed

    def fps(self, now: float) -> float:
        """Frames pushed a second, over the last seconds."""
        return self._rate.per_second(now)
