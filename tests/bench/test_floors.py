"""Arithmetic and bytes of graphs that were counted by hand, and of the installed networks."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ezvtb.bench.floors import Peak, count, count_model
from ezvtb.models import store

F32, F16, U8 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8


def model(nodes: list[Any], inputs: Any, outputs: Any, weights: Any = (), kind: int = F32) -> onnx.ModelProto:
    """`inputs` and `outputs`: (name, shape) each; `weights`: (name, shape)."""
    values = [[helper.make_tensor_value_info(name, kind, shape) for name, shape in each] for each in (inputs, outputs)]
    dtype = np.float16 if kind == F16 else np.float32
    constants = [numpy_helper.from_array(np.zeros(shape, dtype), name) for name, shape in weights]
    graph = helper.make_graph(nodes, "hand counted", *values, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def conv(**attributes: Any) -> Any:
    return helper.make_node("Conv", ["x", "w", "b"], ["y"], **attributes)


COUNTED = [
    pytest.param(
        model(
            [conv(pads=[1] * 4)], [("x", (1, 3, 8, 8))], [("y", (1, 16, 8, 8))], [("w", (16, 3, 3, 3)), ("b", (16,))]
        ),
        2 * 8 * 8 * 16 * 3 * 9,
        4 * (3 * 64 + 16 * 64 + 16 * 27 + 16),
        id="convolution",
    ),
    pytest.param(
        model(
            [conv(strides=[2, 2], pads=[1] * 4, group=8)],
            [("x", (1, 8, 16, 16))],
            [("y", (1, 8, 8, 8))],
            [("w", (8, 1, 4, 4)), ("b", (8,))],
            F16,
        ),
        2 * 8 * 8 * 8 * 16,
        2 * (8 * 256 + 8 * 64 + 8 * 16 + 8),
        id="strided, one filter a channel, half precision",
    ),
    pytest.param(
        model(
            [helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])],
            [("x", (1, 6, 5, 5))],
            [("y", (1, 4, 10, 10))],
            [("w", (6, 4, 2, 2))],
        ),
        2 * 6 * 25 * 4 * 4,
        4 * (6 * 25 + 4 * 100 + 6 * 16),
        id="transposed convolution",
    ),
    pytest.param(
        model([helper.make_node("MatMul", ["x", "w"], ["y"])], [("x", (3, 5))], [("y", (3, 7))], [("w", (5, 7))]),
        2 * 3 * 5 * 7,
        4 * (15 + 35 + 21),
        id="matrix product",
    ),
    pytest.param(
        model(
            [helper.make_node("Gemm", ["x", "w"], ["y"], transA=1)], [("x", (5, 3))], [("y", (3, 7))], [("w", (5, 7))]
        ),
        2 * 3 * 5 * 7,
        4 * (15 + 35 + 21),
        id="transposed matrix product",
    ),
    pytest.param(
        model([helper.make_node("Relu", ["x"], ["y"])], [("x", (1, 4, 8, 8))], [("y", (1, 4, 8, 8))]),
        0,
        4 * 2 * 256,
        id="nothing but what goes in and out",
    ),
    pytest.param(
        model(
            [
                helper.make_node("Relu", ["x"], ["positive"]),
                helper.make_node("MatMul", ["positive", "w"], ["m"]),
                helper.make_node("Tanh", ["m"], ["y"]),
            ],
            [("x", (3, 5))],
            [("y", (3, 7))],
            [("w", (5, 7))],
        ),
        2 * 3 * 5 * 7,
        4 * (15 + 35 + 21) + 4 * (15 + 21),
        id="what goes in and out elsewhere is added",
    ),
]


@pytest.mark.parametrize(("graph", "flops", "nbytes"), COUNTED)
def test_a_graph_is_counted_as_by_hand(graph: onnx.ModelProto, flops: int, nbytes: int) -> None:
    work = count_model(graph)
    assert (work.flops, work.bytes) == (flops, nbytes)


def test_the_floor_is_bound_layer_by_layer_by_what_takes_longer() -> None:
    nodes = [helper.make_node("MatMul", ["x", "v"], ["m"]), helper.make_node("MatMul", ["m", "w"], ["y"])]
    work = count_model(model(nodes, [("x", (10, 10))], [("y", (10, 1))], [("v", (10, 10)), ("w", (10, 1))]))
    assert [(layer.flops, layer.bytes) for layer in work.layers] == [(2000, 1200), (200, 480), (0, 0)]
    peak = Peak(flops=1000.0, bytes=1000.0)
    assert work.arithmetic(peak) == pytest.approx(2200)
    assert work.bandwidth(peak) == pytest.approx(1680)
    assert work.floor(peak) == pytest.approx(2000 + 480)


def test_a_shape_that_is_not_known_is_named() -> None:
    graph = model([conv()], [("x", (1, 3, 8, 8))], [("y", (1, 1, 6, 6))], [("w", (1, 3, 3, 3)), ("b", (1,))])
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "any"
    with pytest.raises(ValueError, match="'x'"):
        count_model(graph)


@pytest.mark.parametrize(
    ("name", "network", "gigaflops"),
    [
        ("tha3_separable", "decomposer", 2.8),
        ("tha3_separable", "combiner", 2.7),
        ("tha3_separable", "morpher", 6.3),
        ("tha3_separable", "rotator", 11.5),
        ("tha3_separable", "editor", 15.1),
        ("rife40", "flow_512", 20.0),
        ("rife40", "x4_512", 0.0),
    ],
)
def test_of_the_installed_networks_nothing_is_missed(name: str, network: str, gigaflops: float) -> None:
    """The plain exports' figures, from the sizes of the reference's layers; ours leave some of the arithmetic out."""
    works = {precision: count(store.find(name, precision).graphs[network]) for precision in ("fp32", "fp16")}
    assert works["fp32"].flops == works["fp16"].flops
    assert 0.6 * gigaflops <= works["fp32"].flops / 1e9 <= gigaflops * 1.1
    assert works["fp16"].bytes < 0.9 * works["fp32"].bytes or gigaflops == 0
