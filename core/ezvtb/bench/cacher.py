"""The cacher: what a frame costs to keep and to get back, in RAM and from the database, and what it loses."""

import math
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from ezvtb.backends.base import Array
from ezvtb.bench.table import Table
from ezvtb.cacher import codec
from ezvtb.cacher.cacher import Cacher
from ezvtb.cacher.database import Database
from ezvtb.cacher.ram import RamStore
from ezvtb.core import Core
from ezvtb.options import Options

_CAPACITY = 1 << 30
_ROUNDS = 5


def measure(picture: Array, poses: Array, qualities: tuple[int, ...] = (85, codec.LOSSLESS)) -> Table:
    """The table of the cacher over the poser's frames at `poses` ((n, 45) float32), and those enlarged to 1024x1024."""
    core = Core(Options(use_cacher=False, use_interpolation=False, model_half=False))
    core.setImage(picture)
    frames = [core.inference(pose[np.newaxis])[0].copy() for pose in poses]
    sizes = {"512x512": frames, "1024x1024": [_enlarged(frame) for frame in frames]}
    columns = ["", "encode ms", "RAM hit ms", "database hit ms", "kB a frame", "least dB", "straight"]
    rows = [_row(name, sizes[name], quality) for name in sizes for quality in qualities]
    note = (
        f"Medians of {len(frames)} frames, {_ROUNDS} times each. dB: the colour where alpha is above 0, premultiplied"
        " and straight (there the faintest pixel counts as much as any). Alpha has no error."
    )
    return Table("Cacher", columns, rows, note)


def _row(name: str, frames: list[Array], quality: int) -> list[str]:
    encoded = [codec.encode(frame.copy(), quality) for frame in frames]
    out = np.empty_like(frames[0])
    premultiplied, straight = [], []
    for frame, data in zip(frames, encoded):
        codec.decode(data, out)
        error = (frame[..., :3].astype(float) - out[..., :3])[frame[..., 3] > 0]
        straight.append(_decibels(error))
        premultiplied.append(_decibels(error * (frame[..., 3:][frame[..., 3] > 0] / 255)))
    with tempfile.TemporaryDirectory() as folder:
        stores = [RamStore(_CAPACITY), Database(Path(folder) / "frames.db", _CAPACITY, print)]
        hits = [_hit(Cacher(store, quality), encoded, out) for store in stores]
    encoding = _median([frame.copy() for frame in frames], lambda frame: codec.encode(frame, quality))
    size = statistics.mean(map(len, encoded)) / 1e3
    cells = [f"{encoding:.2f}", *(f"{hit:.2f}" for hit in hits), f"{size:.0f}"]
    return [f"{name}, quality {quality}", *cells, *(f"{min(each):.1f}" for each in (premultiplied, straight))]


def _hit(cacher: Cacher, encoded: list[bytes], out: Array) -> float:
    keys = [number.to_bytes(16, "big") for number in range(len(encoded))]
    for key, data in zip(keys, encoded):
        cacher.store.put(key, data)
    milliseconds = _median(keys, lambda key: cacher.get(key, out))
    cacher.close()
    return milliseconds


def _median(values: list[Array] | list[bytes], work: Callable[..., object]) -> float:
    """Milliseconds of `work` on each of the values in turn, several times over."""
    times = []
    for _ in range(_ROUNDS):
        for value in values:
            start = time.perf_counter()
            work(value)
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def _decibels(error: Array) -> float:
    mean = float(np.mean(error**2))
    return 10 * math.log10(255**2 / mean) if mean else math.inf


def _enlarged(frame: Array) -> Array:
    """Twice the size, on premultiplied colour."""
    image = Image.fromarray(np.ascontiguousarray(frame[..., [2, 1, 0, 3]]), "RGBA").convert("RGBa")
    height, width = frame.shape[:2]
    large = image.resize((2 * width, 2 * height), Image.Resampling.LANCZOS).convert("RGBA")
    return np.ascontiguousarray(np.asarray(large)[..., [2, 1, 0, 3]])
