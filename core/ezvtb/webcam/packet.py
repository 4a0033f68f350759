"""The packets that the avatar is sent: VTube Studio's, because they carry ARKit's shapes and say when no face is seen.

Fields and signs are those that `ezvtb.tracking.protocols.vtubestudio` reads.
"""

import json
from typing import Optional

from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.webcam.tracked import Tracked


def face(tracked: Optional[Tracked]) -> Face:
    """What was seen, as all trackers say it."""
    if tracked is None:
        return NO_FACE
    right, up, towards = tracked.head.position
    return Face(tracked.shapes, tracked.head.angles, position=(-float(right), float(up), float(towards)))


def encode(seen: Face, seconds: float) -> bytes:
    """The packet for a face, or for none, seen at that moment of any clock."""
    found = seen.found and seen.head is not None and seen.position is not None
    pitch, yaw, roll = seen.head or (0.0, 0.0, 0.0)
    right, up, towards = seen.position or (0.0, 0.0, 0.0)
    message = {
        "Timestamp": round(seconds * 1000),
        "Hotkey": -1,
        "FaceFound": found,
        "Rotation": _vector(-yaw, -pitch, roll),
        "Position": _vector(right, up, -towards),
        "BlendShapes": [{"k": name, "v": round(value, 4)} for name, value in seen.shapes.items()],
    }
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def _vector(x: float, y: float, z: float) -> "dict[str, float]":
    return {"x": round(x, 3), "y": round(y, 3), "z": round(z, 3)}
