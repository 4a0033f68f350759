"""The null backend: the poser's and RIFE's graphs without networks, for tests of everything around them.

Its frame is the picture, moved by the head: 64 pixels to the right at head_y = 1, 64 down at head_x = 1, so that
a test can tell from a frame which pose it shows. Between two frames it blends.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ezvtb.backends.base import Array, Backend, Graph, TensorSpec
from ezvtb.sr.shapes import ANIMEVIDEO, ANIMEVIDEO_WINDOW, UPCONV7, Shape

PIXELS_PER_UNIT = 64


def move(picture: Array, body_pose: Array) -> Array:
    """The (512, 512, 4) picture as the null backend shows it at a body pose (head_x, head_y, …)."""
    down, right = (round(float(value) * PIXELS_PER_UNIT) for value in body_pose[:2])
    moved = np.zeros_like(picture)
    height, width = picture.shape[:2]
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = picture[
        max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return moved


def _decompose(buffers: Mapping[str, Array]) -> None:
    buffers["image"][:] = buffers["picture"].transpose(0, 3, 1, 2)


def _combine(buffers: Mapping[str, Array]) -> None:
    buffers["eyebrow"][:] = buffers["eyebrow_pose"][0, 0]


def _morph(buffers: Mapping[str, Array]) -> None:
    buffers["face"][:] = buffers["face_pose"][0, 0]


def _rotate(buffers: Mapping[str, Array]) -> None:
    buffers["warped"][:] = buffers["body_pose"][0, 0]


def _edit(buffers: Mapping[str, Array]) -> None:
    picture = buffers["image"][0].transpose(1, 2, 0).astype(np.uint8)
    buffers["frame"][0] = move(picture, buffers["body_pose"][0])


def _flow(buffers: Mapping[str, Array]) -> None:
    for name in ("before", "after"):
        buffers[f"{name}_planes"][:] = buffers[name].transpose(0, 3, 1, 2)


def _merge(scale: int, buffers: Mapping[str, Array]) -> None:
    before, after = (buffers[f"{name}_planes"][0].transpose(1, 2, 0) for name in ("before", "after"))
    for i in range(1, scale):
        buffers["between"][i - 1] = np.rint(before + (after - before) * (i / scale))


def _enlarge(shape: Shape, buffers: Mapping[str, Array]) -> None:
    shown = buffers[shape.given][0][shape.shown.slices]
    buffers["enlarged"][0] = shown.repeat(shape.scale, axis=0).repeat(shape.scale, axis=1)


def _f32(*shape: int) -> TensorSpec:
    return TensorSpec((1, *shape), np.dtype(np.float32))


def _u8(height: int, width: int) -> TensorSpec:
    return TensorSpec((1, height, width, 4), np.dtype(np.uint8))


_U8 = _u8(512, 512)
_IMAGE, _BROW, _FACE, _WARPED = _f32(4, 512, 512), _f32(4, 128, 128), _f32(4, 192, 192), _f32(4, 256, 256)
_Stage = tuple[dict[str, TensorSpec], dict[str, TensorSpec], Callable[[Mapping[str, Array]], None]]
_STAGES: dict[str, _Stage] = {
    "decomposer": (
        {"picture": _U8},
        {"image": _IMAGE, "eyebrow_background": _BROW, "eyebrow_layer": _BROW},
        _decompose,
    ),
    "combiner": (
        {"eyebrow_background": _BROW, "eyebrow_layer": _BROW, "eyebrow_pose": _f32(12)},
        {"eyebrow": _BROW},
        _combine,
    ),
    "morpher": ({"image": _IMAGE, "eyebrow": _BROW, "face_pose": _f32(27)}, {"face": _FACE}, _morph),
    "rotator": (
        {"image": _IMAGE, "face": _FACE, "body_pose": _f32(6)},
        {"warped": _WARPED, "grid_change": _f32(2, 256, 256)},
        _rotate,
    ),
    "editor": (
        {"image": _IMAGE, "face": _FACE, "warped": _WARPED, "grid_change": _f32(2, 256, 256), "body_pose": _f32(6)},
        {"frame": _U8},
        _edit,
    ),
}

for _name, _shape in {
    "face_x4": ANIMEVIDEO,
    "face_window_x4": ANIMEVIDEO_WINDOW,
    **{f"noise{_level}_x2": UPCONV7 for _level in range(4)},
}.items():
    _large = _shape.shown.times(_shape.scale).size
    _STAGES[_name] = ({_shape.given: _u8(*_shape.size)}, {"enlarged": _u8(*_large)}, partial(_enlarge, _shape))

GRAPHS = {name: Path(name) for name in _STAGES}
"""What stands for the files of an installed model."""

for _width in (320, 512):
    _ends = {name: TensorSpec((1, 512, _width, 4), np.dtype(np.uint8)) for name in ("before", "after")}
    _planes = {f"{name}_planes": _f32(4, 512, _width) for name in _ends} | {"motion": _f32(5, 512, _width)}
    _STAGES[f"flow_{_width}"] = (_ends, _planes, _flow)
    for _scale in (2, 3, 4):
        _between = {"between": TensorSpec((_scale - 1, 512, _width, 4), np.dtype(np.uint8))}
        _STAGES[f"x{_scale}_{_width}"] = (_planes, _between, partial(_merge, _scale))

RIFE_GRAPHS = {name: Path(name) for name in _STAGES if name not in GRAPHS}
"""What stands for the files of RIFE (see `ezvtb.models.rife`)."""


class NullGraph(Graph):
    """One stage."""

    def __init__(self, name: str) -> None:
        self.inputs, self.outputs, self._compute = _STAGES[name]

    def run(self, buffers: Mapping[str, Any]) -> None:
        """See `Graph.run`."""
        self._compute(buffers)


class NullBackend(Backend):
    """Needs no model and no runtime."""

    name = "null"
    device = "none"
    on_cpu = True
    precision = graph_precision = "fp32"

    def __init__(self, device_id: int = 0, half: bool = False) -> None:
        pass

    def load(self, path: Path) -> NullGraph:
        """The stage of that name."""
        return NullGraph(path.name)
