"""Each backend on one small graph made here, and how one of them is chosen."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ezvtb import backends
from ezvtb.backends import check
from ezvtb.backends.base import TensorSpec
from ezvtb.backends.null import PIXELS_PER_UNIT, NullBackend, move
from ezvtb.errors import BackendError

REAL = ["openvino", "onnxruntime"]


@pytest.fixture
def graph_file(tmp_path: Path) -> Path:
    """doubled = 2 * x; as_bytes = uint8(x). The cast before them does nothing and is optimised away."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])
    doubled = helper.make_tensor_value_info("doubled", TensorProto.FLOAT, [1, 3])
    as_bytes = helper.make_tensor_value_info("as_bytes", TensorProto.UINT8, [1, 3])
    nodes = [
        helper.make_node("Cast", ["x"], ["a_name_before_the_others"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["a_name_before_the_others", "a_name_before_the_others"], ["doubled"]),
        helper.make_node("Cast", ["a_name_before_the_others"], ["as_bytes"], to=TensorProto.UINT8),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [doubled, as_bytes]), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 9
    onnx.save(model, tmp_path / "graph.onnx")
    return tmp_path / "graph.onnx"


@pytest.mark.parametrize("kind", REAL)
def test_a_graph_tells_its_tensors_and_runs_in_the_buffers_given(kind: str, graph_file: Path) -> None:
    backend = backends.open_backend(kind, 0, half=False)
    graph = backend.load(graph_file)
    assert graph.inputs == {"x": TensorSpec((1, 3), np.dtype(np.float32))}
    assert graph.outputs["as_bytes"] == TensorSpec((1, 3), np.dtype(np.uint8))
    buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
    doubled = buffers["doubled"]
    for values in ([1, 2, 3], [4, 5, 6]):
        buffers["x"][0] = values
        graph.run(buffers)
        assert doubled.tolist() == [[2 * value for value in values]]
        assert buffers["as_bytes"].tolist() == [values]


@pytest.mark.parametrize("kind", REAL)
def test_buffers_may_be_exchanged_between_runs(kind: str, graph_file: Path) -> None:
    backend = backends.open_backend(kind, 0, half=False)
    graph = backend.load(graph_file)
    kept = []
    for number in range(20):
        buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
        buffers["x"][:] = number
        graph.run(buffers)
        kept.append(buffers["doubled"])
    assert [array[0, 0] for array in kept] == [2 * number for number in range(20)]


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize("content", [None, b"", b"no graph"])
def test_a_file_that_is_no_graph_is_named(kind: str, content: "bytes | None", tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BackendError, match=r"broken\.onnx"):
        backends.open_backend(kind, 0, half=False).load(path)


@pytest.mark.parametrize("kind", REAL)
def test_a_backend_names_its_device_and_precision(kind: str) -> None:
    backend = backends.open_backend(kind, 0, half=False)
    assert backend.device
    assert backend.precision == backend.graph_precision == "fp32"
    assert backends.open_backend(kind, 0, half=True).precision in ("fp32", "bf16")


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(BackendError, match="openvino"):
        backends.open_backend("abacus", 0, half=False)


def test_the_preferred_backend_is_chosen_and_refusals_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)
    assert backends.first_that_works(0, False, check.prove).backend.name == "OpenVINO"
    missing = backends.Kind("no_such_module", "Nothing")
    monkeypatch.setitem(backends.KINDS, "openvino", missing)
    choice = backends.first_that_works(0, False, check.prove)
    assert choice.backend.name == "ONNX Runtime"
    assert "no_such_module" in " ".join(choice.refused)
    monkeypatch.setitem(backends.KINDS, "onnxruntime", missing)
    with pytest.raises(BackendError, match="No inference runtime works here"):
        backends.first_that_works(0, False, check.prove)


def test_the_null_backend_is_used_only_when_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "null" not in backends.PREFERENCE
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    assert isinstance(backends.first_that_works(0, True, check.prove).backend, NullBackend)


@pytest.mark.parametrize(("head_x", "head_y"), [(0, 0), (1, 1), (-1, -1), (0.5, -1), (-0.25, 0.75)])
def test_the_null_backend_moves_the_picture_with_the_head(head_x: float, head_y: float) -> None:
    picture: Any = np.zeros((512, 512, 4), np.uint8)
    picture[256, 256] = 200
    moved = move(picture, np.array([head_x, head_y, 0, 0, 0, 0], np.float32))
    at = 256 + round(head_x * PIXELS_PER_UNIT), 256 + round(head_y * PIXELS_PER_UNIT)
    assert [tuple(place) for place in np.argwhere(moved[..., 3])] == [at]


def test_openvino_is_kept_from_reporting_its_use_over_the_network() -> None:
    backends.open_backend("openvino", 0, half=False)
    assert sys.modules["openvino_telemetry"] is None
