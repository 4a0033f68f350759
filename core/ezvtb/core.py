"""The core: a picture goes in, poses go in, frames come out."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ezvtb import backends
from ezvtb.backends.base import Backend
from ezvtb.backends.null import GRAPHS as NULL_GRAPHS
from ezvtb.errors import ModelMissing
from ezvtb.models import store
from ezvtb.options import Options
from ezvtb.report import Component
from ezvtb.tha.poser import PICTURE_SHAPE, Poser
from ezvtb.tracking import pose as parameters

FRAME_SIZE = 512
"""Pixels: the width and the height of a frame."""

_LOWEST = np.array(parameters.LOWEST, np.float32)


class Core:
    """One avatar. Made by `ezvtb_interface.get_core`; not safe for use by several threads at a time.

    `report` says what each component really uses. `statistics` counts what it did.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        choice = backends.choose(options.device_id, options.model_half)
        backend = choice.backend
        graphs, model_note = _graphs(options, backend)
        cache_bytes = int(options.model_cache_size * 2**30) if options.model_cache else 0
        self._poser = Poser(backend, graphs, cache_bytes)
        self.devices = [{"id": 0, "name": backend.device}]
        """The adapters that `device_id` counts, by their own names."""
        why = [*choice.refused, *_not_as_asked(options, backend), *model_note]
        self.report = [
            Component("tha", backend.name, backend.device, backend.precision, " ".join(why)),
            _absent("cacher", options.use_cacher, "every frame is computed anew"),
            _absent("rife", options.use_interpolation, "each pose gives one frame"),
            _absent("sr", options.use_sr, "frames are 512x512"),
        ]
        self._has_picture = False
        self._calls = 0
        self._seconds = 0.0

    def setImage(self, img: NDArray[np.uint8]) -> None:  # noqa: N802 (the public interface's name)
        """Takes the picture to animate: (512, 512, 4) uint8 BGRA, straight alpha. ValueError for anything else."""
        if not isinstance(img, np.ndarray) or img.shape != PICTURE_SHAPE or img.dtype != np.uint8:
            given = f"{img.shape} {img.dtype}" if isinstance(img, np.ndarray) else type(img).__name__
            raise ValueError(f"img is {given}, but must be {PICTURE_SHAPE} uint8, BGRA.")
        self._poser.set_picture(img)
        self._has_picture = True

    def inference(self, pose: ArrayLike) -> list[NDArray[np.uint8]]:
        """The frames of a pose: a list of (H, W, 4) uint8 BGRA arrays, the poser's own frame last.

        `pose` is (1, 45) float32; values out of their ranges are clamped. ValueError if it has another shape or a
        value is not finite. The arrays are the core's own memory: the next call overwrites them.
        """
        values = np.asarray(pose, np.float32)
        if values.shape != (1, parameters.SIZE):
            raise ValueError(f"pose has shape {values.shape}, but must be (1, {parameters.SIZE}).")
        if not np.isfinite(values).all():
            raise ValueError("pose holds a value that is not a finite number.")
        if not self._has_picture:
            raise ValueError("inference was called before setImage.")
        start = time.perf_counter()
        # + 0: a negative zero is the same pose as zero, and must be the same key
        frame = self._poser.pose(np.clip(values[0], _LOWEST, 1.0) + np.float32(0))
        self._calls += 1
        self._seconds = time.perf_counter() - start
        return [frame]

    @property
    def statistics(self) -> dict[str, float]:
        """Counters since the start, and of the last call: `milliseconds` in all, `backend_milliseconds` of them
        in the backend's runs."""
        return {
            "calls": self._calls,
            "milliseconds": self._seconds * 1e3,
            "backend_milliseconds": self._poser.backend_seconds * 1e3,
            **self._poser.statistics,
        }


def _graphs(options: Options, backend: Backend) -> tuple[Mapping[str, Path], list[str]]:
    """The poser's graphs for these options, and what is not as asked about them."""
    if backend.name == "null":
        return NULL_GRAPHS, []
    if options.model_seperable:
        return store.find("tha3_separable", backend.graph_precision).graphs, []
    try:
        return store.find("tha3_standard", backend.graph_precision).graphs, []
    except ModelMissing as error:
        separable = store.find("tha3_separable", backend.graph_precision)
        return separable.graphs, [f"{error.message} The separable model is used."]


def _not_as_asked(options: Options, backend: Backend) -> list[str]:
    """One sentence for each option of the poser that this machine can't honour."""
    notes = []
    if options.use_tensorrt:
        notes.append("TensorRT is not part of this version.")
    if options.device_id != 0:
        notes.append(f"There is no device {options.device_id}; device 0 is used.")
    if options.model_half and backend.precision == "fp32":
        notes.append("Half precision doesn't pay on this device; full precision is used.")
    if options.model_half and backend.precision == "bf16":
        notes.append("This CPU's own half precision is bf16.")
    return notes


def _absent(component: str, asked: bool, consequence: str) -> Component:
    if not asked:
        return Component(component, "off")
    return Component(component, "absent", why=f"not part of this version: {consequence}")


def get_core(**options: Any) -> Core:
    """See `ezvtb_interface.get_core`."""
    return Core(Options.from_dict(options))
