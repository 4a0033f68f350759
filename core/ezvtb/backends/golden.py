"""The golden pose: a picture, a pose, and the frame that the poser must draw, whatever computes it.

For the official weights the frame is the PyTorch reference's, stored beside this file; `tests/backends/make_golden.py`
took it from the goldens of the tests. For a user's own weights it is what ONNX Runtime draws on the CPU at full
precision, the first time, and is kept in the user's cache folder.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ezvtb import paths
from ezvtb.backends import open_backend
from ezvtb.backends.base import Array, Backend
from ezvtb.backends.check import psnr, require
from ezvtb.models import store
from ezvtb.models.store import InstalledModel
from ezvtb.tha.poser import Poser

FILE = Path(__file__).with_name("golden.npz")
"""picture: (512, 512, 4) uint8 BGRA; pose: 45 float32; frame: like the picture; weights: JSON, file -> sha256."""


def prove(poser: Poser, model: InstalledModel, backend: Backend) -> None:
    """Draws the golden pose with a new poser of that model; BackendError unless the frame is as it must be.

    The poser is as new afterwards. Measured on the official weights, dB: ONNX Runtime 89, OpenVINO 84, in bf16 61,
    the fp16 graphs, which ONNX Runtime emulates on a CPU, 74.
    """
    if backend.name == "null":
        return
    with np.load(FILE) as golden:
        picture, pose, frame, weights = (golden[name] for name in ("picture", "pose", "frame", "weights"))
    record = store.read_record(model.name)
    if record is None or record.weights != json.loads(str(weights)):
        full = store.find(model.name, "fp32")
        frame = kept(full.identity, lambda: draw(Poser(on_cpu(), full.graphs, 0), picture, pose))
    require(psnr(premultiplied(draw(poser, picture, pose)), premultiplied(frame)), backend, "the golden pose")
    poser.statistics.update(dict.fromkeys(poser.statistics, 0))


def draw(poser: Poser, picture: Array, pose: Array) -> Array:
    """(512, 512, 4) uint8 BGRA: the picture's frame at the pose."""
    poser.set_picture(picture)
    out = poser.allocate_frame()
    poser.pose(pose, out)
    return out.host


def premultiplied(frame: Array) -> Array:
    """A frame's colour times alpha, and alpha: 0..255 float32. What can't be seen doesn't count."""
    levels = frame.astype(np.float32)
    levels[..., :3] *= levels[..., 3:] / 255
    return levels


def on_cpu() -> Backend:
    """What draws the answers for weights that have no stored ones."""
    return open_backend("onnxruntime", 0, half=False)


def kept(name: str, make: Callable[[], Array]) -> Array:
    """The answer of that name for weights that have no stored one: from the cache folder, or made now."""
    path = paths.cache_folder() / "golden" / f"{name}.npy"
    try:
        answer: Array = np.load(path)
    except (OSError, ValueError):  # not there yet, or not whole: it is made anew
        answer = make()
        with contextlib.suppress(OSError):  # where it can't be kept, it is made at every start
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
                np.save(file, answer)
            Path(file.name).replace(path)  # another engine may do the same at this moment
    return answer
