"""The core: a picture goes in, poses go in, frames come out."""

import time

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ezvtb.assembly import open_enlarger, open_interpolator, open_poser
from ezvtb.backends.background_build import BuildList
from ezvtb.backends.base import HOST, Array
from ezvtb.backends.frame import Frame
from ezvtb.cacher.cacher import open_cacher
from ezvtb.cacher.key import Keys
from ezvtb.models.awaited import Awaited
from ezvtb.options import Options
from ezvtb.sr.shapes import ENLARGED
from ezvtb.tha.poser import PICTURE_SHAPE
from ezvtb.tracking import pose as parameters

FRAME_SIZE = 512
"""Pixels: the width and the height of a frame before super resolution."""

_LOWEST = np.array(parameters.LOWEST, np.float32)


class Core:
    """One avatar. Made by `ezvtb_interface.get_core`; not safe for use by several threads at a time.

    `report` says what each component really uses. `statistics` counts what it did.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.builds = builds = BuildList()
        """TensorRT's engines that this core lacks. When they have been built, a new core uses them."""
        self.awaited = awaited = Awaited()
        """The models that it has to do without. When one has come, a new core uses it."""
        drawing = open_poser(options, builds, awaited)
        self._poser, self._drawn_by = drawing.poser, (drawing.identity, drawing.component.precision)
        self._cacher, cacher_line = open_cacher(options)
        self._interpolator, rife_line = open_interpolator(options, builds, awaited)
        self._enlarger, sr_line, self._enlarged_as = open_enlarger(options, builds, awaited)
        builds.start()
        self.report = [drawing.component, cacher_line, rife_line, sr_line]
        self.devices = drawing.devices
        """The adapters that `device_id` counts, by their own names."""
        self.limits = drawing.limits
        """The options that can have no effect on this machine, and of each the name of the reason."""
        self.scale = options.interpolation_scale if self._interpolator else 1
        """Frames a call."""
        self.size = ENLARGED if self._enlarger else FRAME_SIZE
        """Pixels: the width and the height of a frame."""
        self._memories = {
            each.memory: None for each in (self._poser, self._interpolator, self._enlarger) if each is not None
        }
        # with two cards, another avatar may have them the other way round, and each's thread would wait for the other's
        on_devices = [memory for memory in self._memories if memory is not HOST]
        self._home = self._poser.memory if len(on_devices) < 2 else HOST
        self._enlarged = [self._enlarger.allocate_frame() for _ in range(self.scale)] if self._enlarger else []
        # two, because in-between frames come from the last frame and the new one
        self._frames = [self._poser.allocate_frame() for _ in range(2)]
        self._newest = 0
        self._keys: Keys | None = None
        self._last: Frame | None = None
        self._given: list[Array] = []
        self._given_pose = b""
        self._counts = {"calls": 0, "repeated": 0}
        self._seconds = self._backend_seconds = 0.0

    def setImage(self, img: NDArray[np.uint8]) -> None:  # noqa: N802 (the public interface's name)
        """Takes the picture to animate: (512, 512, 4) uint8 BGRA, straight alpha. ValueError for anything else."""
        if not isinstance(img, np.ndarray) or img.shape != PICTURE_SHAPE or img.dtype != np.uint8:
            given = f"{img.shape} {img.dtype}" if isinstance(img, np.ndarray) else type(img).__name__
            raise ValueError(f"img is {given}, but must be {PICTURE_SHAPE} uint8, BGRA.")
        self._keys, self._last, self._given = None, None, []  # if the runtime fails, no picture is half set
        self._poser.set_picture(img)
        self._keys = Keys(*self._drawn_by, img)

    def inference(self, pose: ArrayLike) -> list[NDArray[np.uint8]]:
        """The frames of a pose: a list of (H, W, 4) uint8 BGRA arrays, the poser's own frame last.

        `pose` is (1, 45) float32; values out of their ranges are clamped. ValueError if it has another shape or a
        value is not finite. The arrays are the core's own memory: the next call overwrites them. After `setImage` the
        first call has no frame before it: all its frames are the poser's own.
        """
        start = time.perf_counter()
        values = _checked(pose)
        if self._keys is None:
            raise ValueError("inference was called before setImage.")
        exact = values.tobytes()
        self._backend_seconds = 0.0
        if self._given and exact == self._given_pose:
            self._counts["repeated"] += 1
            self._given = self._given[-1:] * self.scale
        else:
            self._given = []  # if anything fails, it is made anew
            self._given, self._given_pose = self._home.do(self._make, values, self._keys), exact
        self._counts["calls"] += 1
        self._seconds = time.perf_counter() - start
        return list(self._given)

    @property
    def statistics(self) -> dict[str, float]:
        """Counters since the start, and of the last call: `milliseconds` in all, `backend_milliseconds` of them
        in the poser's networks."""
        return {
            **self._counts,
            "milliseconds": self._seconds * 1e3,
            "backend_milliseconds": self._backend_seconds * 1e3,
            **self._poser.statistics,
            **({f"cacher_{name}": value for name, value in self._cacher.statistics.items()} if self._cacher else {}),
            **({f"rife_{name}": value for name, value in self._interpolator.statistics.items()}
               if self._interpolator else {}),
            **(self._enlarger.statistics if self._enlarger else {}),
        }  # fmt: skip

    @property
    def notes(self) -> list[str]:
        """What went wrong lately without stopping the picture: sentences, newest first."""
        cacher = self._cacher.notes if self._cacher else []
        return [*cacher, *self._poser.notes, *(note for memory in self._memories for note in memory.notes)]

    def empty_cache(self) -> int:
        """Forgets all finished frames, in RAM or in the database; how many bytes they took."""
        return self._cacher.clear() if self._cacher else 0

    def close(self) -> None:
        """Writes what still waits for the cache. The end of the process does the same, less gently."""
        if self._cacher:
            self._cacher.close()
        self.builds.cancel()

    def _make(self, pose: Array, keys: Keys) -> list[Array]:
        """The frames of a pose that isn't the last one.

        A device works through what it is told while the host looks at what comes next: so the poser's own frame is
        enlarged before RIFE's are thought of, and the cacher gets its copies last.
        """
        enlarged_key = keys.of(pose, self._enlarged_as) if self._enlarger and self._cacher else b""
        own = self._enlarged[-1] if self._enlarger else None
        known = own is not None and self._found(enlarged_key, own)
        if own is not None and known and not self._interpolator:
            return [each.host for each in self._enlarged]
        frame, key = self._draw(pose, keys)
        if self._enlarger and own is not None and not known:
            self._enlarger.enlarge(frame, own)
        before, self._last = self._last or frame, frame
        frames = [frame]
        if self._interpolator:
            frames = [*self._interpolator.between(before, frame), frame]
        if self._enlarger:
            for each, enlarged in zip(frames[:-1], self._enlarged):
                self._enlarger.enlarge(each, enlarged)
            frames = self._enlarged
        if self._cacher and key:
            self._cacher.put(key, frame.host)
        if self._cacher and own is not None and not known:
            self._cacher.put(enlarged_key, own.host)
        return [each.host for each in frames]

    def _draw(self, pose: Array, keys: Keys) -> tuple[Frame, bytes]:
        """The poser's frame at a pose: from VRAM, from the cacher, or drawn. And its key, if the cacher lacks it."""
        frame = self._frames[1 - self._newest]
        key = b""
        if not self._poser.recall(pose, frame):
            key = keys.of(pose) if self._cacher else b""
            if self._found(key, frame):
                self._poser.keep(pose, frame)
                key = b""
            else:
                self._poser.pose(pose, frame)
                self._backend_seconds = self._poser.backend_seconds
        self._newest = 1 - self._newest
        return frame, key

    def _found(self, key: bytes, frame: Frame) -> bool:
        """Whether the cacher had the frame of this key; if so, it is in `frame` now."""
        if self._cacher is None or not self._cacher.get(key, frame.host):
            return False
        frame.drawn(HOST)
        return True


def _checked(pose: ArrayLike) -> Array:
    """The 45 values of a (1, 45) pose, float32, in their ranges; ValueError if they are none."""
    values = np.asarray(pose, np.float32)
    if values.shape != (1, parameters.SIZE):
        raise ValueError(f"pose has shape {values.shape}, but must be (1, {parameters.SIZE}).")
    if not np.isfinite(values).all():
        raise ValueError("pose holds a value that is not a finite number.")
    # + 0: a negative zero is the same pose as zero, and must be the same key
    checked: Array = np.clip(values[0], _LOWEST, np.float32(1)) + np.float32(0)
    return checked
