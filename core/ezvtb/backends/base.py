"""The one interface of all backends: load a graph, allocate its buffers, run it.

A buffer is whatever memory the backend's graphs read and write: a NumPy array on a CPU. The graphs of a chain
share buffers by tensor name, so nothing is copied between two of them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

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


class Graph(ABC):
    """A model that is ready to run."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]

    @abstractmethod
    def run(self, buffers: Mapping[str, Array]) -> None:
        """Reads its inputs from `buffers` and writes its outputs there, each by its name. BackendError if it fails."""


class Backend(ABC):
    """An inference runtime on one device, at one precision."""

    name: ClassVar[str]
    """What the user reads: "OpenVINO"."""
    device: str
    """The device's own name: "AMD EPYC 9B14"."""
    precision: str
    """What it computes in: "fp32", "fp16" or "bf16"."""
    graph_precision: str
    """Which of the built graphs it wants: "fp32" or "fp16"."""

    @abstractmethod
    def load(self, path: Path) -> Graph:
        """The graph of an ONNX file. BackendError names the file and the runtime's own words."""

    def allocate(self, spec: TensorSpec) -> Array:
        """A new buffer of that shape and type; its content is undefined."""
        return np.empty(spec.shape, spec.dtype)
