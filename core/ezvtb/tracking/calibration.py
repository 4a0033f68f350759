"""What a tracker says while the person looks straight ahead: taken off everything it says later.

Angles are subtracted one by one, as the reference's "I'm looking forward" button does.
"""

import json
import math
from collections.abc import Mapping
from typing import NamedTuple, Optional

from ezvtb.errors import ParseError
from ezvtb.tracking import mapping
from ezvtb.tracking.face import MOST_CENTIMETRES, Face

_HALF_TURN = 180.0
_MOST_GAZE = 2.0
"""Eyes can't be farther off than from one end to the other."""


class Calibration(NamedTuple):
    """Straight ahead, as one tracker sees it."""

    head: "tuple[float, float, float]" = (0.0, 0.0, 0.0)
    """Degrees: pitch, yaw, roll."""
    gaze: "tuple[float, float]" = (0.0, 0.0)
    """Up and to the right, -1..1."""
    position: "Optional[tuple[float, float, float]]" = None
    """cm: right, up and towards the camera. For `figure`, which needs a rest even if there is none here."""


NONE = Calibration()


def straight_ahead(face: Face) -> Calibration:
    """The calibration after which this face looks straight ahead."""
    return Calibration(face.head or NONE.head, mapping.gaze(face) or NONE.gaze, face.position)


def apply(calibration: Calibration, face: Face) -> Face:
    """The face as it would be, were the tracker right in front of it. What wasn't sent stays absent."""
    if calibration == NONE or face.pose is not None:
        return face
    head, gaze = face.head, mapping.gaze(face)
    if head is not None:
        pitch, yaw, roll = (_turned(now - rest) for now, rest in zip(head, calibration.head))
        head = (pitch, yaw, roll)
    if gaze is not None:
        gaze = (gaze[0] - calibration.gaze[0], gaze[1] - calibration.gaze[1])
    return face._replace(head=head, gaze=gaze)


def to_text(calibrations: "Mapping[str, Calibration]") -> str:
    """One line that `from_text` reads: the calibrations by the names of their protocols. "" if there is none."""
    if not calibrations:
        return ""
    return json.dumps({name: [round(value, 4) for value in (*each.head, *each.gaze, *(each.position or ()))]
                       for name, each in calibrations.items()})  # fmt: skip


def from_text(text: str) -> "dict[str, Calibration]":
    """The calibrations by protocol; ParseError for what `to_text` can't have written."""
    if not text.strip():
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"The saved calibration can't be read: {error}.", _REMEDY) from error
    if not isinstance(read, dict):
        raise ParseError("The saved calibration can't be read: it names no protocols.", _REMEDY)
    return {name: _calibration(name, numbers) for name, numbers in read.items()}


_REMEDY = "Look straight ahead and calibrate again."
_BOUNDS = (*(_HALF_TURN,) * 3, *(_MOST_GAZE,) * 2, *(MOST_CENTIMETRES,) * 3)
_WITHOUT_POSITION = 5


def _calibration(name: str, numbers: object) -> Calibration:
    if not isinstance(numbers, list) or len(numbers) not in (_WITHOUT_POSITION, len(_BOUNDS)):
        raise ParseError(
            f"The saved calibration of {name} has neither {_WITHOUT_POSITION} nor {len(_BOUNDS)} numbers.", _REMEDY
        )
    for number, bound in zip(numbers, _BOUNDS):
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not abs(number) <= bound:
            raise ParseError(f"The saved calibration of {name} can't be true: {number!r}.", _REMEDY)
    pitch, yaw, roll, up, right, *position = map(float, numbers)
    place = (position[0], position[1], position[2]) if position else None
    return Calibration((pitch, yaw, roll), (up, right), place)


def _turned(degrees: float) -> float:
    """The same direction within -180..180."""
    return degrees if abs(degrees) <= _HALF_TURN else math.remainder(degrees, 2 * _HALF_TURN)
