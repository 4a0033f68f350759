"""What a tracker saw of a face at one moment, whatever its protocol: what all parsers return and all mapping takes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Optional

MOST_DEGREES = 180.0
MOST_CENTIMETRES = 1000.0
"""Farther than any camera sees a face: a limit only so that no number runs away."""

NO_SHAPES: Mapping[str, float] = MappingProxyType({})

Quaternion = tuple[float, float, float, float]
"""x, y, z, w; of any length but zero."""


class Part(NamedTuple):
    """What one packet said, in a protocol that spreads a frame over several (VMC)."""

    values: Mapping[str, float] = NO_SHAPES
    """Blend shapes and expressions of the next frame, 0..1, by the parser's own names."""
    applied: bool = False
    """The next frame is complete: its values hold from now on."""
    bones: Mapping[str, Quaternion] = MappingProxyType({})
    """Rotations of bones, by lower-case names; they hold at once."""
    found: Optional[bool] = None
    """Whether the tracker sees a face; None: it doesn't say."""


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
    """-1..1, where 1 is as far as the avatar's eyes turn: up +, to the person's right +.

    None: it is in the eyeLook shapes, or nobody knows."""
    vowels: Optional[tuple[float, float, float, float, float]] = None
    """a i u e o, 0..1, where a tracker sends these instead of jaw and lips."""
    position: Optional[tuple[float, float, float]] = None
    """Of the head, cm, ±1000: to the person's right +, up +, towards the camera +."""
    pose: Optional[list[float]] = None
    """The 45 pose values themselves (raw poses): nothing is mapped or smoothed."""
    found: bool = True
    """False: the tracker says that it sees no face."""
    partial: Optional[Part] = None
    """Not None: all else is empty, and `protocols.merge` makes a whole face of this and of what came before."""


NO_FACE = Face(found=False)
