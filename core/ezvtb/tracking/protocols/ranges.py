"""Brings a packet's numbers into the ranges of a `Face`; one that isn't finite spoils the packet."""

import math
from collections.abc import Iterable

from ezvtb.errors import ParseError
from ezvtb.tracking.face import MOST_CENTIMETRES, MOST_DEGREES

GAZE_DEGREES = 26.25
"""An eye that is turned so far is the avatar's turned fully. In the sample packets of ifacialmocap.com and
facemotion3d.net 35 degrees go with an eyeLook shape of 1, and the reference turns the eyes fully at 3/4 of it."""


def check_finite(values: Iterable[float]) -> None:
    """ParseError if one is NaN or infinite, or if they are so large that they could as well be."""
    if not math.isfinite(sum(values)):
        raise ParseError("A number in the packet is not finite.")


def unit(values: "dict[str, float]") -> "dict[str, float]":
    """Each value brought into 0..1."""
    check_finite(values.values())
    return {name: 0.0 if value < 0.0 else 1.0 if value > 1.0 else value for name, value in values.items()}


def head(pitch: float, yaw: float, roll: float) -> "tuple[float, float, float]":
    """The angles in degrees, each brought into ±180 by whole turns."""
    check_finite((pitch, yaw, roll))
    turn = 2 * MOST_DEGREES
    return math.remainder(pitch, turn), math.remainder(yaw, turn), math.remainder(roll, turn)


def gaze(up: float, right: float) -> "tuple[float, float]":
    """The eyes' angles in degrees as a `Face` has them, -1..1."""
    check_finite((up, right))
    return _clamp(up / GAZE_DEGREES, 1.0), _clamp(right / GAZE_DEGREES, 1.0)


def position(right: float, up: float, towards: float) -> "tuple[float, float, float]":
    """The place in centimetres."""
    check_finite((right, up, towards))
    return _clamp(right, MOST_CENTIMETRES), _clamp(up, MOST_CENTIMETRES), _clamp(towards, MOST_CENTIMETRES)


def _clamp(value: float, most: float) -> float:
    return min(most, max(-most, value))
