"""ONNX Runtime on the CPU."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from ezvtb.backends.base import Array, Backend, Graph, TensorSpec
from ezvtb.errors import BackendError

_DTYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(uint8)": np.dtype(np.uint8),
}


def _is_exception(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


_FAILURES: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    # one class per status code, without a common base of their own
    *(each for each in vars(ort.capi.onnxruntime_pybind11_state).values() if _is_exception(each)),
)


class OnnxRuntimeGraph(Graph):
    """One session with its input and output bindings."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.inputs = {each.name: TensorSpec(tuple(each.shape), _DTYPES[each.type]) for each in session.get_inputs()}
        self.outputs = {each.name: TensorSpec(tuple(each.shape), _DTYPES[each.type]) for each in session.get_outputs()}
        self._binding = session.io_binding()
        self._bound: dict[str, Array] = {}

    def run(self, buffers: Mapping[str, Array]) -> None:
        """See `Graph.run`. The buffers are used in place."""
        try:
            for name, spec in self.inputs.items():
                if self._bound.get(name) is not buffers[name]:
                    self._bind(self._binding.bind_input, name, spec, buffers[name])
            for name, spec in self.outputs.items():
                if self._bound.get(name) is not buffers[name]:
                    self._bind(self._binding.bind_output, name, spec, buffers[name])
            self._session.run_with_iobinding(self._binding)
        except _FAILURES as error:
            raise BackendError(f"ONNX Runtime failed: {error}.") from error

    def _bind(self, bind, name: str, spec: TensorSpec, buffer: Array) -> None:  # type: ignore[no-untyped-def]
        bind(name, "cpu", 0, spec.dtype, spec.shape, buffer.ctypes.data)
        self._bound[name] = buffer


class OnnxRuntimeBackend(Backend):
    """ONNX Runtime's CPU provider, always at full precision: it emulates half precision, which is slower."""

    name = "ONNX Runtime"
    precision = graph_precision = "fp32"

    def __init__(self, device_id: int, half: bool) -> None:
        self.device = _cpu_name()
        self._settings = ort.SessionOptions()
        self._settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        # threads that spin while they wait take whole cores from OBS and the game
        self._settings.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def load(self, path: Path) -> OnnxRuntimeGraph:
        """See `Backend.load`."""
        try:
            return OnnxRuntimeGraph(ort.InferenceSession(str(path), self._settings, ["CPUExecutionProvider"]))
        except _FAILURES as error:
            raise BackendError(
                f"ONNX Runtime can't load {path.name}: {error}.", "Run `python -m ezvtb.models verify`."
            ) from error


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, os.environ.get("PROCESSOR_IDENTIFIER", "CPU"))
