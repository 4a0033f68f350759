import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ezvtb.webcam import detector
from ezvtb.webcam.detector import ANCHORS, SIDE
from ezvtb.webcam.region import MARGIN, Region, around

NOTHING = -50.0


def seen(*faces: tuple[float, float, float, float]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What the network says of upright faces at (x, y), of a size (all 0..1 of its square), with a logit."""
    boxes, logits = np.zeros((896, 16), np.float32), np.full(896, NOTHING, np.float32)
    for x, y, size, logit in faces:
        anchor = int(np.argmin(((ANCHORS - (x, y)) ** 2).sum(axis=1) + (logits > NOTHING) * 10))
        points = [(x, y), (size, size), (x - size / 4, y), (x + size / 4, y), *[(x, y)] * 4]
        from_anchor = np.array(points) - ANCHORS[anchor]
        from_anchor[1] = size
        boxes[anchor], logits[anchor] = from_anchor.ravel() * SIDE, logit
    return boxes, logits


def test_there_are_as_many_anchors_as_the_network_has_outputs_all_inside() -> None:
    assert ANCHORS.shape == (896, 2)
    assert ANCHORS.min() > 0
    assert ANCHORS.max() < 1


@pytest.mark.parametrize("logit", [NOTHING, -1e9, -0.01])
def test_what_is_not_surely_a_face_is_none(logit: float) -> None:
    assert detector.find(*seen((0.5, 0.5, 0.3, logit)), 640, 480) is None


@pytest.mark.parametrize(
    ("width", "height", "x", "y"),
    [(512, 512, 256, 128), (640, 480, 320, 80), (480, 640, 240, 160)],
)
def test_margins_around_the_image_are_taken_off(width: int, height: int, x: float, y: float) -> None:
    longer = max(width, height)
    region = detector.find(*seen((0.5, 0.25, 0.2, 3.0)), width, height)
    assert region == pytest.approx(Region(x, y, MARGIN * 0.2 * longer, 0), abs=1e-3)


def test_of_two_faces_the_near_one_is_taken() -> None:
    region = detector.find(*seen((0.2, 0.5, 0.1, 5.0), (0.8, 0.5, 0.3, 4.0)), 512, 512)
    assert region is not None
    assert region.x == pytest.approx(0.8 * 512)


def test_boxes_of_the_same_face_are_averaged_by_how_sure_they_are() -> None:
    region = detector.find(*seen((0.50, 0.5, 0.3, 50.0), (0.52, 0.5, 0.3, 50.0)), 100, 100)
    assert region is not None
    assert region.x == pytest.approx(51)


@pytest.mark.parametrize("degrees", [0, 30, -45, 90])
def test_a_region_is_turned_with_the_eyes(degrees: float) -> None:
    turn = math.radians(degrees)
    corners = np.array([[-50.0, -50], [50, 50]]) + 100
    eyes = np.array([[-1, -1], [1, 1]]) * np.array([math.cos(turn), math.sin(turn)])
    region = around(corners, eyes)
    assert region == pytest.approx(Region(100, 100, 150, turn))
    right = region.matrix(10) @ (10, 5, 1) - region.matrix(10) @ (5, 5, 1)
    assert right == pytest.approx(75 * np.array([math.cos(turn), math.sin(turn)]))
    assert region.matrix(10) @ (5, 5, 1) == pytest.approx(np.array([100, 100]))
