"""The golden in-between frames and enlarged frames: what RIFE and super resolution must make of two stored pictures.

As `ezvtb.backends.golden` is for the poser, whose character they show, at rest and at its golden pose. The answers for
our weights are stored beside this file, about 1500 pixels each; `tests/backends/make_golden_frames.py` made them with
ONNX Runtime on a CPU at full precision. For a user's own weights that is done the first time, and kept in the user's
cache folder.

RIFE is asked in its narrower window. The graphs of the whole frame have the same weights and formulas at another size;
a second run would make every start slower.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, Union

import numpy as np

from ezvtb.backends import check, golden
from ezvtb.backends.base import Array, Backend
from ezvtb.backends.frame import Frame
from ezvtb.models import store
from ezvtb.models.store import InstalledModel
from ezvtb.rife.interpolator import Interpolator
from ezvtb.sr.enlarger import Enlarger
from ezvtb.sr.shapes import FACE_AND_SHOULDERS, Area

FILE = Path(__file__).with_name("golden_frames.npz")
"""Graph -> (n, 4) uint8 BGRA; weights: JSON, model -> file -> sha256."""

PIXELS = 1500
"""Of an answer, spread over all that is seen: 1 to 3 kB packed, and the mean over them is that over all."""

MOVING = Area(0, 112, 512, 400)
"""What RIFE sees of the pictures: the columns that the narrower window holds with its margins."""

PATCH = Area(132, 216, 252, 296)
"""What is enlarged, half of a face: with `ezvtb.sr.enlarger.ALPHA_REACH` around it, it lies in one tile of waifu2x."""

X4 = "face_x4"

Made = TypeVar("Made", Interpolator, Enlarger)


def prove(
    name: str, made: Made, model: InstalledModel, backend: Backend, build: Callable[[Backend, "dict[str, Path]"], Made]
) -> None:
    """Has a new interpolator or enlarger draw what is stored for the graph `name`; BackendError unless it is right.

    It is as new afterwards. `build` makes another one, for weights that have no stored answer. A CPU at full precision
    has only the small network to compute (`ezvtb.backends.check`): one like it made the answers; a CPU at any precision
    has no more than that in place of AnimeVideo, whose frame would make the start a quarter longer.

    Measured on our weights, dB: OpenVINO in bf16 RIFE 46, waifu2x 51, AnimeVideo 54; the fp16 graphs, which ONNX
    Runtime emulates on a CPU, 76, 61, 71. RIFE without its motion has 26, with motion that is off by 0.5 pixels 35.
    """
    if backend.name == "null":
        return
    if backend.on_cpu and (backend.precision == "fp32" or name == X4):
        check.prove(backend)
        return
    what = "the golden in-between frame" if isinstance(made, Interpolator) else "the golden enlarged frame"
    truth = _stored(name, model)
    if truth is None:
        full = store.find(model.name, "fp32")
        truth = golden.kept(f"{full.identity}-{name}", lambda: draw(name, build(golden.on_cpu(), full.graphs)))
    likeness = check.psnr(golden.premultiplied(draw(name, made)), golden.premultiplied(truth))
    check.require(likeness, backend, what)


def draw(name: str, made: Union[Interpolator, Enlarger]) -> Array:
    """(n, 4) uint8 BGRA: pixels of what it makes of the pictures with the graph `name`."""
    with np.load(golden.FILE) as stored:
        rest, posed = stored["picture"], stored["frame"]
    if isinstance(made, Interpolator):
        frames = made.between(_only(MOVING, rest), _only(MOVING, posed))
        seen = np.stack([frame.host[MOVING.slices] for frame in frames])
    else:
        enlarged = made.allocate_frame()
        made.enlarge(_only(PATCH, posed), enlarged)
        place = PATCH.inside(FACE_AND_SHOULDERS).times(4) if name == X4 else PATCH.times(2)
        seen = enlarged.host[place.slices]
    made.statistics.update(dict.fromkeys(made.statistics, 0))
    pixels = seen.reshape(-1, 4)
    # an odd step meets all pixels of the cells that a graph gives at once
    taken: Array = pixels[:: len(pixels) // PIXELS | 1].copy()
    return taken


def _stored(name: str, model: InstalledModel) -> "Array | None":
    record = store.read_record(model.name)
    with np.load(FILE) as stored:
        weights = json.loads(str(stored["weights"])).get(model.name)
        if record is None or record.weights != weights:
            return None
        answer: Array = stored[name]
    return answer


def _only(area: Area, picture: Array) -> Frame:
    """A frame that is empty but for that part of the picture."""
    pixels = np.zeros_like(picture)
    pixels[area.slices] = picture[area.slices]
    return Frame.of(pixels)
