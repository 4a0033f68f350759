"""The inference runtimes, and which of them serves."""

import importlib
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ezvtb.backends import devices, loss
from ezvtb.backends.base import Backend
from ezvtb.backends.devices import Device, Listing
from ezvtb.backends.flavours import FLAVOURS
from ezvtb.errors import BackendError

# OpenVINO reports every import over the network, from a fork of this process that can outlive it, if it finds this
# package. The lock leaves it out; a user's own environment may have it.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

# CUDA must count NVIDIA's cards as their driver lists them, and not the fastest first.
os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"


class Kind(NamedTuple):
    """What makes a backend, from a device's number and whether half precision is asked for.

    Its module is imported when it is tried, not before.
    """

    module: str
    name: str


KINDS = {
    "tensorrt": Kind("ezvtb.backends.tensorrt", "TensorRtBackend"),
    "tensorrt-rtx": Kind("ezvtb.backends.tensorrt", "rtx"),
    "cuda": Kind("ezvtb.backends.onnxruntime", "cuda"),
    "directml": Kind("ezvtb.backends.onnxruntime", "directml"),
    "openvino-gpu": Kind("ezvtb.backends.openvino", "gpu"),
    "openvino": Kind("ezvtb.backends.openvino", "cpu"),
    "onnxruntime": Kind("ezvtb.backends.onnxruntime", "cpu"),
    "null": Kind("ezvtb.backends.null", "NullBackend"),
}

PREFERENCE = ("tensorrt", "tensorrt-rtx", "cuda", "directml", "openvino-gpu", "openvino", "onnxruntime")
"""Of those that can use a device, the first that works is used. The null backend is never chosen by itself."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Choice(Generic[Made]):
    """The backend that serves, what was made with it, and why those before it don't: one sentence each."""

    backend: Backend
    made: Made
    refused: "list[str]"
    listing: Listing
    """The devices that `device_id` counts, and what is wrong with some."""
    half_refused: bool = False
    """Whether it serves at full precision because it failed at half: `refused` says how."""


def open_backend(kind: str, number: int, half: bool) -> Backend:
    """The backend of that kind on the device that it knows under `number` (`Device.numbers`).

    BackendError if it isn't installed or doesn't work here.
    """
    if kind not in KINDS:
        raise BackendError(f"There is no backend {kind!r}.", f"There are: {', '.join(KINDS)}.")
    module, name = KINDS[kind]
    try:
        made: Backend = getattr(importlib.import_module(module), name)(number, half)
        return made
    except (ImportError, OSError) as error:
        raise BackendError(f"{kind} can't be imported: {error}.", "Run the installer again.") from error


def first_that_works(
    device_id: int, half: bool, make: Callable[[Backend], Made], use_tensorrt: bool = False
) -> Choice[Made]:
    """The first backend with which `make` succeeds. BackendError with all reasons if there is none.

    What can use the device `device_id` is tried first, in the order of preference, then what can use the other devices.
    A backend that fails at half precision is tried at full precision before the next. `EZVTB_BACKEND` names the one
    to use instead. `EZVTB_AVOIDED` has lines such as "TensorRT on NVIDIA GeForce RTX 3060": what failed again and again
    in the engine processes before this one. It is tried when nothing else works.
    """
    listing = devices.find()
    named = os.environ.get("EZVTB_BACKEND")
    refused: list[str] = []
    kinds = (named,) if named else [kind for kind in PREFERENCE if use_tensorrt or kind not in FLAVOURS]
    avoided = [each for each in os.environ.get("EZVTB_AVOIDED", "").split("\n") if each]
    postponed: list[tuple[str, int]] = []
    for order in itertools.chain(candidates(listing.devices, device_id, kinds), postponed):  # which grows meanwhile
        kind, number = order
        for reduced in (True, False) if half else (False,):
            try:
                backend = open_backend(kind, number, reduced)
                if f"{backend.name} on {backend.device}" in avoided and order not in postponed:
                    refused.append(f"{backend.name} failed again and again on {backend.device}: it is tried last.")
                    postponed.append(order)
                    break
            except BackendError as error:
                refused.append(str(error))
                break
            try:
                made = make(backend)
                return Choice(backend, made, list(dict.fromkeys(refused)), listing, half and not reduced)
            except BackendError as error:
                refused.append(_said(error, backend))
                if backend.precision == "fp32":
                    break
    raise BackendError(
        f"No inference runtime works here: {' '.join(dict.fromkeys(listing.problems + refused))}",
        "Run the installer again.",
    )


def _said(error: BackendError, backend: Backend) -> str:
    """Why a backend doesn't serve, in words that a user understands."""
    lost = loss.explained(error, backend.device)
    if lost is None:
        return str(error)
    print(f"{backend.name}: {error}", file=sys.stderr)  # for the log
    return f"{backend.name}: {lost}"


def candidates(found: "list[Device]", device_id: int, kinds: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What to try of these kinds, in order: the kind, and the number under which it knows the device.

    Without a device that it could use, a kind is tried on the first: it can say why that doesn't work.
    """
    chosen = found[device_id : device_id + 1]
    others = [device for device in found if device not in chosen]
    order = [(kind, device.numbers[kind]) for device in chosen + others for kind in kinds if kind in device.numbers]
    yield from order or [(kind, 0) for kind in kinds]
