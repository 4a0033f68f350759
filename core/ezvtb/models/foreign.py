"""Somebody else's ONNX graphs: what they are, and how inputs and outputs of ours are put around them.

A graph is told by what it takes and gives. What each needs around it is in `tha3_adapter` and `frame_adapter`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import checker, helper, numpy_helper, shape_inference, version_converter

from ezvtb.errors import ModelDamaged, ModelError
from ezvtb.sr.shapes import ENLARGED

from .graph import FLOAT, HALF, OPSET, UINT8, Graph, Precision, Value
from .pixels import SIZE
from .tha3 import BODY_POSE, EYEBROW_POSE, EYEBROW_SIZE, FACE_POSE
from .tha3_shapes import Kind

BROW, GRID = (1, 4, EYEBROW_SIZE, EYEBROW_SIZE), (1, 2, SIZE, SIZE)

COPY_AGAIN = "Copy the folder again from where you got it."
OTHER = "Only the graphs that EasyVtuber uses are known."

_FIRST_OPSET = 16
"""GridSample's. Older graphs can't be THA3's or RIFE's; those that enlarge are brought up to date."""

_BROKEN = (DecodeError, checker.ValidationError, shape_inference.InferenceError)
_BROKEN_TOO = (OSError, ValueError, TypeError, KeyError, RuntimeError)


@dataclass(frozen=True)
class Port:
    """An input or output of a foreign graph: ONNX's element type, and its shape (0 where it isn't fixed)."""

    dtype: int
    shape: tuple[int, ...]

    @property
    def pixels(self) -> bool:
        """Whether it is one frame as bytes, with a leading 1 or without."""
        return self.frames(SIZE) == 1

    def frames(self, size: int) -> int:
        """How many BGRA frames of that width and height it is, as bytes; 0 where it is something else."""
        if self.dtype != UINT8 or self.shape[-3:] != (size, size, 4) or len(self.shape) > 4:
            return 0
        # a number that isn't fixed is for several frames at once: one is as good
        return self.shape[0] or 1 if len(self.shape) == 4 else 1


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
    inputs, outputs = _inputs(graph), _ports(graph.output)
    role = _role(inputs, outputs)
    half = any(tensor.data_type == HALF for tensor in graph.initializer)
    half |= any(port.dtype == HALF for port in (*inputs.values(), *outputs.values()))
    return Foreign(path, role, _kind(graph), half, inputs, outputs)


class Adapter:
    """One foreign graph, and the graph of ours that is put around it."""

    def __init__(self, graph: Graph, model: onnx.ModelProto) -> None:
        self.graph = graph
        self._model = model
        self.inputs, self.outputs = _inputs(model.graph), _ports(model.graph.output)
        self._given: dict[str, Value] = {}
        self._results: dict[str, Value] = {}

    def give(self, name: str, value: Value) -> None:
        """`value`, float32 or bytes, for the foreign input `name`; a frame (1, 512, 512, 4) as that has it."""
        port = self.inputs[name]
        if port.pixels and len(port.shape) == 3:
            value = self.graph.node("Reshape", value, self.graph.ints(*port.shape))
        self._given[name] = self.graph.cast(value, HALF) if port.dtype == HALF else value

    def run(self) -> None:
        """The foreign graph itself. May be called again, with other inputs: its weights are there once."""
        missing = self.inputs.keys() - self._given.keys()
        if missing:
            raise ModelDamaged(f"The graph has inputs that are not known: {', '.join(sorted(missing))}.", OTHER)
        self._results = self.graph.splice(self._model.graph, self._given)

    def result(self, name: str) -> Value:
        """The foreign output `name` as float32, or as bytes."""
        value = self._results[name]
        return self.graph.cast(value, FLOAT) if self.outputs[name].dtype == HALF else value


def fitted(foreign: Foreign, precision: Precision, around: Callable[[Adapter], None]) -> onnx.ModelProto:
    """The graph of `foreign` with what `around` puts around it; halves become floats where `precision` is "fp32".

    Raises:
        ModelDamaged: it doesn't fit.
    """
    model = _load(foreign.path)
    if precision == "fp32" and foreign.half:
        _widen(model)
    try:
        # All around the foreign graph is float32 in either precision: only its inside may be halves.
        adapter = Adapter(Graph(f"{foreign.role}_imported", "fp32"), model)
        around(adapter)
        return adapter.graph.model()
    except ModelDamaged as error:
        raise ModelDamaged(f"{foreign.path.name} can't be fitted: {error.message}", error.remedy) from error
    except (*_BROKEN, *_BROKEN_TOO) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ModelDamaged(f"{foreign.path.name} can't be fitted: {reason}.", OTHER) from error


def _load(path: Path) -> onnx.ModelProto:
    """The model at `path`, of our opset."""
    try:
        model = onnx.load(path)
        if not model.graph.node:
            raise ModelDamaged(f"{path.name} holds no ONNX graph.", COPY_AGAIN)
        versions = {each.domain or "ai.onnx": each.version for each in model.opset_import}
        if set(versions) - {"ai.onnx"} or model.functions or _has_subgraphs(model.graph):
            raise ModelError(f"{path.name} has operators of its own, or branches.", OTHER)
        if versions.get("ai.onnx", 0) == _FIRST_OPSET:
            model.opset_import[0].version = OPSET  # 17 only added operators
        elif versions.get("ai.onnx", 0) != OPSET:
            model = version_converter.convert_version(model, OPSET)
    except (*_BROKEN, *_BROKEN_TOO) as error:
        raise ModelDamaged(f"{path.name} can't be read as ONNX ({type(error).__name__}).", COPY_AGAIN) from error
    return model


def _has_subgraphs(graph: onnx.GraphProto) -> bool:
    return any(attribute.HasField("g") or attribute.graphs for node in graph.node for attribute in node.attribute)


def _inputs(graph: onnx.GraphProto) -> dict[str, Port]:
    constants = {tensor.name for tensor in graph.initializer}
    return _ports(value for value in graph.input if value.name not in constants)


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
    if len(inputs) == 2 and all(port.pixels for port in inputs.values()):
        return "rife"
    if len(inputs) == len(outputs) == 1:
        (picture,), (enlarged,) = inputs.values(), outputs.values()
        if picture.pixels and enlarged.frames(ENLARGED) == 1:
            return "sr"
    raise ModelError("Its inputs and outputs are those of no graph that this program knows.", "It is left alone.")


def _kind(graph: onnx.GraphProto) -> Kind:
    groups = (helper.get_node_attr_value(node, "group") for node in graph.node if _has_group(node))
    return "separable" if any(group > 1 for group in groups) else "standard"


def _has_group(node: onnx.NodeProto) -> bool:
    return node.op_type == "Conv" and any(attribute.name == "group" for attribute in node.attribute)


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
