"""The inference runtimes, and which of them serves."""

import importlib
import os
import sys
from typing import NamedTuple

from ezvtb.backends.base import Backend
from ezvtb.errors import BackendError

# OpenVINO reports every import over the network, from a fork of this process that can outlive it, if it finds this
# package. The lock leaves it out; a user's own environment may have it.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


class Kind(NamedTuple):
    """Where a backend's class is. Its module is imported when it is tried, not before."""

    module: str
    name: str


KINDS = {
    "openvino": Kind("ezvtb.backends.openvino", "OpenVinoBackend"),
    "onnxruntime": Kind("ezvtb.backends.onnxruntime", "OnnxRuntimeBackend"),
    "null": Kind("ezvtb.backends.null", "NullBackend"),
}

PREFERENCE = ("openvino", "onnxruntime")
"""Fastest first, as `python -m ezvtb.bench` measures them. The null backend is never chosen by itself."""


class Choice(NamedTuple):
    """The backend that serves, and why those before it in the order of preference don't: one sentence each."""

    backend: Backend
    refused: "list[str]"


def open_backend(kind: str, device_id: int, half: bool) -> Backend:
    """The backend of that kind. BackendError if it isn't installed or doesn't work here."""
    if kind not in KINDS:
        raise BackendError(f"There is no backend {kind!r}.", f"There are: {', '.join(KINDS)}.")
    module, name = KINDS[kind]
    try:
        backend = getattr(importlib.import_module(module), name)
    except (ImportError, OSError) as error:
        raise BackendError(f"{kind} can't be imported: {error}.", "Run the installer again.") from error
    made: Backend = backend(device_id, half)
    return made


def choose(device_id: int, half: bool) -> Choice:
    """The first backend of the order of preference that opens; `EZVTB_BACKEND` names the one to use instead."""
    named = os.environ.get("EZVTB_BACKEND")
    refused: list[str] = []
    for kind in (named,) if named else PREFERENCE:
        try:
            return Choice(open_backend(kind, device_id, half), refused)
        except BackendError as error:
            refused.append(str(error))
    raise BackendError("No inference runtime works here: " + " ".join(refused), "Run the installer again.")
