"""A small network with a stored answer: whether a device computes at all, and whether its half precision is right.

It has the operators of the real networks, and an instance normalisation whose sums need more than half precision has.
`tests/backends/make_check.py` made it, and its answer by ONNX Runtime on a CPU at full precision.
"""

from pathlib import Path

import numpy as np

from ezvtb.backends.base import Array, Backend
from ezvtb.errors import BackendError

FOLDER = Path(__file__).parent / "check"
"""given.npy and answer.npy: (1, 64, 64, 4) uint8; the graph in fp32 and fp16."""

LEAST = 40.0
"""dB. Measured: full precision 98 (the same), OpenVINO in bf16 66, float16 64. A picture that
has nothing to do with the answer has 17."""


def graph_file(precision: str) -> Path:
    """The network in that precision: "fp32" or "fp16"."""
    return FOLDER / f"check_{precision}.onnx"


def prove(backend: Backend) -> None:
    """BackendError unless the backend gives the stored answer."""
    if backend.name == "null":
        return
    graph = backend.load(graph_file(backend.graph_precision))
    (given,), (answer,) = graph.inputs, graph.outputs
    buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
    buffers[given][:] = np.load(FOLDER / "given.npy")
    graph.run(buffers)
    require(psnr(buffers[answer], np.load(FOLDER / "answer.npy")), backend, "a test network")


def require(likeness: float, backend: Backend, what: str) -> None:
    """BackendError if `likeness`, in dB, is less than `LEAST`."""
    if likeness < LEAST:
        raise BackendError(
            f"{backend.name} computes {what} wrongly at {backend.precision} on {backend.device}: "
            f"{likeness:.0f} dB, {LEAST:.0f} at least.",
            "Update the driver of the device.",
        )


def psnr(image: Array, truth: Array) -> float:
    """How alike two uint8 images are, dB; 98 where they are the same."""
    error = float(np.mean((image.astype(np.float32) - truth) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-5)))
