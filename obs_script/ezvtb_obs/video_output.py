"""Where frames go: one OBS source, held by a weak reference, so that OBS may delete it at any time."""

import ctypes
import math
from typing import Callable, Protocol

from ezvtb_obs import libobs


class Output(Protocol):
    """What a driver needs of a source."""

    def alive(self) -> bool:
        """Whether the source is still there."""

    def showing(self) -> bool:
        """Whether anything displays the source."""

    def on_air(self) -> bool:
        """Whether what is displayed is recorded, streamed or a camera for other programs."""

    def fps(self) -> float:
        """How many frames a second it can show; infinite where there is no end to it. Any thread."""

    def push(self, address: int, width: int, height: int) -> bool:
        """Shows a frame (BGRA, straight alpha, rows without gaps); False if the source is gone."""

    def blank(self) -> None:
        """Shows nothing any more."""

    def refresh_properties(self) -> None:
        """Rebuilds the source's properties panel, if it is open."""

    def close(self) -> None:
        """Gives the reference back."""


class SourceOutput:
    """An OBS source. Any thread; libobs is called with the GIL released and copies a frame before it returns."""

    def __init__(self, obs: libobs.Libobs, source: int) -> None:
        """Takes a weak reference to `source`, and has OBS show each frame as it comes."""
        self._obs = obs
        self._weak = obs.obs_source_get_weak_source(source)
        # OBS shows the newest frame at its next tick. Buffered, it would follow the timestamps: more delay, and a
        # clock that runs ahead fills the queue (measured: up to 1 s behind)
        obs.obs_source_set_async_unbuffered(source, True)
        obs.obs_source_set_async_decoupled(source, True)
        self._frame = libobs.SourceFrame(format=libobs.VIDEO_FORMAT_BGRA, flags=libobs.FRAME_LINEAR_ALPHA)

    def is_of(self, source: int) -> bool:
        """Whether this is that source, alive. A new one may lie at the address of one that is gone."""
        mine = self._source()
        if mine:
            self._obs.obs_source_release(mine)
        return mine == source

    def alive(self) -> bool:
        """Whether the source is still there and not on its way out."""
        source = self._source()
        if source:
            self._obs.obs_source_release(source)
        return bool(source)

    def showing(self) -> bool:
        """Whether a view, an output or a projector displays it."""
        source = self._source()
        if not source:
            return False
        showing = bool(self._obs.obs_source_showing(source))
        self._obs.obs_source_release(source)
        return showing

    def on_air(self) -> bool:
        """Whether OBS's video goes anywhere but to its own window."""
        return bool(self._obs.obs_video_active())

    def fps(self) -> float:
        """OBS's own rate: of more frames it would drop the rest."""
        interval = self._obs.obs_get_frame_interval_ns()
        return 1e9 / interval if interval else math.inf  # 0: OBS draws nothing at all

    def push(self, address: int, width: int, height: int) -> bool:
        """Shows a frame; False if the source is gone."""
        source = self._source()
        if not source:
            return False
        frame = self._frame
        frame.data[0], frame.linesize[0] = address, 4 * width
        frame.width, frame.height = width, height
        frame.timestamp = self._obs.os_gettime_ns()
        self._obs.obs_source_output_video(source, ctypes.byref(frame))
        self._obs.obs_source_release(source)
        return True

    def blank(self) -> None:
        """Takes the frame away."""
        source = self._source()
        if source:
            self._obs.obs_source_output_video(source, None)
            self._obs.obs_source_release(source)

    def refresh_properties(self) -> None:
        """Has OBS build the open panel anew."""
        source = self._source()
        if source:
            self._obs.obs_source_update_properties(source)
            self._obs.obs_source_release(source)

    def with_source(self, use: "Callable[[int], None]") -> None:
        """Calls `use` with the source, unless it is gone."""
        source = self._source()
        if source:
            use(source)
            self._obs.obs_source_release(source)

    def close(self) -> None:
        """Gives the weak reference back; idempotent."""
        weak, self._weak = self._weak, None
        if weak:
            self._obs.obs_weak_source_release(weak)

    def _source(self) -> int:
        """A reference to the source, to be released; 0 if it is gone or about to be: OBS waits for references."""
        source = self._obs.obs_weak_source_get_source(self._weak) if self._weak else None
        if source and self._obs.obs_source_removed(source):
            self._obs.obs_source_release(source)
            return 0
        return source or 0
