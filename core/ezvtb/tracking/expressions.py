"""Expressions: sets of pose values that a hotkey blends in over what the tracker says."""

import math
from collections.abc import Sequence

from ezvtb.errors import ParseError
from ezvtb.tracking import pose

Expression = tuple[tuple[int, float], ...]
"""Indices of pose values, and these; the others stay the tracker's."""


def _both(**values: float) -> "dict[str, float]":
    """Values of both sides."""
    return {f"{name}_{side}": value for name, value in values.items() for side in ("left", "right")}


EXPRESSIONS: "dict[str, dict[str, float]]" = {
    "Smile": _both(eye_happy_wink=1, eyebrow_happy=1, mouth_raised_corner=1, eye_wink=0),
    "Laugh": {**_both(eye_happy_wink=1, eyebrow_happy=1, mouth_raised_corner=1, eye_wink=0), "mouth_aaa": 0.8},
    "Angry": _both(eyebrow_angry=1, eye_unimpressed=0.5, mouth_lowered_corner=0.7, eyebrow_raised=0),
    "Sad": _both(eyebrow_troubled=1, eye_relaxed=0.35, mouth_lowered_corner=1, mouth_raised_corner=0),
    "Surprised": {**_both(eyebrow_raised=1, eye_surprised=1, eye_wink=0, iris_small=0.4), "mouth_ooo": 0.7},
    "Smug": {**_both(eye_unimpressed=0.7, eye_raised_lower_eyelid=0.5), "mouth_smirk": 1, "eyebrow_raised_left": 0.7},
    "Sleepy": _both(eye_relaxed=0.55, eyebrow_lowered=0.5),
    "Wink": {"eye_wink_left": 1, "eye_wink_right": 0, **_both(mouth_raised_corner=1, eyebrow_happy=0.6)},
}
"""By the names that users choose. Chosen by looking at Vesper and at THA3's sample pictures."""

_HELP = "Write for example: mouth_smirk=1, eye_wink_left=0.8"


def parse(text: str) -> Expression:
    """The expression of that name, or the one spelt out: "mouth_smirk=1, eye_wink_left=0.8".

    Empty: none. ParseError for an unknown name and for what is no number; numbers are brought into their ranges.
    """
    if not text.strip():
        return ()
    named = next((values for name, values in EXPRESSIONS.items() if name.lower() == text.strip().lower()), None)
    spelt = named if named is not None else dict(map(_value, filter(str.strip, text.split(","))))
    unknown = [name for name in spelt if name not in pose.INDEX]
    if unknown:
        raise ParseError(f"There is no expression and no pose parameter {unknown[0]!r}.", _HELP)
    indices = [(pose.INDEX[name], value) for name, value in spelt.items()]
    return tuple((index, min(1.0, max(pose.LOWEST[index], value))) for index, value in indices)


def put_on(expressions: Sequence[Expression], values: "list[float]") -> None:
    """Puts the expressions over a pose, the later ones over the earlier."""
    for expression in expressions:
        for index, value in expression:
            values[index] = value


def _value(item: str) -> "tuple[str, float]":
    name, _, number = item.partition("=")
    try:
        value = float(number or "1")
    except ValueError:
        raise ParseError(f"{number.strip()!r} is no number.", _HELP) from None
    if math.isnan(value):
        raise ParseError(f"{number.strip()!r} is no number.", _HELP)
    return name.strip(), value
