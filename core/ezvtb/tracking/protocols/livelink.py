"""Live Link Face on an iPhone, which Unreal Engine's users have.

Packet: `pylivelinkface.py` of JimWest/PyLiveLinkFace; big-endian:

    B version (6), i length of the id, id, i length of the name, name, i frame, f part of a frame, 2i frames a second,
    and, where a face is seen, B number of values (61), 61f

There the id and its length are 4 + 37 bytes that begin with a "$", which is its length, 36. The values are the 52
shapes in Unreal's order, then yaw, pitch and roll of the head and of both eyes. The shapes say as well where the eyes
look.

Units and signs of the head are nowhere documented. Radians, pitch up = pitch, right yaw = -yaw and right roll = roll
is what JimWest/MeFaMo sends to Unreal in the app's stead.
"""

import math
import struct

from ezvtb.errors import ParseError
from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.tracking.protocols import ranges

DEFAULT_PORT = 11111

_VERSION = b"\x06\x00\x00\x00"
"""How a packet begins: the version, then an id of less than 256 bytes."""

_NAMES = (
    *(f"{shape}{side}" for side in ("Left", "Right")
      for shape in ("eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide")),
    "jawForward", "jawLeft", "jawRight", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    *(f"mouth{shape}{side}" for shape in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")),
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    *(f"mouth{shape}{side}" for shape in ("Press", "LowerDown", "UpperUp") for side in ("Left", "Right")),
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    *(f"{shape}{side}" for shape in ("cheekSquint", "noseSneer") for side in ("Left", "Right")),
    "tongueOut",
)  # fmt: skip

_DEVICE_AT = 5
_LENGTH = struct.Struct(">I")
_FRAME_SIZE = 16
_VALUES = struct.Struct(">B61f")


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, by its version, its id, and that it is as long as the lengths in it say."""
    try:
        values_at = _values_start(packet)
    except ParseError:
        return False
    device = packet[_DEVICE_AT : _DEVICE_AT + packet[_DEVICE_AT - 1]]
    readable = device.isascii() and device.decode().isprintable()
    return len(device) > 0 and readable and len(packet) - values_at in (0, _VALUES.size)


def parse(packet: bytes) -> Face:
    """The face in a packet; one that wasn't found if its values are missing. ParseError for all else."""
    values_at = _values_start(packet)
    if len(packet) == values_at:
        return NO_FACE
    if len(packet) != values_at + _VALUES.size:
        raise ParseError(f"There are {len(packet) - values_at} bytes of values, not {_VALUES.size}.")
    count, *values = _VALUES.unpack_from(packet, values_at)
    if count != len(values):
        raise ParseError(f"The packet says it has {count} values, not {len(values)}.")
    ranges.check_finite(values)
    yaw, pitch, roll = map(math.degrees, values[52:55])
    return Face(shapes=ranges.unit(dict(zip(_NAMES, values))), head=ranges.head(pitch, -yaw, roll))


def _values_start(packet: bytes) -> int:
    """Where the values begin, which is where a packet without a face ends. ParseError if it is no such packet."""
    if not packet.startswith(_VERSION):
        raise ParseError("The packet doesn't begin with Live Link Face's version 6.")
    name_at = _skip_text(packet, 1)
    values_at = _skip_text(packet, name_at) + _FRAME_SIZE
    if values_at > len(packet):
        raise ParseError("The packet ends before its frame number.")
    return values_at


def _skip_text(packet: bytes, start: int) -> int:
    """The place behind a text and its length."""
    if start + _LENGTH.size > len(packet):
        raise ParseError("The packet ends before a text.")
    return start + _LENGTH.size + int(_LENGTH.unpack_from(packet, start)[0])
