import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ezvtb.errors import OutputError, SetupError
from ezvtb.play import camera
from ezvtb.play.stage import Pixels, Shown


class Device:
    """pyvirtualcam.Camera, as far as it is used."""

    def __init__(self, width: int, height: int, fps: float) -> None:
        self.given = (width, height, fps)
        self.device = "/dev/video9"
        self.frames: list[Any] = []
        self.closed = False

    def send(self, frame: Any) -> None:
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True


def test_a_frame_is_sent_as_rgb_over_green(figure: Pixels) -> None:
    devices: list[Device] = []

    def open_device(*given: Any) -> Device:
        devices.append(Device(*given))
        return devices[0]

    webcam = camera.Camera(SimpleNamespace(Camera=open_device), 30)
    webcam.write(Shown(0.0, figure))
    assert webcam.finish(1.0) == "/dev/video9: closed."
    device = devices[0]
    assert device.given == (1280, 720, 30)
    assert device.closed
    (frame,) = device.frames
    assert frame.shape == (720, 1280, 3)
    assert frame.dtype == np.uint8
    assert tuple(frame[0, 0]) == (0, 255, 0)
    assert tuple(frame[360, 640]) == (240, 120, 40)


def test_no_virtual_camera_is_said_in_one_line_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("'v4l2loopback' backend: No v4l2 loopback device found.\n'other' backend: none.")

    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(OutputError, match=r"no virtual camera: 'v4l2loopback' backend: No v4l2.*modprobe") as raised:
        camera.Camera(SimpleNamespace(Camera=refuse), 30)
    assert "\n" not in str(raised.value)


def test_the_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(SetupError, match="-m pip install pyvirtualcam"):
        camera.library()
