"""The two packages that lead to the memory of a card that isn't there: cuda-bindings and pycuda."""

from collections.abc import Callable
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np

from .fake_card import Gpu


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
            if "cuStreamCreate" in gpu.fails:
                raise Error("cuStreamCreate failed: out of memory")

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

        def pop(self) -> None:
            gpu.check()
            gpu.current.context = None

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
