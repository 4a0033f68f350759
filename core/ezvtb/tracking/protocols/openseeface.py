"""OpenSeeFace: a webcam tracker of its own, and the one in VSeeFace and others.

Packet: `facetracker.py` of emilianavt/OpenSeeFace; for each face one block after the other, little-endian:

    d time, i id, 2f camera, 2f eyes open (right, left), B success, f error, 4f quaternion, 3f Euler angles,
    3f translation, 68f confidences, 68 * 2f points, 70 * 3f points in space, 14f features

Signs: the tracker solves for the head's place with image points given as (row, column), so a head that looks straight
ahead has the Euler angles (±180, 0, 90). We put a model of its own through its own computation, turned to each side in
turn, and found pitch up = 180 - x, right yaw = -y, right roll = z - 90, and the translation as (right = y, up = x,
towards the camera = z). EasyVtuber (yuyuyzl/EasyVtuber) uses the same.

Features are in units of the range the tracker has seen of this person, 0 being the usual face. They become the ARKit
shapes that say the same: eyes open -> eyeBlink, eye wider than usual -> eyeWide; brow up -> browOuterUp and, both
together, browInnerUp; brow down -> browDown; mouth corner up or down -> mouthSmile or mouthFrown; mouth open ->
jawOpen; mouth narrow or wide -> mouthPucker or mouthStretch. Steepness and quirk of the brows and the corners' in
and out have no counterpart.
"""

import math
import struct
from typing import Optional

from ezvtb.errors import ParseError
from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.tracking.protocols import ranges

DEFAULT_PORT = 11573
SIZE = 1785
"""Bytes of one face."""
MOST_FACES = 40

_SUCCESS_AT = 28
"""Where the byte is that is 1 for a face whose pose is known and 0 for another."""

_ID = struct.Struct("<i")
_ID_AT = 8
_HEAD = struct.Struct("<2fB5f3f3f")
_HEAD_AT = 20
_PUPIL_CONFIDENCES = struct.Struct("<2f")
_PUPIL_CONFIDENCES_AT = 73 + 66 * 4
_EYES = struct.Struct("<12f")
_EYES_AT = 73 + 68 * 4 + 68 * 8 + 66 * 12
"""The last four points in space: pupils right and left, centres of the eyes right and left."""
_FEATURES = struct.Struct("<14f")
_FEATURES_AT = SIZE - _FEATURES.size

_OPEN_EYE, _SURE_PUPIL = 0.30, 0.20
"""Below these the tracker itself draws no pupil."""

_CENTIMETRES = 15.0
"""Of one unit of its space: its model's face is 0.91 wide at the ears, a grown person's about 14 cm."""


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, by its size and a byte that no text has."""
    return len(packet) > 0 and len(packet) % SIZE == 0 and packet[_SUCCESS_AT] <= 1


def parse(packet: bytes) -> Face:
    """The face with the lowest id, the one that was tracked first. ParseError for another size or a bad number."""
    faces, rest = divmod(len(packet), SIZE)
    if rest or not 1 <= faces <= MOST_FACES:
        raise ParseError(f"OpenSeeFace sends {SIZE} bytes a face, for 1 to {MOST_FACES} of them, not {len(packet)}.")
    ids = [_ID.unpack_from(packet, start + _ID_AT)[0] for start in range(0, len(packet), SIZE)]
    return _face(packet, ids.index(min(ids)) * SIZE)


def _face(packet: bytes, start: int) -> Face:
    numbers = _HEAD.unpack_from(packet, start + _HEAD_AT)
    right_open, left_open, success = numbers[:3]
    if not success:
        return NO_FACE
    x, y, z, down, across, depth = numbers[8:]
    return Face(
        shapes=_shapes(_FEATURES.unpack_from(packet, start + _FEATURES_AT), left_open, right_open),
        head=ranges.head(180.0 - x, -y, z - 90.0),
        gaze=_gaze(packet, start, (right_open, left_open)),
        position=ranges.position(across * _CENTIMETRES, down * _CENTIMETRES, depth * _CENTIMETRES),
    )


def _shapes(features: "tuple[float, ...]", left_open: float, right_open: float) -> "dict[str, float]":
    """Of the module's docstring; in the order of `facetracker.py`."""
    eye_left, eye_right, _, brow_left, _, _, brow_right, _, corner_left, _, corner_right, _, opened, wide = features
    return ranges.unit(
        {
            "eyeBlinkLeft": 1.0 - left_open,
            "eyeBlinkRight": 1.0 - right_open,
            "eyeWideLeft": eye_left,
            "eyeWideRight": eye_right,
            "browInnerUp": (brow_left + brow_right) / 2,
            "browOuterUpLeft": brow_left,
            "browOuterUpRight": brow_right,
            "browDownLeft": -brow_left,
            "browDownRight": -brow_right,
            "mouthSmileLeft": corner_left,
            "mouthSmileRight": corner_right,
            "mouthFrownLeft": -corner_left,
            "mouthFrownRight": -corner_right,
            "jawOpen": opened,
            "mouthPucker": -wide,
            "mouthStretchLeft": wide,
            "mouthStretchRight": wide,
        }
    )


def _gaze(packet: bytes, start: int, eyes_open: "tuple[float, float]") -> "Optional[tuple[float, float]]":
    """From the eyes' centres through their pupils, in the head's own space; None while no pupil can be seen."""
    sure = _PUPIL_CONFIDENCES.unpack_from(packet, start + _PUPIL_CONFIDENCES_AT)
    eyes = _EYES.unpack_from(packet, start + _EYES_AT)
    ranges.check_finite(eyes)
    seen = [eye for eye in (0, 1) if eyes_open[eye] >= _OPEN_EYE and sure[eye] >= _SURE_PUPIL]
    if not seen:
        return None
    # x to the person's right, y down, z backwards
    right, down, back = (sum(eyes[3 * eye + i] - eyes[6 + 3 * eye + i] for eye in seen) for i in range(3))
    if back >= 0.0:  # no pupil is within or behind its eye
        return None
    return ranges.gaze(math.degrees(math.atan2(-down, -back)), math.degrees(math.atan2(right, -back)))
