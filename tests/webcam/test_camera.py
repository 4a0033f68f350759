from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.errors import TrackingError
from ezvtb.webcam.region import Image

pytest.importorskip("cv2", reason="the extra `webcam` is not installed")

from ezvtb.webcam import camera
from ezvtb.webcam.camera import Source
from ezvtb.webcam.opencv import cv2

IMAGE = np.zeros((4, 6, 3), np.uint8)
ABSENT = TrackingError("There is no camera 0.", "Plug it in.")
GONE = TrackingError("Camera 0 gives no more pictures.", "Was it unplugged?")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "RETRY_SECONDS", 0)
    monkeypatch.setattr(camera, "_LOST_SECONDS", 0)


class Acting:
    """A camera that gives so many pictures and then fails, or ends."""

    lost = 0

    def __init__(self, images: int, failure: "TrackingError | None") -> None:
        self.images, self.failure, self.closed = images, failure, False

    def read(self) -> "Image | None":
        if self.images:
            self.images -= 1
            return IMAGE
        if self.failure:
            raise self.failure
        return None

    def close(self) -> None:
        self.closed = True


def opening(*acts: "Acting | TrackingError") -> Callable[[Source], Acting]:
    waiting = list(acts)

    def open_camera(_: Source) -> Acting:
        act = waiting.pop(0)
        if isinstance(act, TrackingError):
            raise act
        return act

    return open_camera


def test_a_camera_that_is_absent_or_goes_is_said_once_and_tried_again() -> None:
    acts = [ABSENT, ABSENT, Acting(2, GONE), ABSENT, Acting(1, GONE), Acting(1, None)]
    said: list[str] = []
    assert len(list(camera.pictures(0, said.append, opening(*acts)))) == 4
    assert [sentence.split(".")[0] for sentence in said] == [
        "There is no camera 0",
        "Camera 0 gives no more pictures",
        "There is no camera 0",
        "Camera 0 gives no more pictures",
    ]
    assert all("tried again" in sentence for sentence in said)
    assert all(act.closed for act in acts if isinstance(act, Acting))


def test_a_file_that_cannot_be_read_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for name, sentence in (("nothing", "There is no file"), ("text.png", "neither a picture nor a video")):
        with pytest.raises(TrackingError, match=sentence):
            next(camera.pictures(tmp_path / name, pytest.fail))


def test_a_picture_comes_again_and_again(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((8, 10), 7, np.uint8))
    images = camera.pictures(tmp_path / "grey.png", pytest.fail)
    for _ in range(3):
        image, lost = next(images)
        assert image.shape == (8, 10, 3)
        assert lost == 0


def test_a_video_ends(tmp_path: Path) -> None:
    path = str(tmp_path / "video.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 100, (64, 48))
    for shade in range(5):
        writer.write(np.full((48, 64, 3), 40 * shade, np.uint8))
    writer.release()
    images = [image for image, _ in camera.pictures(Path(path), pytest.fail)]
    assert [round(float(image.mean()) / 40) for image in images] == list(range(5))


class Capture:
    """OpenCV's camera, by a script: one word a picture."""

    def __init__(self, opened: bool = True, script: str = "") -> None:
        self.opened, self.script, self.released = opened, list(script), False

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        return self.opened

    def grab(self) -> bool:
        return self.opened

    def set(self, *_: Any) -> bool:
        return True

    def read(self) -> "tuple[bool, Image | None]":
        return (True, IMAGE) if self.script and self.script.pop(0) == "+" else (False, None)

    def release(self) -> None:
        self.released = True


def webcam(monkeypatch: pytest.MonkeyPatch, capture: Capture) -> camera.Webcam:
    monkeypatch.setattr(cv2, "VideoCapture", lambda _: capture)
    monkeypatch.setattr(camera.Path, "exists", lambda _: True)
    return camera.Webcam(0)


def test_single_lost_pictures_are_counted_and_bridged(monkeypatch: pytest.MonkeyPatch) -> None:
    webcam_ = webcam(monkeypatch, Capture(script="+-+--+"))
    assert [webcam_.read() is not None for _ in range(3)] == [True] * 3
    assert webcam_.lost == 3


def test_a_camera_that_gives_nothing_any_more_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrackingError, match="unplugged"):
        webcam(monkeypatch, Capture()).read()


def test_a_camera_that_another_program_has_gets_a_sentence_and_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = Capture(opened=False)
    with pytest.raises(TrackingError, match="another program"):
        webcam(monkeypatch, capture)
    assert capture.released


def test_a_camera_number_that_the_system_does_not_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera.sys, "platform", "linux")
    with pytest.raises(TrackingError, match="There is no camera 998"):
        camera.Webcam(998)
