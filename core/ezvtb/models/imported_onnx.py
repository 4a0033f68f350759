"""Import the ONNX graphs of EasyVtuber's users (`zpeng11/ezvtuber-rt`), THA3 among them as five graphs in a folder.

    <anything>/{decomposer,combiner,morpher,rotator,editor}.onnx

They are taken apart nowhere: `tha3_adapter` puts around each what turns its inputs and outputs into ours. Whether the
convolutions are separable and the numbers halves is seen in the graphs. What comes out is drawn with, before it is
used: see `_check`. The same users' RIFE and super resolution are left to `imported_frames`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnx

from ezvtb import backends
from ezvtb.backends.base import Backend
from ezvtb.errors import EzvtbError, ModelDamaged
from ezvtb.tha.poser import Poser

from . import tha3
from .archive import Array
from .build import Say, write_graphs
from .download import file_sha256
from .drawn import figure, psnr
from .foreign import Foreign, read_foreign
from .graph import Precision
from .import_report import EXPORT_AGAIN, MODELS, Report, need_space, shown
from .imported_frames import import_frames
from .install import finish, put
from .manifest import describe
from .pixels import srgb_to_linear
from .tha3_adapter import adapted, check_chain
from .tha3_shapes import Kind

AT_REST = 20.0
"""dB: how like the picture the frame at rest must be at least, over premultiplied colour and alpha."""

MOVED = 45.0
"""dB: how like the frame at rest one with the head turned may be at most."""

COLOURS = 0.01
"""How far the picture may be from ours on average inside the network, where 2 is from black to white."""


def import_graphs(folder: Path, paths: Iterable[Path], report: Report, say: Say) -> None:
    """Import what can be used of the ONNX files `paths` in `folder`."""
    sets: dict[Path, dict[str, Foreign]] = {}
    frames: list[Foreign] = []
    for path in paths:
        say(f"checking {shown(path, folder)}")
        try:
            foreign = read_foreign(path)
        except EzvtbError as error:
            report.skipped.append(f"{shown(path, folder)}: {error}")
            continue
        if foreign.role in ("rife", "sr"):
            frames.append(foreign)
        elif foreign.role in sets.setdefault(path.parent, {}):
            known = sets[path.parent][foreign.role].path.name
            report.skipped.append(f"{shown(path, folder)}: another {foreign.role} beside it, {known}, is taken.")
        else:
            sets[path.parent][foreign.role] = foreign
    complete: dict[Kind, list[dict[str, Foreign]]] = {}
    for parent, graphs in sets.items():
        missing = [network for network in tha3.NETWORKS if network not in graphs]
        kinds = {graph.kind for graph in graphs.values()}
        if missing:
            lacking = ", ".join(missing)
            report.skipped.append(f"{shown(parent, folder)}: THA3 as ONNX, incomplete, there is no good {lacking}.")
        elif len(kinds) > 1:
            report.skipped.append(f"{shown(parent, folder)}: standard and separable networks of THA3 side by side.")
        else:
            complete.setdefault(kinds.pop(), []).append(graphs)
    for kind, candidates in complete.items():
        # full precision before half, so that the better of two is the one taken
        _import_kind(folder, kind, sorted(candidates, key=_half), report, say)
    import_frames(folder, frames, report, say)


def _half(graphs: Mapping[str, Foreign]) -> bool:
    return any(graph.half for graph in graphs.values())


def _import_kind(
    folder: Path, kind: Kind, candidates: Sequence[Mapping[str, Foreign]], report: Report, say: Say
) -> None:
    """Use the first of the sets that stands the test; beside a full one the first half one, for the fp16 graphs."""
    halves = next((graphs for graphs in candidates if _half(graphs)), None)
    name = MODELS[kind]
    for graphs in candidates:
        title = f"{_title(folder, graphs)}: THA3 {kind} as ONNX, {'half' if _half(graphs) else 'full'} precision"
        report.found.append(f"{title}, five graphs")
        if name in report.models:
            if graphs is not halves:
                report.skipped.append(f"{title}: another {name} of this folder is taken.")
            continue
        try:
            check_chain(graphs)
            put(name, partial(_fill, kind, graphs, halves, say))
        except EzvtbError as error:
            report.skipped.append(f"{title}: {error}")
            halves = None if graphs is halves else halves
            continue
        report.models.add(name)
        places = _title(folder, graphs)
        if halves is graphs:
            places += " (half precision, widened to float32 for the fp32 graphs)"
        elif halves:
            places += f" and, for the fp16 graphs, {_title(folder, halves)}"
        report.used.append(f"{name}, from {places}")


def _title(folder: Path, graphs: Mapping[str, Foreign]) -> str:
    return shown(next(iter(graphs.values())).path.parent, folder)


def _fill(
    kind: Kind, graphs: Mapping[str, Foreign], halves: Mapping[str, Foreign] | None, say: Say, work: Path
) -> None:
    size = sum(graph.path.stat().st_size for graph in graphs.values())
    need_space(size * 3 if halves else size)
    precisions: tuple[Precision, ...] = ("fp32", "fp16") if halves else ("fp32",)

    def build(name: str, precision: Precision) -> onnx.ModelProto:
        return adapted((halves if halves and precision == "fp16" else graphs)[name], precision)

    files = write_graphs(((name, partial(build, name)) for name in tha3.NETWORKS), work, precisions=precisions, say=say)
    for precision in precisions:
        say(f"drawing with it ({precision})")
        _check({name: work / precision / f"{name}.onnx" for name in tha3.NETWORKS})
    checksums = {f"{name}.onnx": file_sha256(graph.path) for name, graph in graphs.items()}
    if halves and halves is not graphs:
        checksums |= {f"fp16/{name}.onnx": file_sha256(graph.path) for name, graph in halves.items()}
    note = f"{kind}, ONNX graphs"
    if halves is graphs:
        note += ", half precision, widened to float32 for the fp32 graphs"
    finish(work, describe(MODELS[kind]), files, checksums, origin="graphs", note=note)


def _check(graphs: Mapping[str, Path]) -> None:
    """ModelDamaged unless the graphs draw: at rest the picture, with the head turned something else."""
    picture = figure()
    backend = backends.open_backend("onnxruntime", 0, half=False)
    if np.abs(_image_of(backend, graphs["decomposer"], picture) - network_space(picture)).mean() > COLOURS:
        raise ModelDamaged("These graphs take colours in another way than EasyVtuber's.", EXPORT_AGAIN)
    poser = Poser(backend, graphs, 0)
    poser.set_picture(picture)
    rest, turned = poser.allocate_frame(), poser.allocate_frame()
    pose = np.zeros(45, np.float32)
    poser.pose(pose, rest)
    pose[40] = 1.0
    poser.pose(pose, turned)
    likeness = psnr(rest.host, picture)
    if likeness < AT_REST:
        raise ModelDamaged(
            f"With these graphs a figure at rest is not like its picture ({likeness:.0f} dB, {AT_REST:.0f} at least).",
            EXPORT_AGAIN,
        )
    if psnr(turned.host, rest.host) > MOVED:
        raise ModelDamaged("With these graphs a figure doesn't move when its head turns.", EXPORT_AGAIN)


def network_space(picture: Array) -> Array:
    """The picture as THA3 takes it: see `pixels`."""
    planes = picture.transpose(2, 0, 1)[[2, 1, 0, 3]]
    network: Array = np.empty(planes.shape, np.float32)
    network[:3] = np.where(planes[3] > 0, srgb_to_linear()[planes[:3]], -1)
    network[3] = planes[3] / 127.5 - 1
    return network


def _image_of(backend: Backend, decomposer: Path, picture: Array) -> Array:
    graph = backend.load(decomposer)
    buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
    buffers["picture"][0] = picture
    graph.run(buffers)
    image: Array = buffers["image"][0]
    return image
