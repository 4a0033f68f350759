"""The pictures' way through the real networks, compared with MediaPipe's own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.webcam.model import Networks
from ezvtb.webcam.region import Image

pytest.importorskip("cv2", reason="the extra `webcam` is not installed")

from ezvtb.webcam.camera import open_camera
from ezvtb.webcam.landmarker import Landmarker

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("mediapipe_grace_hopper.json").read_text("utf-8"))
NOISE = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def image(portrait: Path) -> Image:
    image = open_camera(portrait).read()
    assert image is not None
    return image


@pytest.fixture
def landmarker(networks: Networks) -> Landmarker:
    return Landmarker(networks)


def test_landmarks_shapes_and_head_are_those_of_mediapipe(landmarker: Landmarker, image: Image) -> None:
    tracked = landmarker.track(image)
    assert tracked is not None
    landmarks, matrix = np.array(REFERENCE["landmarks"]), np.array(REFERENCE["matrix"])
    assert np.abs(tracked.landmarks - landmarks)[:, :2].max() < 0.1
    assert np.abs(tracked.landmarks - landmarks)[:, 2].max() < 1.5
    assert tracked.shapes == pytest.approx(REFERENCE["shapes"], abs=0.01)
    assert tracked.head.rotation == pytest.approx(matrix[:3, :3], abs=0.005)
    assert tracked.head.position == pytest.approx(matrix[:3, 3], abs=0.1)


def test_a_face_that_is_followed_stays_where_it_is(landmarker: Landmarker, image: Image) -> None:
    first, *_, last = (landmarker.track(image) for _ in range(5))
    assert first is not None
    assert last is not None
    assert np.abs(first.landmarks - last.landmarks)[:, :2].mean() < 1


def test_a_face_that_leaps_across_the_image_is_found_in_the_same_picture(landmarker: Landmarker, image: Image) -> None:
    wide = np.zeros((600, 1500, 3), np.uint8)
    left, right = wide.copy(), wide.copy()
    left[:, :512], right[:, -512:] = image, image
    for each, expected in ((left, 0), (right, 1500 - 512)):
        tracked = landmarker.track(each)
        assert tracked is not None
        first = np.array(REFERENCE["landmarks"])[:, 0].mean() + expected
        assert tracked.landmarks[:, 0].mean() == pytest.approx(first, abs=3)


@pytest.mark.parametrize("empty", [np.zeros((480, 640, 3), np.uint8), np.full((100, 30, 3), 255, np.uint8), NOISE])
def test_where_no_face_is_none_is_found_and_then_again_one(landmarker: Landmarker, image: Image, empty: Image) -> None:
    assert landmarker.track(empty) is None
    assert landmarker.track(image) is not None
    assert landmarker.track(empty) is None


def test_a_mirrored_face_tilts_the_other_way(landmarker: Landmarker, image: Image) -> None:
    tracked = landmarker.track(image)
    mirrored = Landmarker.track(landmarker, np.ascontiguousarray(image[:, ::-1]))
    assert tracked is not None
    assert mirrored is not None
    assert mirrored.head.angles[2] == pytest.approx(-tracked.head.angles[2], abs=1)
    assert abs(tracked.head.angles[2]) > 2


UPPER_LEFT, LOWER_LEFT = (384, 385, 386, 387, 388), (381, 380, 374, 373, 390)
UPPER_RIGHT, LOWER_RIGHT = (161, 160, 159, 158, 157), (163, 144, 145, 153, 154)
"""The lids of MediaPipe's face mesh, of the person's own left and right eye."""


@pytest.mark.parametrize(
    ("upper", "lower", "closed", "open_"),
    [(UPPER_LEFT, LOWER_LEFT, "Left", "Right"), (UPPER_RIGHT, LOWER_RIGHT, "Right", "Left")],
)
def test_an_eye_whose_lids_meet_blinks_on_the_persons_own_side(
    landmarker: Landmarker, upper: tuple[int, ...], lower: tuple[int, ...], closed: str, open_: str
) -> None:
    landmarks = np.array(REFERENCE["landmarks"], np.float32)
    landmarks[list(upper)] = landmarks[list(lower)]
    shapes = landmarker.shapes(landmarks)
    assert shapes[f"eyeBlink{closed}"] > 0.5
    assert shapes[f"eyeBlink{open_}"] < 0.3
