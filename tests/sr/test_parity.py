"""Our graphs against ncnn, and the graphs with everything around the network against the network alone."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from ezvtb.models import sr
from ezvtb.models.manifest import find_model
from ezvtb.models.ncnn import Layer, read_network
from ezvtb.models.store import find
from ezvtb.models.weights import read_member
from ezvtb.sr.enlarger import model_for
from ezvtb.sr.shapes import Area, Shape
from goldens import make_sr
from goldens.runner import RUNTIMES

GRAPHS = {
    graph: model_for(architecture == "animevideo", 0)[0]
    for architecture, graphs in sr.GRAPHS.items()
    for graph in graphs
}
"""Graph -> the manifest's name of its model."""

SHAPES = {graph: shape for graphs in sr.GRAPHS.values() for graph, (shape, _) in graphs.items()}
GOLDENS = sorted(path.stem for path in (make_sr.FOLDER / "sr").glob("*.npz"))


def layers_of(graph: str) -> tuple[Layer, ...]:
    model = find_model(GRAPHS[graph])
    _, file = sr.GRAPHS[model.architecture][graph]
    return read_network(read_member(model, f"{file}.param"), read_member(model, f"{file}.bin"), file)


def run(runtime: str, model: onnx.ModelProto, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The one output of a graph with one input."""
    if runtime == "onnxruntime":
        import onnxruntime

        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        result: npt.NDArray[Any] = session.run(None, {session.get_inputs()[0].name: given})[0]
        return result
    import openvino

    core = openvino.Core()
    compiled = core.compile_model(
        core.read_model(model.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    return np.array(compiled([given])[0])


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("golden", GOLDENS)
def test_the_network_alone_is_ncnns(golden: str, runtime: str) -> None:
    graph = golden.rpartition("_")[0]
    piece, answer = make_sr.load(make_sr.FOLDER / "sr" / f"{golden}.npz")
    ours = run(runtime, sr.build_bare(layers_of(graph), *piece.shape[1:]), piece[None])[0]
    worst = float(np.abs(ours - answer).max())
    print(f"{golden}, {runtime}: {worst:.1e}")
    assert worst <= 1e-3


def test_there_is_a_golden_for_every_graph() -> None:
    window = {"face_window_x4"}  # the same network as face_x4's
    assert {golden.rpartition("_")[0] for golden in GOLDENS} == set(GRAPHS) - window


def smooth_picture(shape: Shape) -> npt.NDArray[np.uint8]:
    """Opaque colours that change from pixel to pixel and all differ from each other."""
    rows, columns = np.mgrid[: shape.size[0], : shape.size[1]]
    planes = [np.sin(rows / a + columns / b) * 120 + 128 for a, b in ((9, 23), (31, -7), (5, 11))]
    return np.stack([*planes, np.full(shape.size, 255)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("graph", ["face_x4", "face_window_x4", "noise1_x2"])
def test_opaque_colours_are_what_the_network_alone_makes_of_them(graph: str) -> None:
    shape = SHAPES[graph]
    layers, picture = layers_of(graph), smooth_picture(shape)
    enlarged = run("onnxruntime", sr.build(shape, layers, "fp32"), picture[None])[0]
    rgb = picture[shape.seen.slices][..., 2::-1].transpose(2, 0, 1).astype(np.float32) / 255
    alone = run("onnxruntime", sr.build_bare(layers, *rgb.shape[1:]), rgb[None])[0]
    lost = shape.lost
    top, left, bottom, right = shape.shown.inside(shape.seen)
    shown = Area(top - lost, left - lost, bottom - lost, right - lost).times(shape.scale)
    expected = np.clip(alone[(slice(None), *shown.slices)], 0, 1).transpose(1, 2, 0)[..., ::-1] * 255
    assert enlarged[..., 3].min() == 255
    assert np.abs(enlarged[..., :3] - expected).max() < 0.51


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_installed_graphs_keep_the_contract_and_only_cast_bytes(graph: str, precision: str) -> None:
    """TensorRT takes bytes in and gives bytes out, but can do nothing else with them; and it wants static shapes."""
    model = onnx.load(find(GRAPHS[graph], precision).graphs[graph]).graph
    shape = SHAPES[graph]
    values = {
        value.name: (value.type.tensor_type.elem_type, [each.dim_value for each in value.type.tensor_type.shape.dim])
        for value in (*model.input, *model.output)
    }
    assert values == {
        shape.given: (onnx.TensorProto.UINT8, [1, *shape.size, 4]),
        "enlarged": (onnx.TensorProto.UINT8, [1, *shape.shown.times(shape.scale).size, 4]),
    }
    for node in model.node:
        if values.keys() & {*node.input, *node.output}:
            assert node.op_type == "Cast"
    halves = [each for each in model.initializer if each.data_type == onnx.TensorProto.FLOAT16]
    assert bool(halves) == (precision == "fp16")


@pytest.mark.parametrize("graph", ["face_x4", "noise1_x2"])
def test_half_precision_is_close_to_full(graph: str, tmp_path: Path) -> None:
    shape = SHAPES[graph]
    layers, picture = layers_of(graph), smooth_picture(shape)
    full, half = (run("openvino", sr.build(shape, layers, p), picture[None])[0] for p in ("fp32", "fp16"))
    assert np.abs(full.astype(int) - half).mean() < 0.5
