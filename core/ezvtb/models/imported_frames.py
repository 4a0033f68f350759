"""Import RIFE and super resolution as EasyVtuber's users have them: graphs that compute whole frames.

    rife/rife_x{2,3,4}_{fp16,fp32}.onnx, rife_512/x{2,3,4}/{fp16,fp32}.onnx
    Real-ESRGAN/exported_256_{fp16,fp32}.onnx
    waifu2x/noise0_scale2x_{fp16,fp32}.onnx, waifu2x_upconv/{fp16,fp32}/upconv_7/art/noise{0..3}_scale2x.onnx

They become models of their own (`frame_adapter`), and serve in place of the program's until the user removes them. What
a graph does is found by trying it on a drawn figure; only waifu2x's level of noise must be in the name.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx

from ezvtb import backends
from ezvtb.errors import EzvtbError, ModelDamaged, ModelError
from ezvtb.sr.shapes import FACE_AND_SHOULDERS, FRAME, Area

from .archive import Array
from .build import Say, write_graphs
from .download import file_sha256
from .drawn import figure, premultiplied, psnr
from .foreign import Foreign
from .frame_adapter import adapted_rife, adapted_sr, scale_of
from .graph import Precision
from .import_report import EXPORT_AGAIN, Report, need_space, shown
from .install import finish, put
from .manifest import describe

IN_PLACE_OF = {
    "rife_imported": "rife40",
    "realesrgan_imported": "realesr_animevideov3",
    "waifu2x_imported": "waifu2x_upconv7",
}
"""What each serves in place of."""

EQUAL = 35.0
"""dB: how like a picture the frames between it and itself must be at least. RIFE 4.0: 51 and more."""

SHIFT = 12
"""Pixels: how far the figure moves in the test of RIFE. A pose moves it by up to 14 (`ezvtb.models.rife`)."""

OFF = 0.15
"""How far, of that, a frame's balance may be from where its time puts it. RIFE 4.0: up to 0.03."""

SHRUNK = 24.0
"""dB: how like the picture an enlarged one that is shrunk again must be at least. Ours: 38 and 48; of another part: 16.
"""


class Fit(NamedTuple):
    """How a graph serves: as which graph of which model, and what builds and tries it."""

    model: str
    graph: str
    build: Callable[[Precision], onnx.ModelProto]
    check: Callable[[Path], None]


Found = dict[str, dict[bool, tuple[Foreign, Fit]]]
"""Graph -> whether it is a half one -> the file, and how it serves."""


def import_frames(folder: Path, graphs: Iterable[Foreign], report: Report, say: Say) -> None:
    """Import what can be used of `graphs`, whose role is "rife" or "sr"."""
    models: dict[str, Found] = {}
    for foreign in graphs:
        name = shown(foreign.path, folder)
        say(f"trying {name}")
        try:
            fit = _fit(foreign)
        except EzvtbError as error:
            report.skipped.append(f"{name}: {error}")
            continue
        precision = "half" if foreign.half else "full"
        report.found.append(f"{name}: {fit.graph} for {fit.model}, {precision} precision")
        files = models.setdefault(fit.model, {}).setdefault(fit.graph, {})
        if foreign.half in files:
            taken = shown(files[foreign.half][0].path, folder)
            report.skipped.append(f"{name}: another {fit.graph} in {precision} precision, {taken}, is taken.")
        files.setdefault(foreign.half, (foreign, fit))
    for model, found in models.items():
        try:
            put(model, partial(_fill, model, found, say))
        except EzvtbError as error:
            report.skipped.append(f"{model}: {error}")
            continue
        report.models.add(model)
        report.used.append(
            f"{model} ({', '.join(sorted(found))}), in place of {IN_PLACE_OF[model]} "
            f"until `python -m ezvtb.models remove {model}`"
        )


def _fill(model: str, found: Found, say: Say, work: Path) -> None:
    size = sum(foreign.path.stat().st_size for files in found.values() for foreign, _ in files.values())
    need_space(size * 3)  # a half graph may be written as a full one too
    files: dict[str, Path] = {}
    sources: dict[Precision, tuple[bool, ...]] = {"fp32": (False, True), "fp16": (True,)}
    for precision, halves in sources.items():
        chosen = {
            graph: next(variants[half][1] for half in halves if half in variants)
            for graph, variants in sorted(found.items())
            if any(half in variants for half in halves)
        }
        builds = ((graph, fit.build) for graph, fit in chosen.items())
        files |= write_graphs(builds, work, precisions=(precision,), say=say)
        if precision == "fp16":
            for graph, fit in chosen.items():
                say(f"trying {graph} ({precision})")
                fit.check(work / precision / f"{graph}.onnx")
    checksums = {
        f"{'fp16' if half else 'fp32'}/{graph}.onnx": file_sha256(foreign.path)
        for graph, variants in found.items()
        for half, (foreign, _) in variants.items()
    }
    note = f"{', '.join(sorted(found))}; ONNX graphs"
    if any(False not in variants for variants in found.values()):
        note += ", half precision, widened to float32 for the fp32 graphs"
    finish(work, describe(model), files, checksums, origin="graphs", note=note)


def _fit(foreign: Foreign) -> Fit:
    """How the graph serves: the first way that stands the test, in full precision. ModelError where none does."""
    refused: EzvtbError | None = None
    for fit in (_rife if foreign.role == "rife" else _sr)(foreign):
        with tempfile.TemporaryDirectory(prefix="ezvtb-") as folder:
            path = Path(folder) / f"{fit.graph}.onnx"
            try:
                onnx.save(fit.build("fp32"), path)
                fit.check(path)
            except EzvtbError as error:
                refused = error
            else:
                return fit
    assert refused
    raise refused


def _rife(foreign: Foreign) -> Iterator[Fit]:
    """With alpha moved along, or, where the graph doesn't move it, as a picture of its own."""
    scale = scale_of(foreign)
    for grey in (False, True):
        build = partial(adapted_rife, foreign, grey=grey)
        yield Fit("rife_imported", f"x{scale}_512", build, partial(check_between, scale))


def _sr(foreign: Foreign) -> Iterator[Fit]:
    """All of the frame twice, or the face and the shoulders four times."""
    for scale, model, area in (
        (4, "realesrgan_imported", FACE_AND_SHOULDERS),
        (2, "waifu2x_imported", Area(0, 0, FRAME, FRAME)),
    ):
        noise = re.search(r"noise([0-3])", foreign.path.name.casefold())
        graph = "face_x4" if scale == 4 else f"noise{noise[1] if noise else 0}_x2"
        check = partial(check_enlarged, area)
        if scale == 2 and not noise:
            check = partial(_refuse_nameless, check)
        yield Fit(model, graph, partial(adapted_sr, foreign, scale=scale), check)


def _refuse_nameless(check: Callable[[Path], None], path: Path) -> None:
    check(path)
    raise ModelError(
        "It enlarges all of the frame, but its name has no level of noise.",
        "Name it noise0_scale2x.onnx if it leaves noise alone, and up to noise3_scale2x.onnx.",
    )


def check_between(scale: int, path: Path) -> None:
    """ModelDamaged unless the frames between two that this graph makes are between them."""
    graph, before = _Loaded(path), figure()
    after = np.roll(before, SHIFT, axis=1)
    for frame in graph(before=before, after=before)["between"]:
        if psnr(frame, before) < EQUAL:
            raise ModelDamaged("Between two equal frames it makes another one.", EXPORT_AGAIN)
    for number, frame in enumerate(graph(before=before, after=after)["between"], 1):
        expected = np.roll(before, SHIFT * number // scale, axis=1)
        off = np.abs(_balance(frame) - _balance(expected)).max() / SHIFT
        if off > OFF or psnr(frame, expected) <= max(psnr(before, expected), psnr(after, expected)):
            raise ModelDamaged(
                "Between two frames of a figure that moves it makes none in which the figure is in between.",
                EXPORT_AGAIN,
            )


def check_enlarged(area: Area, path: Path) -> None:
    """ModelDamaged unless what this graph makes of a frame is this part of it, enlarged."""
    picture = figure()
    (enlarged,) = _Loaded(path)(frame=picture)["enlarged"]
    shown = picture[area.slices]
    scale = len(enlarged) // len(shown)
    shrunk = premultiplied(enlarged).reshape(len(shown), scale, len(shown), scale, 4).mean(axis=(1, 3))
    error = float(np.mean((shrunk - premultiplied(shown)) ** 2))
    if 10 * np.log10(255**2 / max(error, 1e-9)) < SHRUNK:
        raise ModelDamaged("A figure that it enlarges is not like the figure when it is shrunk again.", EXPORT_AGAIN)


class _Loaded:
    """A fitted graph that can be called."""

    def __init__(self, path: Path) -> None:
        backend = backends.open_backend("onnxruntime", 0, half=False)
        self._graph = backend.load(path)
        specs = {**self._graph.inputs, **self._graph.outputs}
        self._buffers = {name: backend.allocate(spec) for name, spec in specs.items()}

    def __call__(self, **frames: Array) -> Mapping[str, Array]:
        for name, frame in frames.items():
            self._buffers[name][0] = frame
        self._graph.run(self._buffers)
        return self._buffers


def _balance(frame: Array) -> Array:
    """The column in which each of colour and alpha is balanced, premultiplied: (4,)."""
    weights = premultiplied(frame).sum(axis=0)
    columns: Array = (weights * np.arange(frame.shape[1])[:, None]).sum(axis=0) / np.maximum(weights.sum(axis=0), 1)
    return columns
