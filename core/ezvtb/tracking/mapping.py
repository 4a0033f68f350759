"""From a face to the 45 pose values.

Rules and constants are those of the reference converter for this character model, in which numbers without another
source stand: `tha3/mocap/ifacialmocap_poser_converter_25.py` of pkhungurn/talking-head-anime-3-demo. Where its answer
leaps though the face moves smoothly (a mouth that begins to open), ours is eased over a small range.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Optional

from ezvtb.tracking import pose, vowels
from ezvtb.tracking.face import Face


class EyebrowMode(Enum):
    """What lowered eyebrows say."""

    ANGRY = "angry"
    TROUBLED = "troubled"
    LOWERED = "lowered"
    SERIOUS = "serious"


@dataclass(frozen=True)
class Group:
    """How strongly a part of the face is followed."""

    gain: float = 1.0
    """0: not at all; 1: as the tracker says."""
    dead_zone: float = 0.0
    """0..0.9: what is smaller counts as rest; what is larger is stretched, so that nothing leaps and 1 stays 1."""


@dataclass(frozen=True)
class HeadLimits:
    """Degrees at which the character's head is turned as far as it can."""

    pitch: float = 15.0
    yaw: float = 10.0
    roll: float = 15.0


@dataclass(frozen=True)
class MappingOptions:
    """How a face becomes a pose: the user's choice."""

    eyes: Group = Group(dead_zone=0.1)
    """Eyelids. Phones say 0.05 to 0.1 of a blink about open eyes."""
    eyebrows: Group = Group(dead_zone=0.05)
    mouth: Group = Group(dead_zone=0.02)
    gaze: Group = Group(dead_zone=0.02)
    head: Group = Group()
    mirror: bool = False
    """Whether the person's left is the character's right, as in a mirror."""
    eyebrow_mode: EyebrowMode = EyebrowMode.ANGRY
    link_eyes: bool = False
    """Whether both eyes do what the more active one does: for trackers that can't tell a wink."""
    head_limits: HeadLimits = HeadLimits()
    body: float = 1.0
    """How far the body goes with the head, 0..1."""
    iris_small: float = 0.0
    """0..1: how much smaller the irises are than drawn."""


DEFAULT = MappingOptions()

_SMILE = (0.4, 0.6)
_BLINK, _WIDE, _BROW_DOWN, _FROWN = 0.8, 0.5, 0.4, 0.6
"""So much of a shape makes the whole of the parameter."""
_CHEEK_SQUINT = (0.1, 0.7)
_LOOK = 4 / 3
_LOOKS = frozenset(f"eyeLook{way}{side}" for way in ("Up", "Down", "In", "Out") for side in ("Left", "Right"))
_JAW_OPEN = (0.1, 0.4)
_FUNNEL = (0.25, 0.5)

_PARTED = 0.2
"""The reference leaps from closed lips to any vowel; here it has its full size once the mouth is open by so much."""
_LIP = 0.7
"""Unless the lips are rounded, the lower one goes at least so far down with the jaw: the reference hardly opens the
mouth of a person whose jaw drops between still lips."""
_SAME_BLINK = (0.15, 0.3)
"""Eyes that differ by less are blinking, by more are winking: trackers see one eye better than the other."""

_AT = pose.INDEX
_RAISED, _HAPPY = _AT["eyebrow_raised_left"], _AT["eyebrow_happy_left"]
_WINK, _HAPPY_WINK = _AT["eye_wink_left"], _AT["eye_happy_wink_left"]
_SURPRISED, _LOWER_LID = _AT["eye_surprised_left"], _AT["eye_raised_lower_eyelid_left"]
_IRIS_SMALL, _IRIS_X, _IRIS_Y = _AT["iris_small_left"], _AT["iris_rotation_x"], _AT["iris_rotation_y"]
_AAA, _III, _UUU, _OOO = (_AT[f"mouth_{vowel}"] for vowel in ("aaa", "iii", "uuu", "ooo"))
_CORNER_DOWN, _CORNER_UP = _AT["mouth_lowered_corner_left"], _AT["mouth_raised_corner_left"]
_HEAD_X, _HEAD_Y, _NECK_Z, _BODY_Y, _BODY_Z = range(_AT["head_x"], _AT["breathing"])
_DOWN = {mode: _AT[f"eyebrow_{mode.value}_left"] for mode in EyebrowMode}

_PAIRS = tuple(index for index, name in enumerate(pose.NAMES) if name.endswith("_left"))
_SIDEWAYS = (_IRIS_Y, _HEAD_Y, _NECK_Z, _BODY_Y, _BODY_Z)


def to_pose(face: Face, options: MappingOptions = DEFAULT) -> "list[float]":
    """The pose of a face; what the tracker didn't send rests. A raw pose comes back as it is."""
    if face.pose is not None:
        return list(face.pose)
    values = pose.neutral()
    smile = _smile(face.shapes, options.mouth)
    _map_eyebrows(face.shapes, smile, options, values)
    _map_eyes(face.shapes, smile, options, values)
    _map_mouth(face, smile, options.mouth, values)
    _map_gaze(face, options.gaze, values)
    _map_head(face, options, values)
    return _mirrored(values) if options.mirror else values


def gaze(face: Face) -> "Optional[tuple[float, float]]":
    """Where the eyes look, about -1..1: up +, to the person's right +. None if the tracker doesn't say."""
    if face.gaze is not None:
        return face.gaze
    get = face.shapes.get
    if _LOOKS.isdisjoint(face.shapes):
        return None
    up = get("eyeLookUpLeft", 0.0) + get("eyeLookUpRight", 0.0)
    down = get("eyeLookDownLeft", 0.0) + get("eyeLookDownRight", 0.0)
    right = get("eyeLookInLeft", 0.0) + get("eyeLookOutRight", 0.0)
    left = get("eyeLookOutLeft", 0.0) + get("eyeLookInRight", 0.0)
    return (up - down) / 2 * _LOOK, (right - left) / 2 * _LOOK


class _Smile(NamedTuple):
    size: float
    degree: float
    """0: no smile; 1: closed eyes are happy ones."""


def _smile(shapes: "Mapping[str, float]", group: Group) -> _Smile:
    both = _felt(shapes.get("mouthSmileLeft", 0.0), group) + _felt(shapes.get("mouthSmileRight", 0.0), group)
    size = both / 2 + _felt(shapes.get("mouthShrugUpper", 0.0), group)
    return _Smile(min(1.0, size), _ramp(size, _SMILE))


def _map_eyebrows(shapes: "Mapping[str, float]", smile: _Smile, options: MappingOptions, values: "list[float]") -> None:
    group, down = options.eyebrows, _DOWN[options.eyebrow_mode]
    inner = _felt(shapes.get("browInnerUp", 0.0), group)
    for side, name in enumerate(("Left", "Right")):
        values[_RAISED + side] = min(1.0, inner + _felt(shapes.get(f"browOuterUp{name}", 0.0), group))
        lowered = min(1.0, _felt(shapes.get(f"browDown{name}", 0.0), group) / _BROW_DOWN)
        values[down + side] = (1 - smile.degree) * lowered
        values[_HAPPY + side] = smile.size * smile.degree


def _map_eyes(shapes: "Mapping[str, float]", smile: _Smile, options: MappingOptions, values: "list[float]") -> None:
    for side, (blink, wide, squint) in enumerate(_eyelids(shapes, options.link_eyes)):
        closed = min(1.0, _felt(blink, options.eyes) / _BLINK)
        values[_WINK + side] = (1 - smile.degree) * closed
        values[_HAPPY_WINK + side] = smile.degree * closed
        values[_SURPRISED + side] = min(1.0, _felt(wide, options.eyes) / _WIDE)
        values[_LOWER_LID + side] = _ramp(squint * options.eyes.gain, _CHEEK_SQUINT)
        values[_IRIS_SMALL + side] = options.iris_small


_Eyelids = tuple[float, float, float]
"""Of one eye: closed, wide, squeezed by the cheek."""


def _eyelids(shapes: "Mapping[str, float]", link: bool) -> "tuple[_Eyelids, _Eyelids]":
    """Left and right. Eyes that blink together close together: as far as the one that is more closed."""
    get = shapes.get
    left = (get("eyeBlinkLeft", 0.0), get("eyeWideLeft", 0.0), get("cheekSquintLeft", 0.0))
    right = (get("eyeBlinkRight", 0.0), get("eyeWideRight", 0.0), get("cheekSquintRight", 0.0))
    if link:
        both = (max(left[0], right[0]), max(left[1], right[1]), max(left[2], right[2]))
        return both, both
    closed = max(left[0], right[0])
    apart = _ramp(abs(left[0] - right[0]), _SAME_BLINK)
    return (
        (closed + (left[0] - closed) * apart, left[1], left[2]),
        (closed + (right[0] - closed) * apart, right[1], right[2]),
    )


def _map_mouth(face: Face, smile: _Smile, group: Group, values: "list[float]") -> None:
    opened = 0.0
    if "jawOpen" in face.shapes:
        opened = _map_jaw(face.shapes, group, values)
    if face.vowels is not None:  # some senders name all of ARKit's shapes, too, and leave them at 0
        for index, vowel in zip((_AAA, _III, _UUU, _AAA + 3, _OOO), face.vowels):
            values[index] = max(values[index], min(1.0, _felt(vowel, group)))
            opened = max(opened, values[index])
    frown = _felt(face.shapes.get("mouthFrownLeft", 0.0), group) + _felt(face.shapes.get("mouthFrownRight", 0.0), group)
    closed = 1 - _ramp(opened, (0.0, _PARTED))
    for side in range(2):
        values[_CORNER_UP + side] = smile.size
        values[_CORNER_DOWN + side] = closed * min(1.0, frown / _FROWN)


def _map_jaw(shapes: "Mapping[str, float]", group: Group, values: "list[float]") -> float:
    """Vowels from jaw and lips; how far the mouth is open, 0..1."""
    get = shapes.get
    opened = _ramp(_felt(get("jawOpen", 0.0), group), _JAW_OPEN)
    if not opened:
        return opened
    funnel = min(1.0, _felt(get("mouthFunnel", 0.0), group))
    pucker = min(1.0, _felt(get("mouthPucker", 0.0), group))
    lower = opened  # where the tracker doesn't see the lip, it goes with the jaw
    if "mouthLowerDownLeft" in shapes or "mouthLowerDownRight" in shapes:
        lower = _felt(get("mouthLowerDownLeft", 0.0), group) + _felt(get("mouthLowerDownRight", 0.0), group)
        lower = max(lower, _LIP * opened * max(0.0, 1 - funnel - pucker))
    a, i, u, o = vowels.decompose(opened, min(1.0, lower), funnel, pucker)
    parted = _ramp(opened, (0.0, _PARTED))
    round_lips, as_o = min(1.0, u + o), _ramp(funnel, _FUNNEL)
    values[_AAA], values[_III] = parted * a, parted * i
    values[_UUU], values[_OOO] = parted * round_lips * (1 - as_o), parted * round_lips * as_o
    return opened


def _map_gaze(face: Face, group: Group, values: "list[float]") -> None:
    looked = gaze(face)
    if looked is not None:
        values[_IRIS_X] = _signed(_felt(looked[0], group))
        values[_IRIS_Y] = _signed(_felt(looked[1], group))


def _map_head(face: Face, options: MappingOptions, values: "list[float]") -> None:
    if face.head is None:
        return
    limits = options.head_limits
    pitch, yaw, roll = (
        _signed(_felt(degrees / limit, options.head))
        for degrees, limit in zip(face.head, (limits.pitch, limits.yaw, limits.roll))
    )
    values[_HEAD_X], values[_HEAD_Y], values[_NECK_Z] = pitch, yaw, roll
    values[_BODY_Y], values[_BODY_Z] = yaw * options.body, roll * options.body


def _mirrored(values: "list[float]") -> "list[float]":
    for left in _PAIRS:
        values[left], values[left + 1] = values[left + 1], values[left]
    for index in _SIDEWAYS:
        values[index] = -values[index]
    return values


def _felt(value: float, group: Group) -> float:
    """The value after dead zone and gain; its sign stays."""
    beyond = abs(value) - group.dead_zone
    if beyond <= 0:
        return 0.0
    felt = beyond / (1 - group.dead_zone) * group.gain
    return felt if value > 0 else -felt


def _ramp(value: float, between: "tuple[float, float]") -> float:
    """0 up to the first bound, 1 from the second on, and straight in between."""
    lowest, highest = between
    return min(1.0, max(0.0, (value - lowest) / (highest - lowest)))


def _signed(value: float) -> float:
    return min(1.0, max(-1.0, value))
