"""ONNX Runtime's providers: device buffers and bindings on the CPU's; the API of the wheels that have the others."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from ezvtb.backends import open_backend
from ezvtb.backends.base import Buffer, DeviceBuffer
from ezvtb.backends.onnxruntime import CPU, CUDA, DIRECTML, OnnxRuntimeBackend
from ezvtb.errors import BackendError

ON_DEVICE = CPU._replace(memory="cpu")
"""The CPU's provider, as if its memory were a device's own."""


@pytest.fixture
def chain(tmp_path: Path) -> tuple[Path, Path]:
    """Two graphs: between = 2 * x, and answer = between + shift."""
    paths = []
    for name, inputs, output, operator in (
        ("first", ["x", "x"], "between", "Add"),
        ("second", ["between", "shift"], "answer", "Add"),
    ):
        infos = [helper.make_tensor_value_info(each, TensorProto.FLOAT, [1, 3]) for each in dict.fromkeys(inputs)]
        out = helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, 3])
        graph = helper.make_graph([helper.make_node(operator, inputs, [output])], name, infos, [out])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        onnx.save(model, tmp_path / f"{name}.onnx")
        paths.append(tmp_path / f"{name}.onnx")
    return paths[0], paths[1]


@pytest.mark.parametrize("module", ["ezvtb.backends.onnxruntime", "ezvtb.bench.session"])
def test_onnx_runtime_neither_reports_to_anybody_nor_marks_the_computer(module: str, tmp_path: Path) -> None:
    """It keeps quiet in CI and in tests by itself."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    folders = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "LOCALAPPDATA": str(tmp_path)}
    subprocess.run([sys.executable, "-c", f"import {module}"], env=kept | folders, check=True)
    assert not list(tmp_path.rglob("*deviceid*"))


def test_a_chain_runs_through_memory_that_only_the_device_sees(chain: tuple[Path, Path]) -> None:
    backend = OnnxRuntimeBackend(ON_DEVICE, 0, half=False)
    first, second = (backend.load(path) for path in chain)
    host = {"x": first.inputs["x"], "shift": second.inputs["shift"], "answer": second.outputs["answer"]}
    buffers: dict[str, Any] = {name: backend.allocate(spec) for name, spec in host.items()}
    kept = []
    for number in range(5):  # a stage cache keeps each result, and takes a new buffer for the next
        buffers["between"] = backend.allocate_on_device(first.outputs["between"])
        kept.append(buffers["between"])
        buffers["x"][:], buffers["shift"][:] = number, 100
        first.run(buffers)
        second.run(buffers)
        assert buffers["answer"].tolist() == [[2 * number + 100] * 3]
    assert all(isinstance(buffer, DeviceBuffer) and buffer.nbytes == 12 for buffer in kept)
    for number, buffer in enumerate(kept):  # recalled, nothing of the first graph is run again
        buffers["between"] = buffer
        second.run(buffers)
        assert buffers["answer"].tolist() == [[2 * number + 100] * 3]


def test_an_output_may_go_to_the_host_in_one_run_and_stay_on_the_device_in_the_next(chain: tuple[Path, Path]) -> None:
    backend = OnnxRuntimeBackend(ON_DEVICE, 0, half=False)
    graph = backend.load(chain[0])
    x = np.ones((1, 3), np.float32)
    seen, kept = backend.allocate(graph.outputs["between"]), backend.allocate_on_device(graph.outputs["between"])
    for out in (seen, kept, seen):
        graph.run({"x": x, "between": out})
    assert seen.tolist() == [[2, 2, 2]]
    assert isinstance(kept, DeviceBuffer)
    assert kept.memory.numpy().tolist() == [[2, 2, 2]]


class Recorder:
    """Stands for a session's binding: which of its calls were made for which tensors."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.calls.append((name, *arguments[:1]))


@pytest.mark.parametrize(
    ("provider", "again"),
    [
        (CPU, []),
        # what lies on the host is copied when it is bound: each run needs its present values
        (ON_DEVICE, [("bind_input", "shift"), ("synchronize_outputs",)]),
    ],
)
def test_only_what_must_be_is_bound_again(
    provider: Any, again: list[Any], chain: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = OnnxRuntimeBackend(provider, 0, half=False)
    graph = backend.load(chain[1])
    recorder = Recorder()
    monkeypatch.setattr(graph, "_binding", recorder)
    monkeypatch.setattr(graph._session.made, "run_with_iobinding", lambda _: None)
    buffers: dict[str, Buffer] = {
        "shift": backend.allocate(graph.inputs["shift"]),
        "between": backend.allocate_on_device(graph.inputs["between"]),
        "answer": backend.allocate(graph.outputs["answer"]),
    }
    graph.run(buffers)
    assert {call[1] for call in recorder.calls if len(call) > 1} == set(buffers)
    recorder.calls.clear()
    graph.run(buffers)
    assert recorder.calls == again


def test_a_cpu_computes_in_full_precision_and_a_device_in_what_is_asked() -> None:
    assert OnnxRuntimeBackend(CPU, 0, half=True).precision == "fp32"
    for half, precision in ((True, "fp16"), (False, "fp32")):
        backend = OnnxRuntimeBackend(ON_DEVICE, 0, half)
        assert backend.precision == backend.graph_precision == precision
        assert backend.device_memory


@pytest.mark.parametrize("kind", ["cuda", "directml"])
def test_a_provider_that_is_not_installed_says_what_to_install(kind: str) -> None:
    with pytest.raises(BackendError, match=rf"not part of the ONNX Runtime.* with `--?[Rr]untime {kind}`\."):
        open_backend(kind, 0, half=False)


def test_a_provider_that_gives_way_to_the_cpu_is_found_out(
    chain: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = OnnxRuntimeBackend(CPU, 0, half=False)
    monkeypatch.setattr(backend, "_provider", CUDA)
    with pytest.raises(BackendError, match="driver"):
        backend.load(chain[0])


def test_sessions_on_the_cpu_share_one_arena_and_keep_no_second_block(chain: tuple[Path, Path]) -> None:
    backend = OnnxRuntimeBackend(CPU, 0, half=False)
    assert backend._settings.get_session_config_entry("session.use_env_allocators") == "1"
    assert backend._settings.enable_mem_pattern is False
    graphs = [backend.load(file) for file in chain]
    for graph in graphs:
        graph.run({name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()})


def test_directml_gets_the_settings_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: [DIRECTML.name])
    backend = OnnxRuntimeBackend(DIRECTML, 2, half=True)
    assert backend._settings.enable_mem_pattern is False
    assert backend._settings.execution_mode == ort.ExecutionMode.ORT_SEQUENTIAL
    assert backend._providers == [("DmlExecutionProvider", {"device_id": "2"})]


def test_cuda_gets_its_libraries_loaded_and_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA.name])
    monkeypatch.setattr(ort, "preload_dlls", lambda: loaded.append(True))
    ((name, options),) = OnnxRuntimeBackend(CUDA, 1, half=True)._providers
    assert name == "CUDAExecutionProvider"
    assert options["device_id"] == "1"
    assert options["use_tf32"] == "0"
    assert loaded == [True]


RECORDED = json.loads((Path(__file__).parent / "recorded" / "onnxruntime.json").read_text("utf-8"))


@pytest.mark.parametrize("wheel", RECORDED)
def test_the_wheels_with_the_other_providers_have_what_is_called(wheel: str) -> None:
    recorded = RECORDED[wheel]
    provider, library = {
        "onnxruntime-gpu": (CUDA, "libonnxruntime_providers_cuda.so"),
        "onnxruntime-directml": (DIRECTML, "DirectML.dll"),
    }[wheel.partition(" ")[0]]
    assert library in recorded["libraries"]
    assert provider.memory in recorded["memories"]
    assert {provider.name, "device_id", *provider.options} <= set(recorded["words"])
    calls = {
        "IOBinding": [
            "bind_input",
            "bind_output",
            "bind_ortvalue_input",
            "bind_ortvalue_output",
            "synchronize_outputs",
        ],
        "InferenceSession": ["io_binding", "run_with_iobinding", "get_providers", "get_inputs", "get_outputs"],
        "OrtValue": ["ortvalue_from_shape_and_type"],
    }
    for owner, names in calls.items():
        assert set(names) <= set(recorded[owner]), owner
