"""The graphs against the PyTorch reference: no difference over 2e-3 of full scale in float32."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from ezvtb.backends.base import Array, Backend
from ezvtb.models import rife
from ezvtb.models.manifest import find_model
from ezvtb.models.weights import load_weights
from goldens.make_rife import PAIRS, golden, load
from rife.conftest import Picture, premultiplied

TOLERANCE = 2e-3
BYTE = 0.5 / 255
"""What rounding to a byte may cost; colour's is halved again and more by its alpha."""

Load = Callable[[str, int], Picture]


def run(backend: Backend, path: Path, **inputs: Array) -> dict[str, Array]:
    graph = backend.load(path)
    buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
    for name in graph.inputs:
        buffers[name][:] = inputs[name]
    graph.run(buffers)
    return buffers


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference's own arrangement, built from the downloaded weights."""
    path = tmp_path_factory.mktemp("rife") / "plain.onnx"
    onnx.save(rife.build_plain(load_weights(find_model("rife40"), "flownet.pkl")), path)
    return path


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_the_network_gives_the_references_picture(
    pair: tuple[str, int, int], backend: Backend, plain: Path, frame: Load
) -> None:
    character, first, second = pair
    made = run(backend, plain, before=frame(character, first), after=frame(character, second))["merged"]
    difference = np.abs(made[0, [2, 1, 0]] - load(golden(*pair))).max()
    print(f"{pair}, {backend.name}: {difference:.1e}")
    assert difference <= TOLERANCE


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_the_installed_graphs_give_it_where_pixels_move(
    pair: tuple[str, int, int], backend: Backend, graphs: dict[str, Path], frame: Load
) -> None:
    character, first, second = pair
    flow = run(backend, graphs["flow_512"], before=frame(character, first), after=frame(character, second))
    made = run(backend, graphs["x2_512"], **flow)["between"][0]
    moves = np.abs(flow["motion"][0, :4]).max(axis=0) >= rife.MOVE_ABOVE
    assert moves.mean() > 0.02
    difference = np.abs(premultiplied(made)[..., 2::-1] / 255 - load(golden(*pair)).transpose(1, 2, 0))
    assert difference[moves].max() <= TOLERANCE + 2 * BYTE


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_half_precision_moves_pixels_to_the_same_places(
    pair: tuple[str, int, int], backend: Backend, graphs: dict[str, Path], frame: Load
) -> None:
    if backend.name != "OpenVINO":
        pytest.skip("computes what it has no half precision for in float32 too, slowly")
    character, first, second = pair
    inputs = {"before": frame(character, first), "after": frame(character, second)}
    full = run(backend, graphs["flow_512"], **inputs)["motion"][0]
    half_graph = Path(str(graphs["flow_512"]).replace("fp32", "fp16"))
    half = run(backend, half_graph, **inputs)["motion"][0]
    assert np.percentile(np.abs(full - half)[:4], 99) < 0.1


def test_inputs_and_outputs_are_those_of_the_contract(graphs: dict[str, Path]) -> None:
    u1, f4 = onnx.TensorProto.UINT8, onnx.TensorProto.FLOAT
    for width in rife.WIDTHS:
        frames = {name: (u1, [1, 512, width, 4]) for name in ("before", "after")}
        planes = {f"{name}_planes": (f4, [1, 4, 512, width]) for name in frames} | {"motion": (f4, [1, 5, 512, width])}
        assert described(graphs[f"flow_{width}"]) == (frames, planes)
        for scale in rife.SCALES:
            between = {"between": (u1, [scale - 1, 512, width, 4])}
            assert described(graphs[f"x{scale}_{width}"]) == (planes, between)


def described(path: Path) -> tuple[dict[str, tuple[int, list[int]]], ...]:
    graph = onnx.load(path).graph
    return tuple(
        {
            value.name: (value.type.tensor_type.elem_type, [d.dim_value for d in value.type.tensor_type.shape.dim])
            for value in values
        }
        for values in (graph.input, graph.output)
    )


def test_bytes_are_only_cast(graphs: dict[str, Path]) -> None:
    """TensorRT takes bytes in and gives bytes out, but can do nothing else with them."""
    for path in graphs.values():
        graph = onnx.load(path).graph
        bytes_ = {"before", "after", "between"}
        for node in graph.node:
            if bytes_ & {*node.input, *node.output}:
                assert node.op_type == "Cast"
