"""Rounds poses, so that fewer different ones come and the frame cache knows more of them.

Levels and steps follow EasyVtuber's "simplify" (yuyuyzl/EasyVtuber): off rounds by a thousandth, which nobody sees;
gaming leaves so few poses that after some minutes nearly all are known. Where it merges what it names only roughly we
chose: of wink and happy wink, which close the same lid, the larger stays; "u" and "o", whose mouths are alike, become
"o"; at last all vowels become an open mouth.
"""

from collections.abc import Sequence
from enum import IntEnum

from ezvtb.tracking import pose


class Level(IntEnum):
    """How strongly poses are rounded."""

    OFF = 0
    FINE = 1
    LIGHT = 2
    MEDIUM = 3
    STRONG = 4
    STRONGER = 6
    GAMING = 8


_FEWEST_STEPS = 5
_SHRINK = 0.8
"""Each level above STRONG takes so much of the steps of the one before."""

_GROUPS = {
    "wink": pose.indices("eye_wink", "eye_happy_wink"),
    "surprised": pose.indices("eye_surprised"),
    "lower_lid": pose.indices("eye_raised_lower_eyelid"),
    "iris": pose.indices("iris_rotation"),
    "corners": pose.indices("mouth_lowered_corner", "mouth_raised_corner"),
    "head": pose.indices("head", "body_y"),
    "neck": pose.indices("neck", "body_z"),
    "breathing": pose.indices("breathing"),
}

_STEPS: "dict[Level, dict[str, int]]" = {
    Level.OFF: {"": 1000},
    Level.FINE: {"": 200, "wink": 50, "surprised": 30, "iris": 25, "lower_lid": 10, "corners": 5, "breathing": 20},
    Level.LIGHT: {"head": 100, "surprised": 10, "corners": 2, "breathing": 10},
    Level.MEDIUM: {"iris": 20, "wink": 32, "breathing": 8},
    Level.STRONG: {"head": 50, "neck": 100, "iris": 10, "wink": 24, "surprised": 8, "breathing": 6},
}
"""Steps from 0 to 1, by group ("": all others); each level keeps those of the levels below that it doesn't name."""


def simplify(values: Sequence[float], level: Level) -> "list[float]":
    """The pose rounded to the level's steps; values stay in their ranges."""
    merged = _merge(list(values), level)
    return [round(value * steps) / steps for value, steps in zip(merged, STEPS[level])]


def _merge(values: "list[float]", level: Level) -> "list[float]":
    """Says the same with fewer parameters: see the module's docstring."""
    if level >= Level.STRONG:
        for left, right in _EYE_PAIRS:
            values[left] = values[right] = (values[left] + values[right]) / 2
    if level >= Level.LIGHT:
        for wink, happy in zip(_WINK, _HAPPY_WINK):
            weaker = happy if values[wink] >= values[happy] else wink
            values[weaker] = 0.0
        values[_O] = max(values[_O], values[_U])
        values[_U] = 0.0
    if level >= Level.STRONG:
        values[_VOWELS[0]] = max(values[index] for index in _VOWELS)
        for index in _VOWELS[1:]:
            values[index] = 0.0
    return values


def _steps(level: Level) -> "tuple[int, ...]":
    """Steps from 0 to 1 of each of the 45 parameters at a level."""
    by_group: dict[str, int] = {}
    for each in Level:
        if each <= level:
            by_group.update(_STEPS.get(each, {}))
    steps = [by_group[""]] * pose.SIZE
    for group, indices in _GROUPS.items():
        for index in indices:
            steps[index] = by_group.get(group, by_group[""])
    shrink = _SHRINK ** max(0, level - Level.STRONG)
    if shrink == 1:
        return tuple(steps)
    return tuple(max(min(_FEWEST_STEPS, each), round(each * shrink)) for each in steps)


_WINK, _HAPPY_WINK = pose.indices("eye_wink"), pose.indices("eye_happy_wink")
_EYE_PAIRS = tuple((left, left + 1) for left in range(pose.INDEX["eye_wink_left"], pose.INDEX["mouth_aaa"], 2))
_VOWELS = tuple(pose.INDEX[f"mouth_{vowel}"] for vowel in ("aaa", "iii", "uuu", "eee", "ooo"))
_U, _O = pose.INDEX["mouth_uuu"], pose.INDEX["mouth_ooo"]
STEPS = {level: _steps(level) for level in Level}
"""Steps from 0 to 1, by level, of each of the 45 parameters."""
