"""The avatar as a webcam for programs that take no OBS source, by pyvirtualcam."""

import sys
from importlib import import_module
from typing import Any

import numpy as np

from ezvtb.errors import OutputError, SetupError
from ezvtb.play.background import Colour, over
from ezvtb.play.stage import Shown

SIZE = (1280, 720)
"""What a webcam usually has: programs cut or refuse a square."""
GREEN = (0, 255, 0)
"""The background unless another is chosen: a camera has no alpha, and this can be keyed out."""
_REMEDIES = {
    "win32": "Install OBS Studio, whose virtual camera is used, and close whatever uses that camera now.",
    "darwin": "Install OBS Studio, start its virtual camera once, stop it, then try again.",
}
_REMEDY_ON_LINUX = "Load v4l2loopback: sudo modprobe v4l2loopback exclusive_caps=1 card_label=Avatar"


def library() -> Any:
    """pyvirtualcam, an extra that not everyone has installed. SetupError with the command if it is missing."""
    try:
        return import_module("pyvirtualcam")
    except ImportError as error:
        raise SetupError(
            "A virtual camera needs the package pyvirtualcam.",
            f"Install it: {sys.executable} -m pip install pyvirtualcam",
        ) from error


class Camera:
    """A `Writer` to the first virtual camera of this computer."""

    def __init__(self, pyvirtualcam: Any, fps: int, background: Colour = GREEN) -> None:
        """OutputError if there is none."""
        self._background = background
        try:
            self._camera = pyvirtualcam.Camera(*SIZE, fps)  # RGB
        except RuntimeError as error:
            why = str(error).replace("\n", "; ").strip(". ")
            remedy = _REMEDIES.get(sys.platform, _REMEDY_ON_LINUX)
            raise OutputError(f"There is no virtual camera: {why}.", remedy) from error
        self.name = str(self._camera.device)

    def write(self, shown: Shown) -> None:
        """Sends the frame."""
        self._camera.send(np.asarray(over(shown.pixels, SIZE, self._background).convert("RGB")))

    def finish(self, end: float) -> str:
        """Gives the camera back."""
        self._camera.close()
        return f"{self.name}: closed."
