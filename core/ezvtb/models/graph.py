"""Write an ONNX graph node by node.

A thin layer over `onnx.helper`: values are names, constants become initialisers (equal ones once), every node gets a
name. It knows the precision of the graph, so that the architecture code never spells a number format out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Value = str
"""The name of a tensor in the graph."""

Precision = Literal["fp32", "fp16"]
PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16")

Array = npt.NDArray[Any]

OPSET = 17
"""Has GridSample (16) and is taken by ONNX Runtime, OpenVINO, TensorRT 10 and DirectML."""

IR_VERSION = 8
"""The file format that belongs to opset 17; the newest one would shut older runtimes out."""

FLOAT, HALF, UINT8 = int(TensorProto.FLOAT), int(TensorProto.FLOAT16), int(TensorProto.UINT8)
INT32 = int(TensorProto.INT32)


class Graph:
    """One graph under construction.

    `dtype` is the number format of the network's inside: float32, or float16 where `precision` is "fp16". What needs
    float32 in either case (variances, grid coordinates, colour conversion) is put between `widen` and `narrow`, which
    do nothing in a float32 graph.
    """

    def __init__(self, name: str, precision: Precision) -> None:
        self.name = name
        self.half = precision == "fp16"
        self.dtype = HALF if self.half else FLOAT
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._exported: dict[Value, str] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = {}
        self._spliced: dict[bytes, onnx.TensorProto] = {}

    def input(self, name: str, shape: Sequence[int], dtype: int | None = None) -> Value:
        """Declare an input; `dtype` is the graph's own when left out."""
        self._inputs.append(helper.make_tensor_value_info(name, dtype or self.dtype, list(shape)))
        return name

    def output(self, name: str, value: Value, shape: Sequence[int], dtype: int | None = None) -> None:
        """Declare that `value`, a node's result, leaves the graph under `name`."""
        self._exported[value] = name
        self._outputs.append(helper.make_tensor_value_info(name, dtype or self.dtype, list(shape)))

    def constant(self, array: npt.ArrayLike) -> Value:
        """An initialiser with exactly this content and number format."""
        values = np.asarray(array)
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(values, f"c{len(self._constants)}")
        return self._constants[key].name

    def weight(self, array: npt.ArrayLike) -> Value:
        """An initialiser in the graph's number format."""
        return self.constant(np.asarray(array, np.float16 if self.half else np.float32))

    def ints(self, *values: int) -> Value:
        """An int64 vector, as shapes, axes and split sizes are given."""
        return self.constant(np.array(values, np.int64))

    def node(self, op: str, *inputs: Value, **attributes: Any) -> Value:
        """Append a node with one output."""
        return self.nodes(op, 1, *inputs, **attributes)[0]

    def nodes(self, op: str, outputs: int, *inputs: Value, **attributes: Any) -> list[Value]:
        """Append a node with several outputs."""
        name = f"{op}_{len(self._nodes)}"
        results = [name] if outputs == 1 else [f"{name}.{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(op, list(inputs), results, name=name, **attributes))
        return results

    def splice(self, other: onnx.GraphProto, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """Append all of another graph of the same opset; `inputs` says what its inputs are. Equal constants, such as
        those of a graph that is appended twice, become one.

        Returns:
            The other graph's outputs by their names there.
        """
        prefix = f"s{len(self._nodes)}."
        names = {"": "", **inputs}

        def name_of(name: str) -> Value:
            return names.setdefault(name, prefix + name)

        for tensor in other.initializer:
            copy = onnx.TensorProto()
            copy.CopyFrom(tensor)
            copy.ClearField("name")
            known = self._spliced.setdefault(copy.SerializeToString(), copy)
            known.name = names[tensor.name] = known.name or name_of(tensor.name)
        for number, node in enumerate(other.node):
            new = onnx.NodeProto()
            new.CopyFrom(node)
            new.name = f"{prefix}{number}"
            new.input[:] = [name_of(name) for name in node.input]
            new.output[:] = [name_of(name) for name in node.output]
            self._nodes.append(new)
        return {value.name: name_of(value.name) for value in other.output}

    def cast(self, value: Value, dtype: int) -> Value:
        """`value` in another number format."""
        return self.node("Cast", value, to=dtype)

    def widen(self, value: Value) -> Value:
        """`value` as float32."""
        return self.cast(value, FLOAT) if self.half else value

    def narrow(self, value: Value) -> Value:
        """A float32 `value` in the graph's number format."""
        return self.cast(value, HALF) if self.half else value

    def concat(self, *values: Value, axis: int = 1) -> Value:
        """Values joined along `axis` (channels)."""
        return self.node("Concat", *values, axis=axis)

    def split(self, value: Value, sizes: Sequence[int], axis: int = 1) -> list[Value]:
        """`value` cut along `axis` (channels) into parts of these sizes."""
        return self.nodes("Split", len(sizes), value, self.ints(*sizes), axis=axis)

    def slice(self, value: Value, axis: int, start: int, stop: int) -> Value:
        """`value[start:stop]` along `axis`."""
        return self.node("Slice", value, self.ints(start), self.ints(stop), self.ints(axis))

    def crop(self, value: Value, top: int, left: int, size: int) -> Value:
        """A square out of an NCHW `value`."""
        starts, stops = self.ints(top, left), self.ints(top + size, left + size)
        return self.node("Slice", value, starts, stops, self.ints(2, 3))

    def model(self) -> onnx.ModelProto:
        """The finished, checked model."""
        # The producing node itself gets the output's name: an Identity in between would leave OpenVINO with two names
        # for one tensor.
        for node in self._nodes:
            node.input[:] = [self._exported.get(value, value) for value in node.input]
            node.output[:] = [self._exported.get(value, value) for value in node.output]
        graph = helper.make_graph(
            self._nodes,
            self.name,
            self._inputs,
            self._outputs,
            initializer=[*self._constants.values(), *self._spliced.values()],
        )
        model = helper.make_model(
            graph,
            producer_name="ezvtb",
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        onnx.checker.check_model(model, full_check=True)
        return model
