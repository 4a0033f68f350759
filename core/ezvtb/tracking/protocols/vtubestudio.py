"""VTube Studio on a phone, for programs on a PC; MeowFace on Android sends the same.

Packet and request: DenchiSoft/VTubeStudioBlendshapeUDPReceiverTest; JSON, about 60 times a second:

    {"Timestamp": …, "Hotkey": -1, "FaceFound": true, "Rotation": {"x", "y", "z"}, "Position": {…},
     "EyeLeft": {…}, "EyeRight": {…}, "BlendShapes": [{"k": "EyeBlinkLeft", "v": 0..1}, …]}

Signs: its example turns a cube by (-y, -x, z), so x is the yaw and y the pitch; and the reference's fork
aziib/talking-head-anime-3-demo takes iFacialMocap's (x, y, z) for (y, x, z) here: pitch up = -y, right yaw = -x, right
roll = z, in degrees. The place, which the example mirrors like the yaw: (x, y, -z).
"""

import json
from typing import Any

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import CANONICAL
from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.tracking.protocols import ranges
from ezvtb.tracking.protocols.protocol import Request

PORT = 21412
"""The phone's, and one of ours; the request says to which of them the phone shall send."""

_FACE_FOUND = b'"FaceFound"'

_RESEND_SECONDS = 1.0
_SENDS_FOR_SECONDS = 5
"""The example's: one request a second, each good for five."""

_MOST_BRACKETS = 400
"""A packet has about 60; without a limit a hostile one could nest so deeply that Python's stack ends."""


def requests(port: int) -> "tuple[Request, ...]":
    """What has the phone send to our port; some versions name the time otherwise, so both names are in it."""
    message = {
        "messageType": "iOSTrackingDataRequest",
        "time": _SENDS_FOR_SECONDS,
        "sendForSeconds": _SENDS_FOR_SECONDS,
        "sentBy": "EZVTB Avatar",
        "ports": [port],
    }
    return (Request(PORT, json.dumps(message).encode(), _RESEND_SECONDS, always=True),)


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, or MeowFace's, by a name in its JSON."""
    return packet.startswith(b"{") and _FACE_FOUND in packet


def parse(packet: bytes) -> Face:
    """The face in a packet; one that wasn't found if the phone says so. ParseError for all else."""
    try:
        if packet.count(b"[") + packet.count(b"{") > _MOST_BRACKETS:
            raise ValueError("too many brackets")
        message = _DECODER.decode(packet.decode())
        return _face(message)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ParseError(f"This is no JSON of VTube Studio's: {str(error)[:80]}.") from error


def with_cheeks(shapes: "dict[str, float]") -> "dict[str, float]":
    """Adds cheekSquint, which Android phones don't send: as strong as eyeSquint (as aziib's fork does)."""
    for side in ("Left", "Right"):
        if f"eyeSquint{side}" in shapes:
            shapes.setdefault(f"cheekSquint{side}", shapes[f"eyeSquint{side}"])
    return shapes


def _face(message: Any) -> Face:
    found = message["FaceFound"]
    if not isinstance(found, bool):
        raise TypeError("FaceFound is neither true nor false")
    if not found:
        return NO_FACE
    shapes = {}
    for each in message["BlendShapes"]:
        shape = CANONICAL.get(each["k"].lower())
        if shape is not None:
            shapes[shape] = _number(each["v"])
    turn_x, turn_y, turn_z = (_number(message["Rotation"][axis]) for axis in "xyz")
    x, y, z = (_number(message["Position"][axis]) for axis in "xyz")
    return Face(
        shapes=ranges.unit(with_cheeks(shapes)),
        head=ranges.head(-turn_y, -turn_x, turn_z),
        position=ranges.position(x, y, -z),
    )


def _number(value: object) -> float:
    if type(value) is not float:
        raise TypeError(f"{value!r:.40} is no number")
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(parse_int=float, parse_constant=_refuse)
"""Whole numbers as floats: a number of thousands of digits would take Python long as an integer."""
