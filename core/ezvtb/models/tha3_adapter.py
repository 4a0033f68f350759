"""A user's own ONNX graphs of THA3 with our inputs and outputs around them.

The graphs are those of `zpeng11/ezvtuber-rt`, of which there are two generations: the first takes and gives pictures in
network space (see `pixels`), the second bytes. Their tensors, shapes without the leading 1:

    decomposer  image 4x512x512 or bytes        -> background layer, eyebrow layer 4x128x128 [, image 4x512x512]
    combiner    image, both layers, pose 12     -> eyebrows 4x192x192 in the face, and what the morpher's encoder makes
    morpher     image, those two, pose 27       -> picture with its face 4x512x512, the same 4x256x256
    rotator     the latter, pose 6              -> warped 4x512x512, grid change 2x512x512
    editor      picture, the former two, pose 6 -> result 4x512x512 [, bytes]

Ports are told by shape, and by a word in the name where two are alike. Between the graphs all is float32 as ours is:
the `eyebrow` holds both of the combiner's results in a row, and of the morpher's picture only the face goes on, so that
the stage cache stays small.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import checker, helper, numpy_helper, shape_inference, version_converter

from ezvtb.errors import ModelDamaged, ModelError

from . import tha3
from .graph import FLOAT, HALF, OPSET, UINT8, Graph, Precision, Value
from .pixels import SIZE, network_to_frame, picture_to_network
from .tha3 import BODY_POSE, EYEBROW_POSE, EYEBROW_SIZE, FACE_AT, FACE_POSE, FACE_SIZE, HALF_SIZE
from .tha3_blocks import PlainBlocks
from .tha3_shapes import Kind

WHOLE, FACE, BROW = (1, 4, SIZE, SIZE), (1, 4, FACE_SIZE, FACE_SIZE), (1, 4, EYEBROW_SIZE, EYEBROW_SIZE)
SMALL, GRID = (1, 4, HALF_SIZE, HALF_SIZE), (1, 2, SIZE, SIZE)
PICTURE = (SIZE, SIZE, 4)

COPY_AGAIN = "Copy the folder again from where you got it."
OTHER = "Only the graphs that EasyVtuber uses are known."

_FIRST_OPSET = 16
"""GridSample's, without which there is no THA3 graph."""

_BROKEN = (DecodeError, checker.ValidationError, shape_inference.InferenceError)
_BROKEN_TOO = (OSError, ValueError, TypeError, KeyError, RuntimeError)


@dataclass(frozen=True)
class Port:
    """An input or output of a foreign graph: ONNX's element type, and its shape (0 where it isn't fixed)."""

    dtype: int
    shape: tuple[int, ...]

    @property
    def pixels(self) -> bool:
        """Whether it is a picture or frame as bytes, with a leading 1 or without."""
        return self.dtype == UINT8 and self.shape in (PICTURE, (1, *PICTURE))


Ports = Mapping[str, Port]


@dataclass(frozen=True)
class Foreign:
    """A foreign ONNX file.

    Attributes:
        path: where it is.
        role: a network of THA3's, or "rife" or "sr".
        kind: which convolutions it has.
        half: whether it computes in half precision.
        inputs, outputs: its ports.
    """

    path: Path
    role: str
    kind: Kind
    half: bool
    inputs: Ports
    outputs: Ports


def read_foreign(path: Path) -> Foreign:
    """What the ONNX file at `path` is, told by what it takes and gives. ModelError where it is nothing known."""
    graph = _load(path).graph
    constants = {tensor.name for tensor in graph.initializer}
    inputs = _ports(value for value in graph.input if value.name not in constants)
    outputs = _ports(graph.output)
    role = _role(inputs, outputs)
    half = any(tensor.data_type == HALF for tensor in graph.initializer)
    half |= any(port.dtype == HALF for port in (*inputs.values(), *outputs.values()))
    return Foreign(path, role, _kind(graph), half, inputs, outputs)


def check_chain(graphs: Mapping[str, Foreign]) -> None:
    """ModelDamaged unless the morpher takes what the combiner gives."""
    given = [port.shape for port in graphs["combiner"].outputs.values() if port.shape != FACE]
    taken = [graphs["morpher"].inputs[name].shape for name in _extra_inputs(graphs["morpher"].inputs)]
    if given != taken:
        raise ModelDamaged(f"The combiner gives {given} beside the eyebrows, and the morpher takes {taken}.", OTHER)


def adapted(foreign: Foreign, precision: Precision) -> onnx.ModelProto:
    """The graph of `foreign` with our inputs and outputs; halves become floats where `precision` is "fp32"."""
    model = _load(foreign.path)
    if precision == "fp32" and foreign.half:
        _widen(model)
    try:
        # All around the foreign graph is float32 in either precision: only its inside may be halves.
        adapter = _Adapter(Graph(f"tha3_{foreign.role}_imported", "fp32"), model)
        _ADAPTERS[foreign.role](adapter)
        return adapter.graph.model()
    except ModelDamaged as error:
        raise ModelDamaged(f"{foreign.path.name} can't be fitted: {error.message}", error.remedy) from error
    except (*_BROKEN, *_BROKEN_TOO) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ModelDamaged(f"{foreign.path.name} can't be fitted: {reason}.", OTHER) from error


# What a file is ------------------------------------------------------------------------------------------------------


def _load(path: Path) -> onnx.ModelProto:
    """The model at `path`, of our opset."""
    try:
        model = onnx.load(path)
        if not model.graph.node:
            raise ModelDamaged(f"{path.name} holds no ONNX graph.", COPY_AGAIN)
        versions = {each.domain or "ai.onnx": each.version for each in model.opset_import}
        if set(versions) - {"ai.onnx"} or model.functions or _has_subgraphs(model.graph):
            raise ModelError(f"{path.name} has operators of its own, or branches.", OTHER)
        if versions.get("ai.onnx", 0) > OPSET:
            model = version_converter.convert_version(model, OPSET)
        elif versions.get("ai.onnx", 0) == _FIRST_OPSET:
            model.opset_import[0].version = OPSET  # 17 only added operators
        elif versions.get("ai.onnx", 0) != OPSET:
            raise ModelError(f"{path.name} is of ONNX opset {versions.get('ai.onnx')}, before {_FIRST_OPSET}.", OTHER)
    except (*_BROKEN, *_BROKEN_TOO) as error:
        raise ModelDamaged(f"{path.name} can't be read as ONNX ({type(error).__name__}).", COPY_AGAIN) from error
    return model


def _has_subgraphs(graph: onnx.GraphProto) -> bool:
    return any(attribute.HasField("g") or attribute.graphs for node in graph.node for attribute in node.attribute)


def _ports(values: Any) -> dict[str, Port]:
    found = {}
    for value in values:
        tensor = value.type.tensor_type
        found[value.name] = Port(tensor.elem_type, tuple(each.dim_value for each in tensor.shape.dim))
    return found


def _role(inputs: Ports, outputs: Ports) -> str:
    taken, given = ([port.shape for port in ports.values()] for ports in (inputs, outputs))
    if (1, EYEBROW_POSE) in taken:
        return "combiner"
    if (1, FACE_POSE) in taken:
        return "morpher"
    if (1, BODY_POSE) in taken:
        return "editor" if GRID in taken else "rotator"
    if len(inputs) == 1 and given.count(BROW) == 2:
        return "decomposer"
    if {"tha_img_0", "tha_img_1"} <= inputs.keys():
        return "rife"
    # Real-ESRGAN and waifu2x: one picture in, one out
    if len(inputs) == len(outputs) == 1 and all(3 <= len(shape) <= 4 for shape in (*taken, *given)):
        return "sr"
    raise ModelError("Its inputs and outputs are those of no graph that this program knows.", "It is left alone.")


def _kind(graph: onnx.GraphProto) -> Kind:
    groups = (helper.get_node_attr_value(node, "group") for node in graph.node if _has_group(node))
    return "separable" if any(group > 1 for group in groups) else "standard"


def _has_group(node: onnx.NodeProto) -> bool:
    return node.op_type == "Conv" and any(attribute.name == "group" for attribute in node.attribute)


def _extra_inputs(inputs: Ports) -> list[str]:
    """What the morpher takes beside picture, eyebrows and pose."""
    return [name for name, port in inputs.items() if port.shape not in (WHOLE, FACE, (1, FACE_POSE))]


def _widen(model: onnx.ModelProto) -> None:
    """Make floats of all halves in `model`."""
    graph = model.graph
    del graph.value_info[:]
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == HALF:
            value.type.tensor_type.elem_type = FLOAT
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                _widen_tensor(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i == HALF:
                attribute.i = FLOAT


def _widen_tensor(tensor: onnx.TensorProto) -> None:
    if tensor.data_type == HALF:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))


# What goes around it -------------------------------------------------------------------------------------------------


class _Adapter:
    """One foreign graph and what is put around it."""

    def __init__(self, graph: Graph, model: onnx.ModelProto) -> None:
        self.graph = graph
        self.blocks = PlainBlocks(graph, {})
        self._model = model
        constants = {tensor.name for tensor in model.graph.initializer}
        self.inputs = _ports(value for value in model.graph.input if value.name not in constants)
        self.outputs = _ports(model.graph.output)
        self._given: dict[str, Value] = {}
        self._results: dict[str, Value] = {}

    def give(self, name: str, value: Value) -> None:
        """`value`, float32 or bytes, for the foreign input `name`."""
        self._given[name] = self.graph.cast(value, HALF) if self.inputs[name].dtype == HALF else value

    def run(self) -> None:
        """The foreign graph itself."""
        missing = self.inputs.keys() - self._given.keys()
        if missing:
            raise ModelDamaged(f"The graph has inputs that are not known: {', '.join(sorted(missing))}.", OTHER)
        self._results = self.graph.splice(self._model.graph, self._given)

    def result(self, name: str) -> Value:
        """The foreign output `name` as float32, or as bytes."""
        value = self._results[name]
        return self.graph.cast(value, FLOAT) if self.outputs[name].dtype == HALF else value

    def picture(self, face: Value) -> Value:
        """The picture with the face that the morpher made."""
        return self.blocks.paste(self.graph.input("image", WHOLE), face, FACE_AT, (SIZE, FACE_SIZE))


def _one(ports: Ports, shape: Sequence[int], word: str = "", other: str = "") -> str:
    """The one port of that shape with `word` in its name and without `other`."""
    fits = [
        name
        for name, port in ports.items()
        if port.shape == tuple(shape)
        and port.dtype in (FLOAT, HALF)
        and word in name.casefold()
        and not (other and other in name.casefold())
    ]
    if len(fits) != 1:
        named = f" with {word!r} in its name" if word else f" without {other!r} in its name" if other else ""
        raise ModelDamaged(f"There are {len(fits)} tensors of shape {tuple(shape)}{named}, not one.", OTHER)
    return fits[0]


def _decomposer(a: _Adapter) -> None:
    g = a.graph
    picture = g.input("picture", (1, *PICTURE), UINT8)
    ((name, port),) = a.inputs.items()
    image = ""
    if port.pixels:
        a.give(name, picture if len(port.shape) == 4 else g.node("Reshape", picture, g.ints(*PICTURE)))
    else:
        image = picture_to_network(g, picture)
        a.give(_one(a.inputs, WHOLE), image)
    a.run()
    g.output("image", image or a.result(_one(a.outputs, WHOLE)), WHOLE)
    g.output("eyebrow_background", a.result(_one(a.outputs, BROW, "background")), BROW)
    g.output("eyebrow_layer", a.result(_one(a.outputs, BROW, other="background")), BROW)


def _combiner(a: _Adapter) -> None:
    g = a.graph
    a.give(_one(a.inputs, BROW, "background"), g.input("eyebrow_background", BROW))
    a.give(_one(a.inputs, BROW, other="background"), g.input("eyebrow_layer", BROW))
    a.give(_one(a.inputs, (1, EYEBROW_POSE)), g.input("eyebrow_pose", (1, EYEBROW_POSE), FLOAT))
    a.give(_one(a.inputs, WHOLE), g.input("image", WHOLE))
    a.run()
    face = _one(a.outputs, FACE)
    names = [face, *(name for name in a.outputs if name != face)]
    flat = [g.node("Reshape", a.result(name), g.ints(1, -1)) for name in names]
    size = sum(math.prod(a.outputs[name].shape) for name in names)
    g.output("eyebrow", g.concat(*flat), (1, size))


def _morpher(a: _Adapter) -> None:
    g = a.graph
    names = [_one(a.inputs, FACE), *_extra_inputs(a.inputs)]
    shapes = [a.inputs[name].shape for name in names]
    sizes = [math.prod(shape) for shape in shapes]
    a.give(_one(a.inputs, WHOLE), g.input("image", WHOLE))
    eyebrow = g.input("eyebrow", (1, sum(sizes)))
    parts = g.split(eyebrow, sizes) if len(names) > 1 else [eyebrow]
    for name, part, shape in zip(names, parts, shapes):
        a.give(name, g.node("Reshape", part, g.ints(*shape)))
    a.give(_one(a.inputs, (1, FACE_POSE)), g.input("face_pose", (1, FACE_POSE), FLOAT))
    a.run()
    g.output("face", g.crop(a.result(_one(a.outputs, WHOLE)), *FACE_AT, FACE_SIZE), FACE)


def _rotator(a: _Adapter) -> None:
    g = a.graph
    a.give(_one(a.inputs, SMALL), a.blocks.halved(a.picture(g.input("face", FACE))))
    a.give(_one(a.inputs, (1, BODY_POSE)), g.input("body_pose", (1, BODY_POSE), FLOAT))
    a.run()
    g.output("warped", a.result(_one(a.outputs, WHOLE)), WHOLE)
    g.output("grid_change", a.result(_one(a.outputs, GRID)), GRID)


def _editor(a: _Adapter) -> None:
    g = a.graph
    a.give(_one(a.inputs, WHOLE, other="warped"), a.picture(g.input("face", FACE)))
    a.give(_one(a.inputs, WHOLE, "warped"), g.input("warped", WHOLE))
    a.give(_one(a.inputs, GRID), g.input("grid_change", GRID))
    a.give(_one(a.inputs, (1, BODY_POSE)), g.input("body_pose", (1, BODY_POSE), FLOAT))
    a.run()
    pixels = [name for name, port in a.outputs.items() if port.pixels]
    if any(port.shape == WHOLE for port in a.outputs.values()) or not pixels:
        frame = network_to_frame(g, a.result(_one(a.outputs, WHOLE)))
    else:
        frame = g.node("Reshape", a.result(pixels[0]), g.ints(1, *PICTURE))
    g.output("frame", frame, (1, *PICTURE), UINT8)


_ADAPTERS: dict[str, Callable[[_Adapter], None]] = {
    "decomposer": _decomposer,
    "combiner": _combiner,
    "morpher": _morpher,
    "rotator": _rotator,
    "editor": _editor,
}
assert _ADAPTERS.keys() == tha3.NETWORKS.keys()
