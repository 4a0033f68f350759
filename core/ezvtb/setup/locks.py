"""The lock files: which packages, exactly, and how large they are.

They are made from pyproject.toml with `uv pip compile`; the first lines of each show the command. What the avatar
needs on any computer is apart from the inference runtimes, of which each computer gets its own: one lock of each
goes into an environment.
"""

import re
from pathlib import Path
from typing import NamedTuple

from ezvtb.errors import SetupError


class Lock(NamedTuple):
    """One lock file, what it is for, and its sizes in MB (measured on Linux, rounded up)."""

    file: str
    purpose: str
    download: int
    installed: int
    contains: "tuple[str, ...]" = ()
    """The lock files whose pins are all in this one."""
    replaces: "tuple[str, ...]" = ()
    """The lock files whose packages can't be beside this one's."""
    sources: "tuple[str, ...]" = ()
    """Packages that PyPI has as sources only, so that they have to be built here."""

    @property
    def room(self) -> int:
        """The MB of disk that its installation needs for a while."""
        return self.download + self.installed


_BASES = ("requirements.lock", "requirements-demo.lock", "requirements-dev.lock")
_ONNX_RUNTIMES = ("requirements-cpu.lock", "requirements-cuda.lock", "requirements-directml.lock")

RUNTIME = Lock(_BASES[0], "what the avatar needs", 95, 340, (), _BASES)
DEMO = Lock(_BASES[1], "the avatar and the recorded demo", 125, 440, _BASES[:1], _BASES)
DEV = Lock(_BASES[2], "the avatar, the demo and the tests", 155, 550, _BASES[:2], _BASES)

CPU = Lock(_ONNX_RUNTIMES[0], "ONNX Runtime for any processor", 25, 75, (), _ONNX_RUNTIMES)
CUDA = Lock(_ONNX_RUNTIMES[1], "ONNX Runtime and CUDA for NVIDIA's cards", 1570, 2450, (), _ONNX_RUNTIMES)
DIRECTML = Lock(_ONNX_RUNTIMES[2], "ONNX Runtime and DirectML for any card on Windows", 33, 105, (), _ONNX_RUNTIMES)
"""Only one of the three: all bring a folder `onnxruntime`."""

_TENSORRTS = ("requirements-tensorrt-rtx.lock", "requirements-tensorrt.lock")

TENSORRT_RTX = Lock(_TENSORRTS[0], "TensorRT-RTX", 106, 280, (), _TENSORRTS)

TENSORRT = Lock(_TENSORRTS[1], "TensorRT", 3830, 5000, (), _TENSORRTS, ("tensorrt-cu13", "tensorrt-cu13-libs"))
"""The second source fetches the libraries, when it is built, from NVIDIA's own package index. The sizes are those of
TensorRT 11.3 for Linux there (`tensorrt_cu13_libs-11.3.0.99`, 3.81 GB)."""

BASES = (RUNTIME, DEMO, DEV)
RUNTIMES = (CPU, CUDA, DIRECTML, TENSORRT_RTX, TENSORRT)


def text(path: Path) -> str:
    """What a lock file says; SetupError where it is missing."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise SetupError(f"{path} is missing.", "Get the project again; it belongs to it.") from error


def pins(lock: Lock, project: Path) -> "list[str]":
    """Every pin of a lock with its hashes, as the lock has it: each is a lock by itself."""
    return re.findall(r"^[a-z0-9][^\n]*\n(?:[ ][^\n]*\n)*", text(project / lock.file), re.MULTILINE)


def packages(lock: Lock, project: Path) -> "set[str]":
    """The names of what a lock pins."""
    return set(re.findall(r"^([a-z0-9._-]+)==", text(project / lock.file), re.MULTILINE))
