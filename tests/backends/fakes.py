"""A card that isn't there: its memory, its stream, and the three packages that lead to it.

What is put into the stream is done when somebody waits for it, and not before; whoever calls without the card's context
is told so. An engine of the fake TensorRT is the ONNX file itself, and ONNX Runtime computes it.
"""

import ctypes
import itertools
import threading
from collections.abc import Callable
from enum import Enum, IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort

from ezvtb.backends.null import NullGraph

CARD = "NVIDIA GeForce RTX 3060"
NUMPY = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


class Gpu:
    """The card."""

    def __init__(self) -> None:
        self.memory: dict[int, Any] = {}
        self.queue: list[tuple[int, Callable[[], Any]]] = []
        self.current = threading.local()
        self.fails: dict[str, Any] = {}
        self.compiled = 0
        """How often TensorRT-RTX had to compile an engine's kernels."""
        self.uploaded: list[int] = []
        self.downloaded: list[int] = []
        self.moved = self.waits = self.launched = 0
        self.capturing: list[Callable[[], Any]] | None = None
        self.graphs: dict[int, Any] = {}
        """CUDA graphs that were captured and not destroyed, and those that can be launched."""
        self._numbers = itertools.count(1)

    def check(self) -> None:
        assert getattr(self.current, "context", None) == "primary", "the card's context is not current in this thread"

    def allocate(self, nbytes: int) -> int:
        self.check()
        block = (ctypes.c_ubyte * nbytes)(*b"\xaa" * min(nbytes, 64))
        address = ctypes.addressof(block)
        self.memory[address] = block
        return address

    def free(self, address: int) -> None:
        self.check()
        del self.memory[address]

    def at(self, address: int) -> Any:
        return self.memory[address]

    def put(self, work: Callable[[], Any]) -> int:
        self.check()
        if self.capturing is not None:
            self.capturing.append(work)
            return 0
        number = next(self._numbers)
        self.queue.append((number, work))
        return number

    def begin_capture(self) -> None:
        self.check()
        assert self.capturing is None
        self.capturing = []

    def end_capture(self) -> "list[Callable[[], Any]]":
        works, self.capturing = self.capturing, None
        assert works is not None
        return works

    def launch(self, works: "list[Callable[[], Any]]") -> None:
        self.launched += 1
        for work in works:
            self.put(work)

    def catch_up(self, until: "int | None" = None) -> None:
        """Does what is in the stream, up to a number."""
        self.check()
        self.waits += bool(self.queue and (until is None or self.queue[0][0] <= until))
        while self.queue and (until is None or self.queue[0][0] <= until):
            self.queue.pop(0)[1]()

    def move(self, copy: Any) -> None:
        """A copy of pixels between two places of the card's memory, as `CUDA_MEMCPY2D` says."""
        self.moved += 1

        def rows(address: Any, pitch: int, x: int, y: int) -> Any:
            content = np.frombuffer(self.at(address), np.uint8)
            assert x + copy.WidthInBytes <= pitch
            return content[y * pitch :][: copy.Height * pitch].reshape(-1, pitch)[:, x : x + copy.WidthInBytes]

        to = copy.dstDevice, copy.dstPitch, copy.dstXInBytes, copy.dstY
        source = copy.srcDevice, copy.srcPitch, copy.srcXInBytes, copy.srcY
        self.put(lambda: np.copyto(rows(*to), rows(*source)))

    def clear(self, address: int, value: int, nbytes: int) -> None:
        self.put(lambda: ctypes.memset(self.at(address), value, nbytes))

    def upload(self, address: int, source: int, nbytes: int) -> None:
        self.uploaded.append(nbytes)
        self.put(lambda: ctypes.memmove(self.at(address), source, nbytes))

    def download(self, target: int, address: int, nbytes: int) -> None:
        self.downloaded.append(nbytes)
        self.put(lambda: ctypes.memmove(target, self.at(address), nbytes))


class Copy2D:
    """`CUDA_MEMCPY2D`."""

    __slots__ = (
        *(f"{side}{what}" for side in ("src", "dst") for what in ("Device", "MemoryType", "Pitch", "XInBytes", "Y")),
        "Height",
        "WidthInBytes",
    )


class Code(IntEnum):
    CUDA_SUCCESS = 0
    CUDA_ERROR_OUT_OF_MEMORY = 2
    CUDA_ERROR_NO_DEVICE = 100
    CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901


def bindings(gpu: Gpu) -> Any:
    """`cuda.bindings.driver` with that card."""
    events: dict[int, int] = {}
    giving = ("cuMemAlloc", "cuDeviceGet", "cuStreamEndCapture", "cuGraphInstantiate")

    def answered(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if name in gpu.fails:
                if name == "cuStreamEndCapture":
                    gpu.capturing = None
                return (gpu.fails[name], *([None] if name in giving else []))
            result = work(*arguments)
            results = result if isinstance(result, tuple) else (result,)
            return (Code.CUDA_SUCCESS, *(each for each in results if each is not None))

        return call

    def host(nbytes: int) -> int:
        return gpu.allocate(nbytes)

    def record(event: int, stream: Any) -> None:
        events[event] = gpu.put(lambda: None)

    def create_event(flags: int) -> int:
        assert flags == 1, "who waits spins"
        return next(gpu._numbers)

    def kept(works: Any) -> int:
        gpu.graphs[number := next(gpu._numbers)] = works
        return number

    work: dict[str, Callable[..., Any]] = {
        "cuInit": lambda flags: None,
        "cuDeviceGet": lambda number: 7 + number,
        "cuDevicePrimaryCtxRetain": lambda device: "primary",
        "cuCtxSetCurrent": lambda context: setattr(gpu.current, "context", context),
        "cuCtxGetStreamPriorityRange": lambda: (0, -5),
        "cuStreamCreateWithPriority": lambda flags, priority: 500 + priority,
        "cuMemAlloc": gpu.allocate,
        "cuMemFree": gpu.free,
        "cuMemAllocHost": host,
        "cuMemFreeHost": gpu.free,
        "cuMemcpyHtoDAsync": lambda to, source, nbytes, stream: gpu.upload(to, source, nbytes),
        "cuMemcpyDtoHAsync": lambda to, source, nbytes, stream: gpu.download(to, source, nbytes),
        "cuMemcpy2DAsync": lambda copy, stream: gpu.move(copy),
        "cuMemsetD8Async": lambda to, value, nbytes, stream: gpu.clear(to, value, nbytes),
        "cuStreamBeginCapture": lambda stream, mode: gpu.begin_capture(),
        "cuStreamEndCapture": lambda stream: kept(gpu.end_capture()),
        "cuGraphInstantiate": lambda graph, flags: kept(gpu.graphs[graph]),
        "cuGraphLaunch": lambda graph, stream: gpu.launch(gpu.graphs[graph]),
        "cuGraphDestroy": lambda graph: gpu.graphs.pop(graph) and None,
        "cuGraphExecDestroy": lambda graph: gpu.graphs.pop(graph) and None,
        "cuStreamSynchronize": lambda stream: gpu.catch_up(),
        "cuEventCreate": create_event,
        "cuEventRecord": record,
        "cuEventSynchronize": lambda event: gpu.catch_up(events[event]),
        "cuEventElapsedTime": lambda start, end: float(events[end] - events[start]),
        "cuEventDestroy": lambda event: None,
    }
    flags = SimpleNamespace(CU_STREAM_NON_BLOCKING=1)
    return SimpleNamespace(
        CUresult=Code,
        CUstream_flags=flags,
        CUDA_MEMCPY2D=Copy2D,
        CUstreamCaptureMode=SimpleNamespace(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL=1),
        CUmemorytype=SimpleNamespace(CU_MEMORYTYPE_DEVICE=2),
        **{name: answered(name, each) for name, each in work.items()},
    )


def pycuda(gpu: Gpu) -> Any:
    """`pycuda.driver` with that card."""

    class Error(Exception):
        pass

    class Memory:
        def __init__(self, nbytes: int) -> None:
            if "cuMemAlloc" in gpu.fails:
                raise Error("cuMemAlloc failed: out of memory")
            self.address = gpu.allocate(nbytes)

        def __int__(self) -> int:
            return self.address

        def __del__(self) -> None:
            if hasattr(self, "address"):
                gpu.memory.pop(self.address, None)

    class Stream:
        handle = 495

        def __init__(self, flags: int) -> None:
            assert flags == 1

        def synchronize(self) -> None:
            gpu.catch_up()

    class Event:
        def __init__(self, flags: int) -> None:
            assert flags == 1, "who waits spins"

        def record(self, stream: Stream) -> None:
            self.number = gpu.put(lambda: None)

        def synchronize(self) -> None:
            gpu.catch_up(self.number)

        def time_till(self, end: "Event") -> float:
            return float(end.number - self.number)

    class Context:
        def push(self) -> None:
            gpu.current.context = "primary"

    class Device:
        def __init__(self, number: int) -> None:
            if "cuDeviceGet" in gpu.fails:
                raise Error("cuDeviceGet failed: invalid device ordinal")

        def retain_primary_context(self) -> Context:
            return Context()

    class Memcpy2D:
        """Its members as in `WRAP_MEMCPY_2D_PROPERTIES` of pycuda's wrap_cudadrv.cpp."""

        __slots__ = (
            "_copy",
            *(f"{side}_{what}" for side in ("src", "dst") for what in ("pitch", "x_in_bytes", "y")),
            "height",
            "width_in_bytes",
        )

        def __init__(self) -> None:
            self._copy = Copy2D()

        def set_src_device(self, address: int) -> None:
            self._copy.srcDevice = address

        def set_dst_device(self, address: int) -> None:
            self._copy.dstDevice = address

        def __call__(self, stream: Stream) -> None:
            copy = self._copy
            copy.srcPitch, copy.srcXInBytes, copy.srcY = self.src_pitch, self.src_x_in_bytes, self.src_y
            copy.dstPitch, copy.dstXInBytes, copy.dstY = self.dst_pitch, self.dst_x_in_bytes, self.dst_y
            copy.WidthInBytes, copy.Height = self.width_in_bytes, self.height
            gpu.move(copy)

    def pagelocked_empty(shape: int, dtype: Any) -> Any:
        gpu.check()
        return np.empty(shape, dtype)

    return SimpleNamespace(
        Error=Error,
        Device=Device,
        Stream=Stream,
        Event=Event,
        init=lambda: None,
        mem_alloc=Memory,
        pagelocked_empty=pagelocked_empty,
        Memcpy2D=Memcpy2D,
        memset_d8_async=lambda to, value, nbytes, stream: gpu.clear(to, value, nbytes),
        memcpy_htod_async=lambda to, source, stream: gpu.upload(to, source.ctypes.data, source.nbytes),
        memcpy_dtoh_async=lambda to, source, stream: gpu.download(to.ctypes.data, source, to.nbytes),
    )


class Mode(Enum):
    NONE, INPUT, OUTPUT = range(3)


NULL = b"null "

DAMAGED, OF_ANOTHER_DRIVER = b"damaged timings", b"timings of another driver"
"""Timing caches that TensorRT doesn't read, and doesn't use."""


class NullSession:
    """A stage of the null backend where ONNX Runtime's session is expected."""

    def __init__(self, stage: str) -> None:
        self._graph = NullGraph(stage)

    def get_inputs(self) -> list[Any]:
        return self._described(self._graph.inputs)

    def get_outputs(self) -> list[Any]:
        return self._described(self._graph.outputs)

    def run(self, names: list[str], inputs: dict[str, Any]) -> list[Any]:
        given = {name: np.empty(spec.shape, spec.dtype) for name, spec in self._graph.outputs.items()}
        self._graph.run({**inputs, **given})
        return [given[name] for name in names]

    def _described(self, specs: Any) -> list[Any]:
        types = {np.dtype(dtype): name for name, dtype in NUMPY.items()}
        return [SimpleNamespace(name=name, shape=each.shape, type=types[each.dtype]) for name, each in specs.items()]


class Engine:
    """An engine that is the ONNX file itself."""

    def __init__(self, content: bytes) -> None:
        self.session: Any = (
            NullSession(content[len(NULL) :].decode())
            if content.startswith(NULL)
            else ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        )
        self.tensors = {each.name: (each, Mode.INPUT) for each in self.session.get_inputs()}
        self.tensors |= {each.name: (each, Mode.OUTPUT) for each in self.session.get_outputs()}
        self.num_io_tensors = len(self.tensors)

    def get_tensor_name(self, index: int) -> str:
        return str(list(self.tensors)[index])

    def get_tensor_shape(self, name: str) -> Any:
        return self.tensors[name][0].shape

    def get_tensor_dtype(self, name: str) -> str:
        return str(self.tensors[name][0].type)

    def get_tensor_mode(self, name: str) -> Mode:
        mode: Mode = self.tensors[name][1]
        return mode

    def of_mode(self, mode: Mode) -> list[str]:
        return [name for name, (_, each) in self.tensors.items() if each is mode]


class Context:
    """Its execution context on a card."""

    def __init__(self, engine: Engine, gpu: Gpu) -> None:
        self.engine, self.gpu = engine, gpu
        self.addresses: dict[str, int] = {}

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        if "execute" in self.gpu.fails:
            return False
        if self.gpu.capturing is not None and "capture" in self.gpu.fails:
            return False
        addresses = dict(self.addresses)
        self.gpu.put(lambda: self._compute(addresses))
        return True

    def _compute(self, addresses: dict[str, int]) -> None:
        def array(name: str) -> Any:
            tensor = self.engine.tensors[name][0]
            return np.frombuffer(self.gpu.at(addresses[name]), NUMPY[tensor.type]).reshape(tensor.shape)

        inputs = {name: array(name) for name in self.engine.of_mode(Mode.INPUT)}
        names = self.engine.of_mode(Mode.OUTPUT)
        for name, value in zip(names, self.engine.session.run(names, inputs)):
            array(name)[...] = value


def tensorrt(gpu: Gpu) -> Any:
    """`tensorrt` with that card."""

    class Logger:
        WARNING = 2

        def __init__(self, severity: int) -> None:
            pass

    class Runtime:
        def __init__(self, logger: Logger) -> None:
            if "start" in gpu.fails:
                raise TypeError("pybind11::init(): factory function returned nullptr")

        def deserialize_cuda_engine(self, content: bytes) -> Any:
            gpu.check()
            if not content.startswith(b"engine of "):
                return None
            engine: Any = Engine(content[len(b"engine of ") :])
            engine.create_execution_context = lambda: None if "context" in gpu.fails else Context(engine, gpu)
            return engine

    class Builder:
        def __init__(self, logger: Logger) -> None:
            gpu.check()
            if "start" in gpu.fails:
                raise TypeError("pybind11::init(): factory function returned nullptr")

        def create_network(self, flags: int) -> Any:
            assert flags == 1
            return SimpleNamespace(content=b"")

        def create_builder_config(self) -> Any:
            config = SimpleNamespace(flags={"TF32"}, timings=b"", monitor=None)
            config.clear_flag = config.flags.discard
            config.set_memory_pool_limit = lambda pool, size: None
            config.create_timing_cache = lambda given: (
                None if given == DAMAGED else SimpleNamespace(given=given, serialize=lambda: given + b"timed.")
            )
            config.set_timing_cache = lambda cache, ignore_mismatch: cache.given != OF_ANOTHER_DRIVER
            return config

        def build_serialized_network(self, network: Any, config: Any) -> Any:
            assert not config.flags
            monitor = config.progress_monitor
            monitor.phase_start("building", None, 2)
            for step in range(2):
                monitor.phase_start("timing", "building", 4)
                for inner in range(4):
                    monitor.step_complete("timing", inner)
                monitor.phase_finish("timing")
                monitor.step_complete("building", step)
            monitor.phase_finish("building")
            return None if "build" in gpu.fails else b"engine of " + network.content

    class OnnxParser:
        num_errors = 1

        def __init__(self, network: Any, logger: Logger) -> None:
            self.network = network

        def parse_from_file(self, model: str) -> bool:
            from pathlib import Path

            self.network.content = Path(model).read_bytes()
            return "parse" not in gpu.fails

        def get_error(self, index: int) -> str:
            return "an operator that there isn't"

    return SimpleNamespace(
        __version__="11.4.0.106",
        Logger=Logger,
        Runtime=Runtime,
        Builder=Builder,
        OnnxParser=OnnxParser,
        IProgressMonitor=type("IProgressMonitor", (), {}),
        TensorIOMode=Mode,
        NetworkDefinitionCreationFlag=SimpleNamespace(STRONGLY_TYPED=0),
        BuilderFlag=SimpleNamespace(TF32="TF32"),
        MemoryPoolType=SimpleNamespace(WORKSPACE="WORKSPACE"),
        nptype=NUMPY.__getitem__,
    )


def tensorrt_rtx(gpu: Gpu) -> Any:
    """`tensorrt_rtx_bindings` with that card. An engine's kernels are the words "kernels of this driver"."""
    trt = tensorrt(gpu)

    class Kernels:
        content = b""

        def deserialize(self, blob: bytes) -> bool:
            gpu.check()
            self.content = blob if blob == b"kernels of this driver" else b""
            return bool(self.content)

        def serialize(self) -> bytes:
            return self.content

    class Runtime(trt.Runtime):  # type: ignore[misc, name-defined]
        def deserialize_cuda_engine(self, content: bytes) -> Any:
            engine = super().deserialize_cuda_engine(content)
            if engine is not None:
                config = SimpleNamespace(create_runtime_cache=Kernels, kernels=None)
                config.set_runtime_cache = lambda cache: setattr(config, "kernels", cache)
                engine.create_runtime_config = lambda: config
                make = engine.create_execution_context
                engine.create_execution_context = lambda runtime_config: compiled(runtime_config, make())
            return engine

    def compiled(runtime_config: Any, context: Any) -> Any:
        gpu.compiled += not runtime_config.kernels.content
        runtime_config.kernels.content = b"kernels of this driver"
        return context

    class Builder(trt.Builder):  # type: ignore[misc, name-defined]
        def create_builder_config(self) -> Any:
            config = super().create_builder_config()
            del config.create_timing_cache, config.set_timing_cache  # they'd warn, and come to an end
            config.set_compute_capability = lambda capability, index: setattr(config, "made_for", (capability, index))
            return config

        def build_serialized_network(self, network: Any, config: Any) -> Any:
            assert (config.num_compute_capabilities, config.made_for) == (1, ("this card", 0))
            return super().build_serialized_network(network, config)

    capabilities = SimpleNamespace(CURRENT="this card")
    return SimpleNamespace(
        **{**vars(trt), "__version__": "1.7.1.116", "Runtime": Runtime, "Builder": Builder},
        ComputeCapability=capabilities,
    )
