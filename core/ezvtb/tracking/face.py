"""What a tracker saw of a face at one moment, whatever its protocol: what all parsers return and all mapping takes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Optional

NO_SHAPES: Mapping[str, float] = MappingProxyType({})

MOST_DEGREES = 180.0
MOST_CENTIMETRES = 1000.0
"""Ten metres: farther than any camera sees a face; a limit only so that no number runs away."""


class Face(NamedTuple):
    """What a tracker saw at one moment. Left and right are the person's own; every number is finite and in range.

    Signs are those of the pose parameters, so that positive here is positive there: THA3 looks up with a positive
    head_x, turns to the character's own right with a positive head_y and tilts to it with a positive neck_z.
    """

    shapes: Mapping[str, float] = NO_SHAPES
    """ARKit blend shapes by their names ("eyeBlinkLeft", "jawOpen", …), 0..1; an absent one wasn't sent."""
    head: Optional[tuple[float, float, float]] = None
    """Degrees, ±180: pitch (up +), yaw (nose to the person's right +), roll (towards the person's right shoulder +)."""
    gaze: Optional[tuple[float, float]] = None
    """-1..1: up +, to the person's right +. None: it is in the eyeLook shapes."""
    vowels: Optional[tuple[float, float, float, float, float]] = None
    """a i u e o, 0..1, where a tracker sends these instead of jaw and lips."""
    position: Optional[tuple[float, float, float]] = None
    """Of the head, cm, ±1000: to the person's right +, up +, towards the camera +."""
    pose: Optional[list[float]] = None
    """The 45 pose values themselves (raw poses): nothing is mapped or smoothed."""
    found: bool = True
    """False: the tracker says that it sees no face."""
    partial: bool = False
    """What is absent here is as in the Face before: VMC spreads a frame over several packets."""


NO_FACE = Face(found=False)
