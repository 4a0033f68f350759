"""Raw poses over UDP: 45 float32, little-endian, in THA3's order.

This format is the project's own (no tracker had one): 180 bytes, or 196 with a position (x, y, z, 1) behind it,
as in EasyVtuber's shared memory; the position is ignored.
"""

import struct

from ezvtb.errors import ParseError
from ezvtb.tracking import pose
from ezvtb.tracking.face import Face

DEFAULT_PORT = 39570
"""Beside VMC's 39539 and 39540, and not taken by any tracker we know."""

_POSE = struct.Struct(f"<{pose.SIZE}f")
SIZES = (_POSE.size, _POSE.size + 16)
"""Bytes: 180, or 196 with the position."""


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, by its size."""
    return len(packet) in SIZES


def parse(packet: bytes) -> Face:
    """A face that is the packet's pose, clamped to its ranges. ParseError for another size, NaN or infinity."""
    if len(packet) not in SIZES:
        raise ParseError(f"A raw pose has {SIZES[0]} or {SIZES[1]} bytes, not {len(packet)}.")
    return Face(pose=pose.clamp(_POSE.unpack_from(packet)))


def encode(values: "list[float]") -> bytes:
    """The packet of 180 bytes that `parse` reads."""
    return _POSE.pack(*values)
