"""What must hold of every face, wherever it comes from."""

import math

from ezvtb.tracking import pose
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.face import Face, Part

_SHAPES = frozenset(SHAPES)


def assert_in_range(face: Face) -> None:
    """Every number is finite and within its range, every shape one of ARKit's."""
    for name, value in face.shapes.items():
        assert name in _SHAPES and type(value) is float and 0 <= value <= 1, (name, value)
    for values, lowest, highest in (
        (face.head, -180, 180),
        (face.gaze, -1, 1),
        (face.vowels, 0, 1),
        (face.position, -1000, 1000),
    ):
        assert values is None or all(lowest <= value <= highest for value in values), values
    assert face.pose is None or all(low <= x <= 1 for low, x in zip(pose.LOWEST, face.pose, strict=True)), face.pose
    if face.partial is not None:
        _assert_part_in_range(face.partial)


def _assert_part_in_range(part: Part) -> None:
    assert all(type(value) is float and 0 <= value <= 1 for value in part.values.values()), part.values
    for rotation in part.bones.values():
        assert len(rotation) == 4 and all(map(math.isfinite, rotation)) and any(rotation), rotation
