"""OpenVINO on the CPU."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import properties
from openvino.properties import hint

from ezvtb import paths
from ezvtb.backends.base import Array, Backend, Graph, TensorSpec
from ezvtb.errors import BackendError


class OpenVinoGraph(Graph):
    """One compiled model with one inference request."""

    def __init__(self, compiled: Any) -> None:
        self._ports = {_name(port): port for port in (*compiled.inputs, *compiled.outputs)}
        self.inputs = {_name(port): _spec(port) for port in compiled.inputs}
        self.outputs = {_name(port): _spec(port) for port in compiled.outputs}
        self._request = compiled.create_infer_request()
        self._bound: dict[str, Array] = {}

    def run(self, buffers: Mapping[str, Array]) -> None:
        """See `Graph.run`. The buffers are used in place."""
        try:
            for name, port in self._ports.items():
                if self._bound.get(name) is not buffers[name]:
                    self._request.set_tensor(port, ov.Tensor(buffers[name], shared_memory=True))
                    self._bound[name] = buffers[name]
            self._request.infer()
        except RuntimeError as error:
            raise BackendError(f"OpenVINO failed: {error}.") from error


class OpenVinoBackend(Backend):
    """OpenVINO on the CPU: fp32, or bf16 where the CPU computes it natively and half precision is asked for."""

    name = "OpenVINO"
    graph_precision = "fp32"

    def __init__(self, device_id: int, half: bool) -> None:
        self._core = ov.Core()
        try:
            self.device = str(self._core.get_property("CPU", "FULL_DEVICE_NAME")).strip()
            capabilities = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        except RuntimeError as error:
            raise BackendError(f"OpenVINO finds no CPU it can use: {error}.") from error
        self.precision = "bf16" if half and "BF16" in capabilities else "fp32"
        self._settings: dict[Any, Any] = {
            hint.performance_mode(): hint.PerformanceMode.LATENCY,
            hint.inference_precision(): ov.Type.bf16 if self.precision == "bf16" else ov.Type.f32,
            # the scheduler must be free to give OBS and the game a core when they need one
            hint.enable_cpu_pinning(): False,
            # a compiled graph is kept: the next start is faster
            properties.cache_dir(): str(paths.cache_folder() / "openvino"),
        }

    def load(self, path: Path) -> OpenVinoGraph:
        """See `Backend.load`."""
        try:
            return OpenVinoGraph(self._core.compile_model(str(path), "CPU", self._settings))
        except RuntimeError as error:
            raise BackendError(
                f"OpenVINO can't load {path.name}: {error}.", "Run `python -m ezvtb.models verify`."
            ) from error


def _name(port: Any) -> str:
    """The tensor's name in the ONNX file. `port.any_name` may be that of a neighbour which was optimised away."""
    name: str = port.get_node().get_friendly_name()
    return name.removesuffix("/sink_port_0")


def _spec(port: Any) -> TensorSpec:
    return TensorSpec(tuple(port.shape), np.dtype(port.element_type.to_dtype()))
