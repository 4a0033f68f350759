"""OpenVINO: on any x86 CPU and on Intel's graphics."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openvino as ov
from openvino import properties
from openvino.properties import hint

from ezvtb.backends import compiled
from ezvtb.backends.base import Array, Backend, Graph, TensorSpec
from ezvtb.backends.shared import Shared, shared
from ezvtb.errors import BackendError


class Target(NamedTuple):
    """One of OpenVINO's kinds of device."""

    name: str
    """OpenVINO's name for it."""
    half: str
    """What it computes half precision in, as OpenVINO calls it."""
    capability: str
    """What its list of capabilities says where it does so natively."""
    precision: str
    """What the user reads of it."""
    pinned: bool
    """Whether there are threads of the CPU that could be pinned."""


CPU = Target("CPU", "bf16", "BF16", "bf16", pinned=True)
GPU = Target("GPU", "f16", "FP16", "fp16", pinned=False)


class OpenVinoGraph(Graph):
    """One inference request of a compiled model. Those of one model take turns: it computes in one stream."""

    def __init__(self, model: "Shared[Any]") -> None:
        compiled = model.made
        self._model = model
        self._ports = {_name(port): port for port in (*compiled.inputs, *compiled.outputs)}
        self.inputs = {_name(port): _spec(port) for port in compiled.inputs}
        self.outputs = {_name(port): _spec(port) for port in compiled.outputs}
        self._request = compiled.create_infer_request()
        self._bound: dict[str, Array] = {}

    def run(self, buffers: Mapping[str, Any]) -> None:
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
    """OpenVINO on one device: fp32, or half precision where it is asked for and the device computes it natively.

    The graphs are the fp32 ones at every precision: OpenVINO converts them, and keeps wide what must be.
    """

    name = "OpenVINO"
    graph_precision = "fp32"

    def __init__(self, target: Target, number: int, half: bool) -> None:
        """`number` is the device's among those of its kind. BackendError if there is none."""
        self._device = device_name(target, number, _core().available_devices)
        try:
            self.device = str(_core().get_property(self._device, "FULL_DEVICE_NAME")).strip()
            capabilities = _core().get_property(self._device, "OPTIMIZATION_CAPABILITIES")
        except RuntimeError as error:
            raise BackendError(f"OpenVINO finds no {target.name} it can use: {error}.") from error
        self.on_cpu = target is CPU
        self.half_pays = target.capability in capabilities
        half = half and self.half_pays
        self.precision = target.precision if half else "fp32"
        self._settings: dict[Any, Any] = {
            hint.performance_mode(): hint.PerformanceMode.LATENCY,
            hint.inference_precision(): getattr(ov.Type, target.half if half else "f32"),
        }
        if kept := compiled.folder():  # a compiled graph is kept: the next start is faster
            self._settings[properties.cache_dir()] = kept
        if target.pinned:
            # the scheduler must be free to give OBS and the game a core when they need one
            self._settings[hint.enable_cpu_pinning()] = False

    def load(self, path: Path) -> OpenVinoGraph:
        """See `Backend.load`."""
        try:
            return OpenVinoGraph(shared(path, (self.name, self._device, self.precision), lambda: self._compile(path)))
        except RuntimeError as error:
            raise BackendError(
                f"OpenVINO can't load {path.name}: {error}.",
                "Run `python -m ezvtb.models verify` in the project's folder.",
            ) from error

    def _compile(self, path: Path) -> Any:
        return _core().compile_model(str(path), self._device, self._settings)


cpu, gpu = (partial(OpenVinoBackend, target) for target in (CPU, GPU))


def adapters() -> "list[tuple[int, str, int]]":
    """Intel's graphics: number, name and bytes of memory of each. BackendError if the driver doesn't answer."""
    core = _core()
    try:
        names = [name for name in core.available_devices if name.partition(".")[0] == GPU.name]
        titles = [str(core.get_property(name, "FULL_DEVICE_NAME")).strip() for name in names]
        sizes = [int(core.get_property(name, "GPU_DEVICE_TOTAL_MEM_SIZE")) for name in names]
    except RuntimeError as error:
        raise BackendError(f"Intel's driver doesn't answer: {error}.", "Update the driver of the graphics.") from error
    return [(number, title, size) for number, (title, size) in enumerate(zip(titles, sizes))]


def device_name(target: Target, number: int, available: "list[str]") -> str:
    """OpenVINO's name of a device: "GPU" where there is one, "GPU.0", "GPU.1" where there are several."""
    names = [name for name in available if name.partition(".")[0] == target.name]
    if number >= len(names):
        raise BackendError(f"OpenVINO finds no {target.name} {number} here.", "Update the driver of the device.")
    return names[number]


@cache
def _core() -> ov.Core:
    """One for all: it loads a device's plugin once."""
    return ov.Core()


def _name(port: Any) -> str:
    """The tensor's name in the ONNX file. `port.any_name` may be that of a neighbour which was optimised away."""
    name: str = port.get_node().get_friendly_name()
    return name.removesuffix("/sink_port_0")


def _spec(port: Any) -> TensorSpec:
    return TensorSpec(tuple(port.shape), np.dtype(port.element_type.to_dtype()))
