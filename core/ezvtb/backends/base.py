"""The one interface of all backends: load a graph, allocate its buffers, run it.

A buffer is what a backend's graphs read and write: a NumPy array where the host takes part, else memory of the device
that only graphs see. The graphs of a chain share buffers by tensor name, so nothing is copied between two of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


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
        self.nbytes = spec.nbytes
        """Bytes."""
        self.memory = memory
        """The runtime's own object."""


Buffer = Union[Array, DeviceBuffer]


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

    @abstractmethod
    def load(self, path: Path) -> Graph:
        """The graph of an ONNX file. BackendError names the file and the runtime's own words."""

    def allocate(self, spec: TensorSpec) -> Array:
        """A new buffer of that shape and type for what the host writes or reads; its content is undefined."""
        return np.empty(spec.shape, spec.dtype)

    def allocate_on_device(self, spec: TensorSpec) -> Buffer:
        """A new buffer for what passes from graph to graph: memory of the device where it has its own."""
        return self.allocate(spec)


def passed_on(chain: Sequence[Graph]) -> set[str]:
    """The tensors that one graph of a chain gives and another takes: the host needn't see them."""
    given = {name for graph in chain for name in graph.outputs}
    return given & {name for graph in chain for name in graph.inputs}
