"""NVIDIA's two TensorRTs, which have one interface: what is different about them.

TensorRT measures on the card which kernels are fastest, for minutes. TensorRT-RTX, for GeForce RTX cards from Turing
on, measures nothing: it builds an engine within a second, and compiles the kernels when the engine is loaded.
(https://docs.nvidia.com/deeplearning/tensorrt-rtx/latest/, and the wheels' own signatures, version 1.7.1.116.)
"""

import importlib
import importlib.util
import sys
from typing import Any, NamedTuple

from ezvtb.errors import BackendError


class Flavour(NamedTuple):
    """One of the two."""

    kind: str
    """Among `ezvtb.backends.KINDS`."""
    name: str
    package: str
    """What Python imports. TensorRT-RTX's is what its package `tensorrt_rtx` passes on, which PyPI has no wheel of."""
    compiles_when_loaded: bool
    """Its engines must be compiled for the card when they are loaded; the kernels are kept beside the engine then. It
    has no timings to keep."""

    def library(self) -> Any:
        """The package. ImportError or OSError if it isn't there or doesn't load."""
        return importlib.import_module(self.package)

    def started(self, what: Any, logger: Any) -> Any:
        """A `Runtime` or `Builder` of its. BackendError if it gives none, as with a driver that is too old for it."""
        try:
            return what(logger)
        except TypeError as error:  # pybind11 found a null pointer (NVIDIA/TensorRT#308); why is in the log only
            raise BackendError(
                f"{self.name} doesn't start: the engine's log says why.", "Update the driver of the graphics card."
            ) from error


FLAVOURS = {
    each.kind: each
    for each in (
        Flavour("tensorrt", "TensorRT", "tensorrt", compiles_when_loaded=False),
        Flavour("tensorrt-rtx", "TensorRT-RTX", "tensorrt_rtx_bindings", compiles_when_loaded=True),
    )
}
PLAIN, RTX = FLAVOURS.values()


def installed() -> "tuple[str, ...]":
    """The kinds to try on an NVIDIA card, best first: those that are installed; where none is, TensorRT says so.

    Where both are, TensorRT goes first: it serves every card, its kernels were measured on this one, and who has waited
    for its engines wants them used. Whoever wants TensorRT-RTX installs that one only.
    """
    found = tuple(kind for kind, each in FLAVOURS.items() if _is_installed(each.package))
    return found or (PLAIN.kind,)


def _is_installed(package: str) -> bool:
    return package in sys.modules or importlib.util.find_spec(package) is not None
