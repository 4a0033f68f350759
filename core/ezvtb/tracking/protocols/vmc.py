"""VMC protocol: VSeeFace, Warudo, VMagicMirror, Virtual Motion Capture and many other programs on a PC.

Messages: protocol.vmc.info, over OSC. Of them we read /VMC/Ext/Bone/Pos (name, position, rotation), /VMC/Ext/Blend/Val
(name, value), /VMC/Ext/Blend/Apply (the values sent so far hold) and /VMC/Ext/OK (model loaded, calibration state and
mode, tracking status); others are ignored, and so are further arguments. A frame is often spread over several packets,
so what comes out is partial: `protocols.merge` makes faces of it.

Names come with all capitalisations: ARKit's ("perfect sync"), and the expressions of VRM 0 and VRM 1.

Signs: Unity's axes, in which a model looks along z, with x to its right and y up, left-handed. Rotations are local to
the bone above, so a head's is the neck's times its own; as in Unity the angles are taken in the order y, x, z. Pitch up
is -x, right yaw y, right roll -z; aziib/talking-head-anime-3-demo has the same.
"""

import math
from collections.abc import Mapping
from typing import Optional

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import CANONICAL
from ezvtb.tracking.face import NO_FACE, Face, Part, Quaternion
from ezvtb.tracking.protocols import osc, ranges

PORTS = (39539, 39540)
"""For those who show a face, and for those who help; programs send to either."""

_ADDRESSES = b"/VMC/"

_EXPRESSIONS = {
    name: expression
    for expression, names in {
        "a": ("a", "aa"), "i": ("i", "ih"), "u": ("u", "ou"), "e": ("e", "ee"), "o": ("o", "oh"),
        "blink": ("blink",), "blink left": ("blink_l", "blinkleft"), "blink right": ("blink_r", "blinkright"),
        "joy": ("joy", "happy"), "angry": ("angry",), "sorrow": ("sorrow", "sad"), "fun": ("fun", "relaxed"),
        "surprised": ("surprised",), "look up": ("lookup",), "look down": ("lookdown",),
        "look left": ("lookleft",), "look right": ("lookright",),
    }.items()
    for name in names
}  # fmt: skip
"""VRM 0's and VRM 1's names in lower case; our own have blanks, so that they can't be ARKit's."""

_NAMES = {name.encode(): shape for name, shape in {**_EXPRESSIONS, **CANONICAL}.items()}

_SAYS: "dict[str, dict[str, float]]" = {
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "blink left": {"eyeBlinkLeft": 1.0},
    "blink right": {"eyeBlinkRight": 1.0},
    "joy": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    "fun": {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5},
    "angry": {"browDownLeft": 1.0, "browDownRight": 1.0},
    "sorrow": {"browInnerUp": 1.0, "mouthFrownLeft": 1.0, "mouthFrownRight": 1.0},
    "surprised": {"eyeWideLeft": 1.0, "eyeWideRight": 1.0, "browInnerUp": 1.0},
}
"""The ARKit shapes that say the same as an expression (our choice), and how strongly; the strongest counts."""

_VOWELS = ("a", "i", "u", "e", "o")
_LOOKS = ("look up", "look down", "look left", "look right")
_SHAPES = frozenset(CANONICAL.values())
_LOOK_SHAPES = frozenset(name for name in _SHAPES if name.startswith("eyeLook"))

_BONES = {b"head": "head", b"neck": "neck", b"lefteye": "left eye", b"righteye": "right eye"}

_USUAL_VALUE = osc.padded(b"/VMC/Ext/Blend/Val") + osc.padded(b",sf")
_USUAL_BONE = osc.padded(b"/VMC/Ext/Bone/Pos") + osc.padded(b",sfffffff")
_PADDED_NAMES = {osc.padded(name): shape for name, shape in _NAMES.items()}
_PADDED_BONES = frozenset(map(osc.padded, _BONES))
"""What nearly all messages begin with, and their names as they stand in them: a frame has more than a hundred, most of
them bones that don't matter here."""


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, by how it begins."""
    return packet.startswith((osc.BUNDLE, _ADDRESSES))


def parse(packet: bytes) -> Face:
    """A partial face. ParseError for a packet that is damaged or has none of VMC's messages."""
    values: dict[str, float] = {}
    bones: dict[str, Quaternion] = {}
    found, applied, ours = None, False, False
    for message in osc.messages(packet):
        ours = ours or message.startswith(_ADDRESSES)
        if message.startswith(_USUAL_VALUE):
            shape = _PADDED_NAMES.get(message[len(_USUAL_VALUE) : -4].lower())
            if shape is not None:
                values[shape] = osc.last_float(message)
                continue
        elif message.startswith(_USUAL_BONE) and message[len(_USUAL_BONE) : -28].lower() not in _PADDED_BONES:
            continue
        address, start = osc.string(message, 0)
        if address == b"/VMC/Ext/Blend/Val":
            _read_value(message, start, values)
        elif address == b"/VMC/Ext/Bone/Pos":
            _read_bone(message, start, bones)
        elif address == b"/VMC/Ext/Blend/Apply":
            applied = True
        elif address == b"/VMC/Ext/OK":
            found = _read_status(message, start)
    if not ours:
        raise ParseError("The packet is OSC, but has no message of the VMC protocol.")
    return Face(partial=Part(ranges.unit(values), applied, bones, found))


def whole(values: "Mapping[str, float]", bones: "Mapping[str, Quaternion]", found: bool) -> Face:
    """The face that a frame's values and bones, by the names of a `Part`, show."""
    if not found:
        return NO_FACE
    shapes = {name: value for name, value in values.items() if name in _SHAPES}
    for expression, said in _SAYS.items():
        value = values.get(expression, 0.0)
        if value > 0.0:
            for shape, strength in said.items():
                shapes[shape] = max(shapes.get(shape, 0.0), value * strength)
    vowels = None
    if not values.keys().isdisjoint(_VOWELS):
        a, i, u, e, o = (values.get(vowel, 0.0) for vowel in _VOWELS)
        vowels = (a, i, u, e, o)
    return Face(shapes=shapes, head=_head(bones), gaze=_gaze(values, bones), vowels=vowels)


def _read_value(message: bytes, start: int, values: "dict[str, float]") -> None:
    types, name, start = _types_and_name(message, start)
    shape = _NAMES.get(name)
    if shape is not None:
        values[shape] = osc.numbers(message, start, types[2:3], 1)[0]


def _read_bone(message: bytes, start: int, bones: "dict[str, Quaternion]") -> None:
    types, name, start = _types_and_name(message, start)
    bone = _BONES.get(name)
    if bone is not None:
        rotation = osc.numbers(message, start, types[2:9], 7)[3:]
        ranges.check_finite(rotation)
        x, y, z, w = rotation
        if math.hypot(x, y, z, w) > 1e-6:  # a bone that was never set is all zeros
            bones[bone] = (x, y, z, w)


def _types_and_name(message: bytes, start: int) -> "tuple[bytes, bytes, int]":
    """A message's types, its first argument in lower case, and where the second begins."""
    types, start = osc.string(message, start)
    if not types.startswith(b",s"):
        raise ParseError("The first argument of a VMC message is not a name.")
    name, start = osc.string(message, start)
    return types, name.lower(), start


def _read_status(message: bytes, start: int) -> bool:
    types, start = osc.string(message, start)
    if not types.startswith(b",i"):
        raise ParseError("VMC's status is no number.")
    status = osc.numbers(message, start, types[1:5], 1)
    return bool(status[0]) and (len(status) < 4 or bool(status[3]))


def _head(bones: "Mapping[str, Quaternion]") -> "Optional[tuple[float, float, float]]":
    head, neck = bones.get("head"), bones.get("neck")
    if head is None or neck is None:
        turned = head or neck
        return None if turned is None else ranges.head(*_angles(turned))
    return ranges.head(*_angles(_product(neck, head)))


def _gaze(values: "Mapping[str, float]", bones: "Mapping[str, Quaternion]") -> "Optional[tuple[float, float]]":
    """From the eyes' bones and VRM's looks, of which senders leave one at rest; None where ARKit's shapes say it."""
    if not values.keys().isdisjoint(_LOOK_SHAPES):
        return None
    eyes = [_angles(bones[name]) for name in ("left eye", "right eye") if name in bones]
    if not eyes and values.keys().isdisjoint(_LOOKS):
        return None
    up, down, left, right = (ranges.GAZE_DEGREES * values.get(look, 0.0) for look in _LOOKS)
    for eye_up, eye_right, _ in eyes:
        up += eye_up / len(eyes)
        right += eye_right / len(eyes)
    return ranges.gaze(up - down, right - left)


def _product(p: Quaternion, q: Quaternion) -> Quaternion:
    """First q, then p."""
    px, py, pz, pw = p
    qx, qy, qz, qw = q
    return (
        pw * qx + px * qw + py * qz - pz * qy,
        pw * qy - px * qz + py * qw + pz * qx,
        pw * qz + px * qy - py * qx + pz * qw,
        pw * qw - px * qx - py * qy - pz * qz,
    )


def _angles(rotation: Quaternion) -> "tuple[float, float, float]":
    """Degrees: pitch up, right yaw, right roll."""
    length = math.hypot(*rotation)
    x, y, z, w = (component / length for component in rotation)
    around_x = math.asin(max(-1.0, min(1.0, 2.0 * (w * x - y * z))))
    around_y = math.atan2(2.0 * (w * y + x * z), 1.0 - 2.0 * (x * x + y * y))
    around_z = math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (x * x + z * z))
    return -math.degrees(around_x), math.degrees(around_y), -math.degrees(around_z)
