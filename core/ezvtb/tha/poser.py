"""The poser: runs THA3's stages, and only those whose part of the pose has changed."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ezvtb.backends.base import HOST, Array, Backend, Buffer, TensorSpec, passed_on
from ezvtb.backends.frame import Frame
from ezvtb.tha import stage_cache
from ezvtb.tha.stages import ONCE_A_PICTURE, STAGES

PICTURE_SHAPE = (512, 512, 4)


class Poser:
    """One picture's frames, on one backend.

    `cache_bytes` bounds what is kept of stages and frames (0: nothing). It belongs to the current picture. It is in the
    device's own memory, with everything else that only graphs see, or in RAM where `cache_in_ram`.
    """

    def __init__(
        self, backend: Backend, graphs: Mapping[str, Path], cache_bytes: int, cache_in_ram: bool = False
    ) -> None:
        self._decomposer = backend.load(graphs[ONCE_A_PICTURE])
        self._stages = [(stage, backend.load(graphs[stage.graph])) for stage in STAGES]
        self._backend = backend
        chain = (self._decomposer, *(graph for _, graph in self._stages))
        self._specs: dict[str, TensorSpec] = {}
        for graph in chain:
            self._specs |= {**graph.inputs, **graph.outputs}
        self.memory = backend.memory
        """Where frames are drawn."""
        self._on_device = passed_on(chain)
        kept_on_host = {stage.cached for stage in STAGES} if cache_in_ram else set()
        if self.memory is HOST:  # what is kept are the graphs' own buffers
            self._on_device -= kept_on_host
        self._buffers: dict[str, Any] = {name: self._allocate(name) for name in self._specs if name != "frame"}
        place = backend.allocate if cache_in_ram else backend.allocate_on_device
        self._cache = stage_cache.for_memory(
            self.memory, cache_bytes, lambda name: place(self._specs[name]), cache_in_ram
        )
        self.backend_seconds = 0.0
        """How long the backend's runs of the last pose took; on a card, how long it took to tell it to."""
        self.statistics = {name: 0 for stage in STAGES for name in (f"{stage.graph}_runs", f"{stage.graph}_skipped")}
        """Per network: how often it ran, and how often its result was at hand. And how many frames were at hand."""
        self.statistics["frames_recalled"] = 0

    @property
    def notes(self) -> list[str]:
        """What doesn't go as well as it could, a sentence each."""
        return self._cache.notes

    def set_picture(self, picture: Array) -> None:
        """Takes the picture to animate: (512, 512, 4) uint8 BGRA, straight alpha."""
        self._cache.clear()
        self._buffers["picture"][0] = picture
        self._decomposer.run(self._buffers)

    def allocate_frame(self) -> Frame:
        """A place for a frame, 512x512, on the device and on the host."""
        return Frame(*PICTURE_SHAPE[:2], self.memory)

    def recall(self, pose: Array, out: Frame) -> bool:
        """Whether the frame at this pose was kept; if so, it is in `out` now."""
        canvas = {"frame": out.canvas(self.memory)}
        found = self._cache.frames and self._cache.recall(pose.tobytes(), "frame", canvas)
        if found:
            out.drawn(self.memory)
            self.statistics["frames_recalled"] += 1
        return found

    def keep(self, pose: Array, frame: Frame) -> None:
        """Keeps a copy of the frame at this pose, wherever it comes from, if frames are kept at all."""
        if self._cache.frames:
            self._cache.keep(pose.tobytes(), "frame", {"frame": frame.on(self.memory)})

    def pose(self, pose: Array, out: Frame) -> None:
        """Draws the frame at a pose of 45 float32 values in their ranges into `out`, BGRA, straight alpha.

        The last network writes right into it. BackendError if the runtime fails.
        """
        self.backend_seconds = 0.0
        self._buffers["frame"] = out.canvas(self.memory)
        key = pose.tobytes()
        for stage, graph in self._stages:
            part = key[: 4 * stage.depends_on]
            if stage.cached and self._cache.recall(part, stage.cached, self._buffers):
                self.statistics[f"{stage.graph}_skipped"] += 1
                continue
            self._buffers[stage.pose_input][0] = pose[stage.pose_part]
            if stage.cached:
                self._cache.make_room(stage.cached, self._buffers)
            start = time.perf_counter()
            graph.run(self._buffers)
            self.backend_seconds += time.perf_counter() - start
            self.statistics[f"{stage.graph}_runs"] += 1
            if stage.cached:
                self._cache.keep(part, stage.cached, self._buffers)
        out.drawn(self.memory)
        self.keep(pose, out)

    def _allocate(self, name: str) -> Buffer:
        place = self._backend.allocate_on_device if name in self._on_device else self._backend.allocate
        return place(self._specs[name])
