"""How fast a device multiplies and copies at most: a large matrix product and a large copy, by the same runtime."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ezvtb import paths
from ezvtb.backends.base import Backend, Buffer, Graph
from ezvtb.bench.clock import Clock
from ezvtb.models.graph import IR_VERSION, OPSET

SIDES = {False: 1024, True: 4096}
"""Rows of the matrices, on a CPU and on a card: enough that a card is busy everywhere."""

COPIED = 1 << 27
"""Bytes that are copied: more than any cache holds (the largest today: 96 MB, of a Radeon RX 7900 XTX)."""

PRODUCT, COPY = "a matrix product", "a copy"


class Trial(NamedTuple):
    """One of the two, ready to run."""

    graph: Graph
    buffers: "dict[str, Buffer]"
    amount: int
    """Operations of the product; bytes that the copy reads and writes."""


def graphs(precision: str, on_card: bool) -> "dict[str, Path]":
    """The ONNX files, made where they aren't there yet."""
    side = SIDES[on_card]
    folder = paths.cache_folder() / f"bench-{side}" / precision
    dtype = np.dtype(np.float16 if precision == "fp16" else np.float32)
    shapes = {"product": (side, side), "copy": (COPIED // dtype.itemsize // side, side)}
    made = {}
    for name, shape in shapes.items():
        operator = helper.make_node("MatMul", ["matrix", "matrix"], ["out"], name=name)
        if name == "copy":
            operator = helper.make_node("Neg", ["matrix"], ["out"], name=name)
        made[name] = _write(folder / f"{name}.onnx", [operator], (("matrix", shape), ("out", shape)), dtype, {})
        # what is multiplied must vary: on equal numbers a card saves power and is faster than it ever is on others
        column, row = (0.01 * np.random.default_rng(1).standard_normal(size) for size in ((shape[0], 1), (1, side)))
        weights = {"column": column.astype(dtype), "row": row.astype(dtype)}
        nodes = [
            helper.make_node("Mul", ["column", "factor"], ["scaled"], name="scaled"),
            helper.make_node("Mul", ["scaled", "row"], ["matrix"], name="matrix"),
        ]
        filled = folder / f"fill_{name}.onnx"
        made[f"fill_{name}"] = _write(filled, nodes, (("factor", (1,)), ("matrix", shape)), dtype, weights)
    return made


def prepare(backend: Backend, clock: Clock) -> "dict[str, Trial]":
    """The product and the copy on that backend, with their matrices on the device. BackendError if it can't."""
    files = graphs(backend.graph_precision, backend.device_memory)
    found = {}
    for title, name in ((PRODUCT, "product"), (COPY, "copy")):
        fill, graph = backend.load(files[f"fill_{name}"]), backend.load(files[name])
        (matrix,), (out,) = graph.inputs.values(), graph.outputs.values()
        factor = clock.given(backend, fill.inputs["factor"], np.ones(1))
        buffers = {"matrix": backend.allocate_on_device(matrix), "out": backend.allocate_on_device(out)}
        fill.run({"factor": factor, "matrix": buffers["matrix"]})
        amount = 2 * matrix.shape[0] ** 3 if name == "product" else matrix.nbytes + out.nbytes
        found[title] = Trial(graph, buffers, amount)
    return found


def _write(path: Path, nodes: Any, ends: "tuple[Any, Any]", dtype: Any, weights: "dict[str, Any]") -> Path:
    """`ends`: name and shape of what goes in and of what comes out."""
    if not path.is_file():
        kind = TensorProto.FLOAT16 if dtype == np.float16 else TensorProto.FLOAT
        given, out = ([helper.make_tensor_value_info(name, kind, shape)] for name, shape in ends)
        constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]
        model = helper.make_model(
            helper.make_graph(nodes, path.stem, given, out, constants),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        onnx.save(model, part)
        part.replace(path)
    return path
