"""The poser: runs THA3's stages, and only those whose part of the pose has changed."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cachetools

from ezvtb.backends.base import Array, Backend, Buffer, TensorSpec, passed_on
from ezvtb.tha.stages import ONCE_A_PICTURE, STAGES

PICTURE_SHAPE = (512, 512, 4)


class Poser:
    """One picture's frames, on one backend.

    `cache_bytes` bounds the stage cache (0: none). What is in it belongs to the current picture. It is in the device's
    own memory, with everything else that only graphs see, or in RAM where `cache_in_ram`.
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
        self._on_device = passed_on(chain) - ({stage.cached for stage in STAGES} if cache_in_ram else set())
        self._buffers: dict[str, Any] = {name: self._allocate(name) for name in self._specs}
        self._cache: cachetools.LRUCache[bytes, Buffer] = cachetools.LRUCache(cache_bytes, lambda each: each.nbytes)
        self.backend_seconds = 0.0
        """How long the backend's runs of the last pose took."""
        self.statistics = {name: 0 for stage in STAGES for name in (f"{stage.graph}_runs", f"{stage.graph}_skipped")}
        """Per network: how often it ran, and how often its result was at hand."""

    def set_picture(self, picture: Array) -> None:
        """Takes the picture to animate: (512, 512, 4) uint8 BGRA, straight alpha."""
        self._cache.clear()
        self._buffers["picture"][0] = picture
        self._decomposer.run(self._buffers)

    def allocate_frame(self) -> Array:
        """A buffer for a frame: (1, 512, 512, 4) uint8, zeros."""
        buffer = self._backend.allocate(self._specs["frame"])
        buffer[:] = 0
        return buffer

    def pose(self, pose: Array, out: Array) -> None:
        """Draws the frame at a pose of 45 float32 values in their ranges into `out`, BGRA, straight alpha.

        `out` is a buffer of `allocate_frame`; the last network writes right into it. BackendError if the runtime
        fails.
        """
        self.backend_seconds = 0.0
        self._buffers["frame"] = out
        key = pose.tobytes()
        for stage, graph in self._stages:
            part = key[: 4 * stage.depends_on]
            if stage.cached and self._recall(stage.cached, part):
                self.statistics[f"{stage.graph}_skipped"] += 1
                continue
            self._buffers[stage.pose_input][0] = pose[stage.pose_part]
            if stage.cached and self._cache.maxsize:  # the buffer before may be in the cache: it stays as it is
                self._buffers[stage.cached] = self._allocate(stage.cached)
            start = time.perf_counter()
            graph.run(self._buffers)
            self.backend_seconds += time.perf_counter() - start
            self.statistics[f"{stage.graph}_runs"] += 1
            if stage.cached:
                self._remember(stage.cached, part)

    def _allocate(self, name: str) -> Buffer:
        place = self._backend.allocate_on_device if name in self._on_device else self._backend.allocate
        return place(self._specs[name])

    def _recall(self, tensor: str, part: bytes) -> bool:
        kept = self._cache.get(part)
        if kept is None:
            return False
        self._buffers[tensor] = kept
        return True

    def _remember(self, tensor: str, part: bytes) -> None:
        buffer = self._buffers[tensor]
        if buffer.nbytes <= self._cache.maxsize:
            self._cache[part] = buffer
