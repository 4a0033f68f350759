"""What a network has to do at least: the arithmetic of its convolutions and matrix products, and the bytes they move.

It is read off the ONNX graph. Everything between two such layers (sums, activations, normalisation, sampling, resizing)
can be done on the way, and counts nothing; a layer reads its inputs and writes its outputs once. What enters or leaves
the graph elsewhere is read or written once, too.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import onnx

Shapes = dict[str, tuple[tuple[int, ...], int]]
"""Of each tensor: its shape, and the bytes of an element."""


class Peak(NamedTuple):
    """The most that a device gives, measured."""

    flops: float
    """Operations a second, a multiplication and an addition counting two."""
    bytes: float
    """Bytes read or written a second."""


class Layer(NamedTuple):
    """One convolution or matrix product; or, with no arithmetic, what enters and leaves a graph beside them."""

    name: str
    flops: int
    bytes: int


class Work(NamedTuple):
    """What a graph has to do."""

    layers: "tuple[Layer, ...]"

    @property
    def flops(self) -> int:
        """Of all layers."""
        return sum(layer.flops for layer in self.layers)

    @property
    def bytes(self) -> int:
        """Of all layers."""
        return sum(layer.bytes for layer in self.layers)

    def arithmetic(self, peak: Peak) -> float:
        """Milliseconds that the arithmetic takes at that speed."""
        return self.flops / peak.flops * 1e3

    def bandwidth(self, peak: Peak) -> float:
        """Milliseconds that the bytes take at that speed."""
        return self.bytes / peak.bytes * 1e3

    def floor(self, peak: Peak) -> float:
        """Milliseconds: each layer bound by what takes it longer, arithmetic or bytes (Williams et al., "Roofline",
        2009, layer by layer)."""
        return sum(max(layer.flops / peak.flops, layer.bytes / peak.bytes) for layer in self.layers) * 1e3


def count(path: Path) -> Work:
    """The work of an ONNX file. ValueError if a shape in it isn't known."""
    return count_model(onnx.load(path))


def count_model(model: onnx.ModelProto) -> Work:
    """The work of a graph. ValueError if a shape in it isn't known."""
    shapes = _shapes(model)
    layers: list[Layer] = []
    touched: set[str] = set()
    for node in model.graph.node:
        if node.op_type in _FLOPS:
            named = [name for name in (*node.input, *node.output) if name]
            moved = sum(_bytes(*_known(shapes, name)) for name in named)
            layers.append(Layer(node.name or node.output[0], _FLOPS[node.op_type](node, shapes), moved))
            touched.update(named)
    constants = {tensor.name for tensor in model.graph.initializer}
    ends = {value.name for value in (*model.graph.input, *model.graph.output)} - constants - touched
    rest = sum(_bytes(*_known(shapes, name)) for name in ends)
    return Work((*layers, Layer("inputs and outputs", 0, rest)))


def _convolution(node: onnx.NodeProto, shapes: Shapes) -> int:
    # weights: (out, in / groups, kernel ...)
    (out, _), (weights, _) = _known(shapes, node.output[0]), _known(shapes, node.input[1])
    return 2 * math.prod(out) * math.prod(weights[1:])


def _transposed(node: onnx.NodeProto, shapes: Shapes) -> int:
    # weights: (in, out / groups, kernel ...); each input value goes to all of them
    (given, _), (weights, _) = _known(shapes, node.input[0]), _known(shapes, node.input[1])
    return 2 * math.prod(given) * math.prod(weights[1:])


def _product(node: onnx.NodeProto, shapes: Shapes) -> int:
    (out, _), (left, _) = _known(shapes, node.output[0]), _known(shapes, node.input[0])
    transposed = any(each.name == "transA" and each.i for each in node.attribute)  # Gemm
    return 2 * math.prod(out) * (left[0] if transposed else left[-1])


_FLOPS = {"Conv": _convolution, "ConvTranspose": _transposed, "MatMul": _product, "Gemm": _product}


def _shapes(model: onnx.ModelProto) -> Shapes:
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    found: Shapes = {each.name: (tuple(each.dims), _size(each.data_type)) for each in graph.initializer}
    for value in (*graph.input, *graph.output, *graph.value_info):
        tensor = value.type.tensor_type
        if all(each.HasField("dim_value") for each in tensor.shape.dim):
            found[value.name] = tuple(each.dim_value for each in tensor.shape.dim), _size(tensor.elem_type)
    return found


def _known(shapes: Shapes, name: str) -> "tuple[tuple[int, ...], int]":
    if name not in shapes:
        raise ValueError(f"The shape of {name!r} isn't known.")
    return shapes[name]


def _size(kind: int) -> int:
    dtype: Any = onnx.helper.tensor_dtype_to_np_dtype(kind)
    return int(dtype.itemsize)


def _bytes(shape: "tuple[int, ...]", size: int) -> int:
    return math.prod(shape) * size
