"""An NVIDIA card's memory, stream and events: through pycuda where it is installed, else NVIDIA's cuda-bindings.

All is in the card's primary context, which TensorRT and ONNX Runtime use too, and in one stream: what was put into it
first is done first, so memory that nobody holds any more may be given out again while the card still works with it.
One thread owns the context: `Card.do` has it work, whichever thread calls.
"""

import ctypes
import importlib
import threading
import weakref
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Optional

import numpy as np

from ezvtb.backends.base import Array, DeviceBuffer, DeviceWindow, Given, TensorSpec
from ezvtb.backends.owner import Owner
from ezvtb.errors import BackendError

_MOST_SPARE = 64 << 20
"""Bytes of memory that nobody holds and that waits to be given out again, at most; a larger piece waits alone. While an
avatar plays it is less than 1 MB (tests/test_chain.py); what one that goes leaves behind belongs to the game."""


class Card(ABC):
    """One card with a thread of its own. Any thread may call `do`; all other methods are for what is done there."""

    stream: int
    """The handle of its stream."""

    def __init__(self, number: int) -> None:
        """BackendError if CUDA doesn't start on the card, ImportError if the package is missing."""
        self._device_pool, self._host_pool = _Pool(self._allocate), _Pool(self._allocate_host)
        self.notes: list[str] = []
        """What doesn't go as well as it could, a sentence each."""
        self._owner = Owner(f"ezvtb-card-{number}")
        self.do(self._start, number)

    def do(self, work: Callable[..., Given], *arguments: Any) -> Given:
        """What `work` gives, done in the card's thread; what it raises is raised here."""
        return self._owner.do(work, *arguments)

    def emptied_with(self, holder: Any, things: "list[Any]") -> None:
        """Has the list emptied in the card's thread when nobody holds `holder` any more: there its things end."""
        self._after(holder, things.clear)

    def _after(self, holder: Any, work: Callable[..., object], *arguments: Any) -> None:
        """Has it done in the card's thread when nobody holds `holder` any more; at the process's end it isn't."""
        weakref.finalize(holder, self._owner.post, work, *arguments).atexit = False

    def allocate(self, spec: TensorSpec) -> DeviceBuffer:
        """Memory for one tensor; its content is undefined. It comes back to the card when nobody holds it any more."""
        memory = self._device_pool.take(spec.nbytes)
        buffer = DeviceBuffer(spec, memory)
        self._after(buffer, self._device_pool.give, spec.nbytes, memory)
        return buffer

    def allocate_host(self, spec: TensorSpec) -> Array:
        """A page-locked array: copies to and from it run beside other work. It comes back like memory of the card."""
        memory = self._host_pool.take(spec.nbytes)
        if memory.last_use is not None:
            self.wait(memory.last_use)
        block = (ctypes.c_ubyte * spec.nbytes).from_address(int(memory))
        self._after(block, self._host_memory_is_back, spec.nbytes, memory)
        return np.ctypeslib.as_array(block).view(spec.dtype).reshape(spec.shape)

    def _host_memory_is_back(self, nbytes: int, memory: "_Handle") -> None:
        """The stream may have copies from or to it left, and who has it next writes there without asking the stream."""
        memory.last_use = self.mark()
        self._host_pool.give(nbytes, memory)

    def move(self, target: DeviceWindow, source: DeviceWindow) -> None:
        """Puts copies into the stream: from one window of its memory to another of the same size. What is turned round
        goes row by row or column by column."""
        rows, columns = [(target.rows, source.rows)], [(target.columns, source.columns)]
        if target.rows.step != source.rows.step:
            rows = _one_by_one(target.rows, source.rows)
        if target.columns.step != source.columns.step:
            columns = _one_by_one(target.columns, source.columns)
        for above, below in rows:
            for left, right in columns:
                self._move(target._replace(rows=above, columns=left), source._replace(rows=below, columns=right))

    @abstractmethod
    def _move(self, target: DeviceWindow, source: DeviceWindow) -> None:
        """The same for windows that are not turned round."""

    @abstractmethod
    def clear(self, memory: Any, nbytes: int) -> None:
        """Puts it into the stream that memory of a `DeviceBuffer` is filled with zeros."""

    @abstractmethod
    def _start(self, number: int) -> None:
        """Makes the card's context current, and its stream."""

    @abstractmethod
    def to_device(self, memory: Any, array: Array) -> None:
        """Puts a copy into the stream: of the array, into memory of a `DeviceBuffer`."""

    @abstractmethod
    def to_host(self, array: Array, memory: Any) -> None:
        """Puts a copy into the stream: of memory of a `DeviceBuffer`, into the array."""

    def capture(self, work: Callable[[], bool]) -> Optional[Callable[[], None]]:
        """What puts into the stream, by one launch, what `work` would put there kernel by kernel.

        None where the package can't do that; BackendError if it doesn't work, or `work` says so. Nothing is done yet.
        """
        return None

    @abstractmethod
    def mark(self) -> Any:
        """Puts an event into the stream."""

    @abstractmethod
    def wait(self, event: Any) -> None:
        """Returns when the stream has come to the event."""

    @abstractmethod
    def milliseconds(self, start: Any, end: Any) -> float:
        """Between two events that the stream has come to, by the card's own clock."""

    @abstractmethod
    def synchronize(self) -> None:
        """Returns when all that is in the stream is done."""

    @abstractmethod
    def _allocate(self, nbytes: int) -> Any:
        """Memory of the card as an object that int() gives the address of; freed with the object."""

    @abstractmethod
    def _allocate_host(self, nbytes: int) -> "_Handle":
        """Page-locked memory of the host, likewise."""


class PycudaCard(Card):
    """Through pycuda, as of 2026.1. It can't give a stream a priority, and has no CUDA graphs."""

    def _start(self, number: int) -> None:
        self._cuda: Any = importlib.import_module("pycuda.driver")
        try:
            self._cuda.init()
            self._context = self._cuda.Device(number).retain_primary_context()
            self._context.push()
            try:
                self._stream = self._cuda.Stream(_NON_BLOCKING)
            except self._cuda.Error:
                self._context.pop()  # pycuda ends the process if a thread ends with a context left (`cuda.hpp`)
                raise
        except self._cuda.Error as error:
            raise BackendError(f"CUDA doesn't start on card {number}: {error}.", _UPDATE) from error
        self.stream = self._stream.handle
        self.notes.append(
            "pycuda gives games no precedence and has no CUDA graphs, so the processor has more to do:"
            " without pycuda cuda-bindings is used."
        )

    def to_device(self, memory: Any, array: Array) -> None:
        """See `Card.to_device`."""
        self._call(self._cuda.memcpy_htod_async, int(memory), array, self._stream)

    def to_host(self, array: Array, memory: Any) -> None:
        """See `Card.to_host`."""
        self._call(self._cuda.memcpy_dtoh_async, array, int(memory), self._stream)

    def _move(self, target: DeviceWindow, source: DeviceWindow) -> None:
        copy = self._cuda.Memcpy2D()
        copy.set_src_device(int(source.buffer.memory))
        copy.set_dst_device(int(target.buffer.memory))
        copy.src_pitch, copy.src_x_in_bytes, copy.src_y = _start_of(source)
        copy.dst_pitch, copy.dst_x_in_bytes, copy.dst_y = _start_of(target)
        copy.width_in_bytes, copy.height = len(source.columns) * source.pixel, len(source.rows)
        self._call(copy, self._stream)

    def clear(self, memory: Any, nbytes: int) -> None:
        """See `Card.clear`."""
        self._call(self._cuda.memset_d8_async, int(memory), 0, nbytes, self._stream)

    def mark(self) -> Any:
        """See `Card.mark`."""
        event = self._cuda.Event(_BLOCKING_SYNC)
        self._call(event.record, self._stream)
        return event

    def wait(self, event: Any) -> None:
        """See `Card.wait`."""
        self._call(event.synchronize)

    def milliseconds(self, start: Any, end: Any) -> float:
        """See `Card.milliseconds`."""
        return float(self._call(start.time_till, end))

    def synchronize(self) -> None:
        """See `Card.synchronize`."""
        self._call(self._stream.synchronize)

    def _allocate(self, nbytes: int) -> Any:
        return self._call(self._cuda.mem_alloc, nbytes)

    def _allocate_host(self, nbytes: int) -> "_Handle":
        made: Array = self._call(self._cuda.pagelocked_empty, nbytes, np.uint8)
        memory = _Handle(made.ctypes.data)
        self.emptied_with(memory, [made])
        return memory

    def _call(self, function: Any, *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except self._cuda.Error as error:
            raise BackendError(f"CUDA failed: {error}.", _UPDATE) from error


class BindingsCard(Card):
    """Through `cuda.bindings.driver`, as of cuda-bindings 13.5. Its stream has the lowest priority: games go first."""

    def _start(self, number: int) -> None:
        self._cuda: Any = importlib.import_module("cuda.bindings.driver")
        try:
            self._call("cuInit", 0)
        except RuntimeError as error:  # the library of the driver isn't there
            raise BackendError(f"CUDA doesn't start: {error}.", _UPDATE) from error
        self._call("cuCtxSetCurrent", self._call("cuDevicePrimaryCtxRetain", self._call("cuDeviceGet", number)))
        lowest, _ = self._call("cuCtxGetStreamPriorityRange")
        alone = self._cuda.CUstream_flags.CU_STREAM_NON_BLOCKING  # it doesn't wait for the default stream
        self._stream = self._call("cuStreamCreateWithPriority", alone, lowest)
        self.stream = int(self._stream)

    def to_device(self, memory: Any, array: Array) -> None:
        """See `Card.to_device`."""
        self._call("cuMemcpyHtoDAsync", int(memory), array.ctypes.data, array.nbytes, self._stream)

    def to_host(self, array: Array, memory: Any) -> None:
        """See `Card.to_host`."""
        self._call("cuMemcpyDtoHAsync", array.ctypes.data, int(memory), array.nbytes, self._stream)

    def _move(self, target: DeviceWindow, source: DeviceWindow) -> None:
        copy = self._cuda.CUDA_MEMCPY2D()
        copy.srcMemoryType = copy.dstMemoryType = self._cuda.CUmemorytype.CU_MEMORYTYPE_DEVICE
        copy.srcDevice, copy.dstDevice = int(source.buffer.memory), int(target.buffer.memory)
        copy.srcPitch, copy.srcXInBytes, copy.srcY = _start_of(source)
        copy.dstPitch, copy.dstXInBytes, copy.dstY = _start_of(target)
        copy.WidthInBytes, copy.Height = len(source.columns) * source.pixel, len(source.rows)
        self._call("cuMemcpy2DAsync", copy, self._stream)

    def clear(self, memory: Any, nbytes: int) -> None:
        """See `Card.clear`."""
        self._call("cuMemsetD8Async", int(memory), 0, nbytes, self._stream)

    def capture(self, work: Callable[[], bool]) -> Optional[Callable[[], None]]:
        """See `Card.capture`."""
        # what other threads do meanwhile, ONNX Runtime's say, is no concern of it
        alone = self._cuda.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        self._call("cuStreamBeginCapture", self._stream, alone)
        try:
            done = work()
        finally:
            graph = self._call("cuStreamEndCapture", self._stream)
        try:
            if not done:
                raise BackendError("TensorRT's network can't be captured.")
            captured = _Handle(self._call("cuGraphInstantiate", graph, 0))
        finally:
            self._call("cuGraphDestroy", graph)
        self._freed_with(captured, "cuGraphExecDestroy", captured.value)

        def launch() -> None:
            self._call("cuGraphLaunch", captured.value, self._stream)

        return launch

    def mark(self) -> Any:
        """See `Card.mark`."""
        event = _Handle(self._call("cuEventCreate", _BLOCKING_SYNC))
        self._freed_with(event, "cuEventDestroy", event.value)
        self._call("cuEventRecord", event.value, self._stream)
        return event

    def wait(self, event: Any) -> None:
        """See `Card.wait`."""
        self._call("cuEventSynchronize", event.value)

    def milliseconds(self, start: Any, end: Any) -> float:
        """See `Card.milliseconds`."""
        return float(self._call("cuEventElapsedTime", start.value, end.value))

    def synchronize(self) -> None:
        """See `Card.synchronize`."""
        self._call("cuStreamSynchronize", self._stream)

    def _allocate(self, nbytes: int) -> Any:
        memory = _Handle(self._call("cuMemAlloc", nbytes))
        self._freed_with(memory, "cuMemFree", memory.value)
        return memory

    def _allocate_host(self, nbytes: int) -> "_Handle":
        memory = _Handle(self._call("cuMemAllocHost", nbytes))
        self._freed_with(memory, "cuMemFreeHost", memory.value)
        return memory

    def _freed_with(self, holder: Any, function: str, value: Any) -> None:
        """Has the driver free `value` when nobody holds `holder` any more; at the process's end the system does."""
        self._after(holder, self._call, function, value)

    def _call(self, function: str, *arguments: Any) -> Any:
        """What the function gives, without its code. BackendError names function and code."""
        code, *results = getattr(self._cuda, function)(*arguments)
        if code != self._cuda.CUresult.CUDA_SUCCESS:
            raise BackendError(f"CUDA failed: {function} says {getattr(code, 'name', code)}.", _UPDATE)
        return results[0] if len(results) == 1 else tuple(results)


class _Pool:
    """Memory of one kind that is given out again when nobody holds it any more.

    Whatever the card still does with memory of its own was put into the stream before, and so is done before what the
    next holder puts there.
    """

    def __init__(self, make: Callable[[int], Any]) -> None:
        """`make` gives new memory of so many bytes, which ends with the object."""
        self._make = make
        self._spare: dict[int, list[Any]] = defaultdict(list)

    def take(self, nbytes: int) -> Any:
        """Memory of that size."""
        spare = self._spare[nbytes]
        return spare.pop() if spare else self._make(nbytes)

    def give(self, nbytes: int, memory: Any) -> None:
        """Nobody holds it any more. When too much waits, all that waited before is freed."""
        if nbytes + sum(size * len(each) for size, each in self._spare.items()) > _MOST_SPARE:
            self.clear()
        self._spare[nbytes].append(memory)

    def clear(self) -> None:
        """Frees what nobody holds."""
        self._spare.clear()


class _Handle:
    """A driver's handle that is freed with this object."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.last_use: Any = None
        """Of memory: the event after which the card has nothing to do with it any more; None: it never had."""

    def __int__(self) -> int:
        return int(self.value)


def _one_by_one(targets: range, sources: range) -> list[tuple[range, range]]:
    return [(range(i, i + 1), range(j, j + 1)) for i, j in zip(targets, sources)]


def _start_of(window: DeviceWindow) -> tuple[int, int, int]:
    """Its pitch, its first column in bytes, its first row."""
    return window.pitch, window.columns.start * window.pixel, window.rows.start


_UPDATE = "Update the driver of the graphics card."

_NON_BLOCKING = 1
"""CU_STREAM_NON_BLOCKING of cuda.h, which pycuda has no name for: the stream doesn't wait for the default one."""

_BLOCKING_SYNC = 1
"""CU_EVENT_BLOCKING_SYNC of cuda.h: who waits for the event sleeps. By default a waiting thread spins, and takes a core
from OBS and the game as long as the card works."""

CARDS: tuple[type[Card], ...] = (PycudaCard, BindingsCard)


_opened: dict[int, Card] = {}
_opening = threading.Lock()


def open_card(number: int) -> Card:
    """The card with that number, one for all. BackendError if CUDA or both packages are missing."""
    missing = []
    with _opening:
        if number in _opened:
            return _opened[number]
        for kind in CARDS:
            try:
                _opened[number] = kind(number)
                return _opened[number]
            except ImportError as error:
                missing.append(str(error))
    raise BackendError(f"CUDA's memory can't be used: {' '.join(missing)}.", "Run the installer again.")
