"""On what the tests of a device run: every backend that a graphics card may have, skipped where there is none."""

from functools import cache
from typing import Any

import pytest

from ezvtb.backends import PREFERENCE, devices
from ezvtb.backends.base import Backend
from ezvtb.errors import BackendError
from ezvtb.trials.place import Place

ON_CPU = ("openvino", "onnxruntime")
ON_CARDS = [(kind, half) for kind in PREFERENCE if kind not in ON_CPU for half in (False, True)]


def with_cards(*cpu: "tuple[str, bool]") -> "list[Any]":
    """Parameters: (kind, half) of these on the CPU, and of all that cards may have, which are marked `gpu`."""
    cards = [pytest.param(each, id=named(each), marks=pytest.mark.gpu) for each in ON_CARDS]
    return [*(pytest.param(each, id=named(each)) for each in cpu), *cards]


def named(backend: "tuple[str, bool]") -> str:
    """How a test reads: "tensorrt half"."""
    kind, half = backend
    return f"{kind} {'half' if half else 'full'}"


def place_of(kind: str, half: bool, brief: bool = False) -> Place:
    """The first device that this kind can use; the test is skipped where there is none, or what it needs isn't
    installed."""
    found = [(number, device) for number, device in enumerate(_devices()) if kind in device.numbers]
    if not found:
        pytest.skip(f"no device here for {kind}")
    number, device = found[0]
    place = Place(kind, device.numbers[kind], number, half, brief)
    opened(place)
    return place


def opened(place: Place) -> Backend:
    """The backend; the test is skipped where it isn't installed."""
    if reason := _refusal(place):
        pytest.skip(reason)
    return place.backend()


@cache
def _devices() -> "list[devices.Device]":
    return devices.find().devices


@cache
def _refusal(place: Place) -> str:
    """Why the backend doesn't even open: its package isn't there. That it fails later is for the test to say."""
    try:
        place.backend()
    except BackendError as error:
        if "can't be imported" in str(error) or "is not part of" in str(error) or "no half precision" in str(error):
            return str(error)
        raise
    return ""
