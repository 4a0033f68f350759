"""ONNX Runtime: on any CPU, on NVIDIA cards by CUDA, on any card of a Windows computer by DirectML."""

import sys
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime as ort

from ezvtb.backends import devices
from ezvtb.backends.base import Backend, Buffer, DeviceBuffer, Graph, TensorSpec
from ezvtb.backends.shared import Shared, shared
from ezvtb.errors import BackendError

ort.disable_telemetry_events()  # of the wheels for Windows, whose events the variable in `ezvtb` doesn't stop

_CHOOSING = "-Runtime" if sys.platform == "win32" else "--runtime"
"""The installer's option for a set of runtimes: without it, it keeps to what was chosen before."""

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


class Provider(NamedTuple):
    """One of ONNX Runtime's execution providers: all in which they differ is names and options."""

    kind: str
    """The backend's name in `ezvtb.backends.KINDS`."""
    name: str
    """ONNX Runtime's name for it."""
    title: str
    """What the user reads."""
    memory: str = ""
    """ONNX Runtime's name of the device's own memory; none on a CPU."""
    options: Mapping[str, str] = {}


CPU = Provider("onnxruntime", "CPUExecutionProvider", "ONNX Runtime")
"""Always at full precision: it emulates half precision, which is slower."""

CUDA = Provider(
    "cuda",
    "CUDAExecutionProvider",
    "ONNX Runtime CUDA",
    memory="cuda",
    options={
        # full precision as asked: TF32 has 10 bits of mantissa, as few as half precision
        "use_tf32": "0",
        # memory grows by what is needed, not by doubling: the game needs the rest
        "arena_extend_strategy": "kSameAsRequested",
    },
)
"""cuDNN's search for kernels is left as it comes, exhaustive and with as much workspace as it likes ("CUDA Execution
Provider" of onnxruntime.ai: `cudnn_conv_algo_search`, `cudnn_conv_use_max_workspace`): the heuristic and a workspace of
32 MB take less memory and may give slower kernels, and which is better for these networks no card has told yet.

Its stream is its own, of normal priority. `user_compute_stream` would take one of low priority; but to make that one
`cuda-bindings` is needed, which is not installed with this provider, and copies and runs of several sessions in one
stream of ours are to be tried on a card first.
"""

DIRECTML = Provider(
    "directml",
    "DmlExecutionProvider",
    "ONNX Runtime DirectML",
    memory="dml",
)
"""It can't do with memory patterns or parallel execution (onnxruntime.ai, "DirectML Execution Provider")."""


class OnnxRuntimeGraph(Graph):
    """Input and output bindings of a session.

    Those of one session take turns: DirectML can't do with two threads in it (onnxruntime.ai, "DirectML Execution
    Provider"), and elsewhere each thread in it would have its own copy of what lies between the layers.
    """

    def __init__(self, session: "Shared[ort.InferenceSession]", title: str, copies: bool) -> None:
        """`copies`: the device has memory of its own, and what it reads from the host is copied there."""
        self._session = session
        self._title = title
        self._copies = copies
        self.inputs, self.outputs = (
            {each.name: TensorSpec(tuple(each.shape), _DTYPES[each.type]) for each in tensors}
            for tensors in (session.made.get_inputs(), session.made.get_outputs())
        )
        self._binding = session.made.io_binding()
        self._bound: dict[str, Buffer] = {}

    def run(self, buffers: Mapping[str, Buffer]) -> None:
        """See `Graph.run`. The buffers are used in place."""
        try:
            with self._session.lock:
                self._run(buffers)
        except _FAILURES as error:
            raise BackendError(f"{self._title} failed: {error}.") from error

    def _run(self, buffers: Mapping[str, Buffer]) -> None:
        binding = self._binding
        for name, spec in self.inputs.items():
            buffer = buffers[name]
            # What lies in the host's memory is copied when it is bound, not when it is read (`BindInput` in
            # onnxruntime/core/session/IOBinding.cc): it is bound anew for each run.
            if self._bound.get(name) is not buffer or (self._copies and isinstance(buffer, np.ndarray)):
                self._bind(binding.bind_input, binding.bind_ortvalue_input, name, spec, buffer)
        for name, spec in self.outputs.items():
            if self._bound.get(name) is not buffers[name]:
                self._bind(binding.bind_output, binding.bind_ortvalue_output, name, spec, buffers[name])
        self._session.made.run_with_iobinding(binding)
        if self._copies:  # the next graph is another session, with a queue of its own
            binding.synchronize_outputs()

    def _bind(self, on_host: Any, on_device: Any, name: str, spec: TensorSpec, buffer: Buffer) -> None:
        if isinstance(buffer, DeviceBuffer):
            on_device(name, buffer.memory)
        else:
            on_host(name, "cpu", 0, spec.dtype, spec.shape, buffer.ctypes.data)
        self._bound[name] = buffer


class OnnxRuntimeBackend(Backend):
    """One of the providers on one device: half precision where it is asked for and the device isn't a CPU.

    What passes from graph to graph of one component stays on the device; frames between components are the host's,
    whatever the device. `OrtValue` has copies of whole tensors only, and what RIFE and super resolution take are
    windows: 0.6 MB each, which a bus brings in less time than a graph that cuts them out takes to be started and waited
    for, as each session is.
    """

    def __init__(self, provider: Provider, number: int, half: bool) -> None:
        """`number` is the device's, as the provider counts. BackendError if this ONNX Runtime lacks the provider."""
        if provider.name not in ort.get_available_providers():
            raise BackendError(
                f"{provider.title} is not part of the ONNX Runtime that is installed.",
                f"Run the installer again with `{_CHOOSING} {provider.kind}`.",
            )
        if provider.memory == "cuda":
            ort.preload_dlls()  # CUDA and cuDNN may be wheels too, where no loader looks
        self.name = provider.title
        found = devices.known_as(provider.kind, number)
        self.device, self.device_bytes = found.name, found.memory
        self.device_memory = self.half_pays = bool(provider.memory)
        self.on_cpu = not provider.memory
        self.precision = self.graph_precision = "fp16" if half and provider.memory else "fp32"
        self._provider = provider
        self._number = number
        options = {**provider.options, "device_id": str(number)} if provider.memory else {}
        self._providers = [(provider.name, options)]
        self._settings = ort.SessionOptions()
        self._settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        self._settings.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        # A pattern is one block for all that lies between the layers, beside the blocks of the first run, which stay:
        # 1400 MB for a poser and RIFE on a CPU instead of 820, and not faster.
        self._settings.enable_mem_pattern = False
        if not provider.memory:
            _have_one_arena()
            self._settings.add_session_config_entry("session.use_env_allocators", "1")
        # threads that spin while they wait take whole cores from OBS and the game
        self._settings.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def load(self, path: Path) -> OnnxRuntimeGraph:
        """See `Backend.load`."""
        try:
            session = shared(path, (self.name, self._number, self.precision), lambda: self._open(path))
        except _FAILURES as error:
            raise BackendError(
                f"{self.name} can't load {path.name}: {error}.",
                "Run `python -m ezvtb.models verify` in the project's folder.",
            ) from error
        if session.made.get_providers()[0] != self._provider.name:  # it took the CPU, and said so in its log only
            raise BackendError(
                f"{self.name} doesn't start on {self.device}: its libraries or the driver are missing or too old.",
                "Update the driver of the graphics card, then run the installer again.",
            )
        return OnnxRuntimeGraph(session, self.name, self.device_memory)

    def _open(self, path: Path) -> ort.InferenceSession:
        return ort.InferenceSession(str(path), self._settings, self._providers)

    def allocate_on_device(self, spec: TensorSpec) -> Buffer:
        """See `Backend.allocate_on_device`."""
        if not self._provider.memory:
            return self.allocate(spec)
        try:
            memory = ort.OrtValue.ortvalue_from_shape_and_type(
                spec.shape, spec.dtype, self._provider.memory, self._number
            )
        except _FAILURES as error:
            raise BackendError(f"{self.name} gives no memory on {self.device}: {error}.") from error
        return DeviceBuffer(spec, memory)


@cache
def _have_one_arena() -> None:
    """The networks run one after the other: in one arena, not one each, a poser and RIFE take 560 MB, not 820."""
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg(0, 0, -1, -1))  # no limit, and growing by doubling


cpu, cuda, directml = (partial(OnnxRuntimeBackend, provider) for provider in (CPU, CUDA, DIRECTML))
