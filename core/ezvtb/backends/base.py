"""The one interface of all backends: load a graph, allocate its buffers, run it.

A buffer is what a backend's graphs read and write: a NumPy array where the host takes part, else memory of the device
that only graphs see. The graphs of a chain share buffers by tensor name, so nothing is copied between two of them.
What passes from one component to the next is a `ezvtb.backends.frame.Frame`, in a `Memory` that both can reach.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, Union

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

Given = TypeVar("Given")


@dataclass(frozen=True)
class TensorSpec:
    """The shape and element type of one input or output of a graph."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Bytes of one such tensor."""
        return int(np.prod(self.shape)) * self.dtype.itemsize


class DeviceBuffer:
    """Memory of a device, for one tensor: only graphs of the backend that allocated it can read and write it."""

    def __init__(self, spec: TensorSpec, memory: Any) -> None:
        self.spec = spec
        self.nbytes = spec.nbytes
        """Bytes."""
        self.memory = memory
        """The runtime's own object."""

    def __getitem__(self, index: "tuple[int, slice, slice]") -> "DeviceWindow":
        """Of pictures (n, height, width, channels), as of an array: the picture, its rows, its columns. A step is 1 or
        -1."""
        number, rows, columns = index
        _, height, width, channels = self.spec.shape
        pixel = channels * self.spec.dtype.itemsize
        first = number * height
        place = range(first, first + height)[rows]
        return DeviceWindow(self, width * pixel, pixel, place, range(width)[columns])

    @property
    def whole(self) -> "DeviceWindow":
        """All of it, as one row of one pixel."""
        return DeviceWindow(self, self.nbytes, self.nbytes, range(1), range(1))


class DeviceWindow(NamedTuple):
    """Pixels of a `DeviceBuffer`, for copies."""

    buffer: DeviceBuffer
    pitch: int
    """Bytes of a row."""
    pixel: int
    """Bytes."""
    rows: range
    columns: range


Buffer = Union[Array, DeviceBuffer]


class Memory:
    """Where pictures are on their way from graph to graph: here the host's own memory. Any thread may call.

    A device's memory does what it is told in order and later: who touches the host's side of a copy waits for the event
    of `mark` first. Windows, of whole buffers indexed as arrays are, count as buffers where something is copied.
    """

    def do(self, work: "Callable[..., Given]", *arguments: Any) -> Given:
        """What `work` gives, done in the thread where this memory is fastest to reach; what it raises is raised."""
        return work(*arguments)

    def allocate(self, spec: TensorSpec) -> Buffer:
        """A new buffer that graphs reach without a copy; its content is undefined."""
        return np.empty(spec.shape, spec.dtype)

    def allocate_host(self, spec: TensorSpec) -> Array:
        """A new array of the host's, from and to which copies are fast; its content is undefined."""
        return np.empty(spec.shape, spec.dtype)

    def copy(self, target: Any, source: Any) -> None:
        """Copies pixels from one buffer to another of the same size. Arrays of the host are whole ones."""
        np.copyto(target, source)

    def clear(self, target: Any) -> None:
        """Fills a buffer with zeros."""
        target[...] = 0

    def mark(self) -> Any:
        """An event: all that this memory was told so far is done."""
        return None

    def wait(self, event: Any) -> None:
        """Returns when that has come to pass."""

    @property
    def notes(self) -> "list[str]":
        """What doesn't go as well as it could, a sentence each."""
        return []


HOST = Memory()
"""The host's own memory."""


class Graph(ABC):
    """A model that is ready to run."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]

    @abstractmethod
    def run(self, buffers: Mapping[str, Any]) -> None:
        """Reads its inputs from `buffers` and writes its outputs there, each a `Buffer` by its name.

        BackendError if it fails.
        """


class Backend(ABC):
    """An inference runtime on one device, at one precision."""

    name: str
    """What the user reads: "OpenVINO"."""
    device: str
    """The device's own name: "AMD EPYC 9B14"."""
    precision: str
    """What it computes in: "fp32", "fp16" or "bf16"."""
    graph_precision: str
    """Which of the built graphs it wants: "fp32" or "fp16"."""
    device_memory = False
    """Whether the device has memory of its own: VRAM."""
    device_bytes = 0
    """Of that memory; 0 where there is none, or nobody tells how much."""
    gives_way = False
    """Whether what it puts on a card waits for what others, games say, put there."""
    on_cpu = False
    """Whether it computes on the CPU."""
    half_pays = False
    """Whether the device computes half precision faster than full, asked for or not."""
    memory: Memory = HOST
    """Where the pictures are that its graphs read and write: components that have the same pass them on there."""

    @abstractmethod
    def load(self, path: Path) -> Graph:
        """The graph of an ONNX file. BackendError names the file and the runtime's own words."""

    def allocate(self, spec: TensorSpec) -> Array:
        """A new buffer of that shape and type for what the host writes or reads; its content is undefined."""
        return self.memory.allocate_host(spec)

    def allocate_on_device(self, spec: TensorSpec) -> Buffer:
        """A new buffer for what passes from graph to graph: memory of the device where it has its own."""
        return self.memory.allocate(spec)


def passed_on(chain: Sequence[Graph]) -> set[str]:
    """The tensors that one graph of a chain gives and another takes: the host needn't see them."""
    given = {name for graph in chain for name in graph.outputs}
    return given & {name for graph in chain for name in graph.inputs}
