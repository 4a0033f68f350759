"""Pictures from a webcam, or from a file in its place."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, NamedTuple, Optional, Protocol, Union

from ezvtb.errors import TrackingError
from ezvtb.webcam.opencv import cv2
from ezvtb.webcam.region import Image

Source = Union[int, Path]
"""A camera's number, or a file."""

RETRY_SECONDS = 2.0
"""After which a camera that can't be opened, or has gone, is tried again."""
MOST_LOST = 10
"""So many pictures may be missing in a row before the camera counts as gone."""
_LOST_SECONDS = 0.1
_STILL_SECONDS = 1 / 30
_MOST_CAMERAS = 10


class Camera(Protocol):
    """Where pictures come from."""

    lost: int
    """Pictures that were due and didn't come."""

    def read(self) -> Optional[Image]:
        """The next picture, when it is there; None after the last. TrackingError if no more come."""

    def close(self) -> None:
        """Gives the camera back to other programs."""


class Webcam:
    """A camera of this computer."""

    def __init__(self, number: int) -> None:
        """Opens it, at the size and speed that it has by itself. TrackingError if that can't be."""
        self.lost = 0
        self._number = number
        if sys.platform == "linux" and not Path(f"/dev/video{number}").exists():
            raise TrackingError(
                f"There is no camera {number}.", "Plug it in, or choose another one: --list shows them."
            )
        self._capture = cv2.VideoCapture(number)
        if not self._capture.isOpened() or not self._capture.grab():
            self._capture.release()
            raise TrackingError(
                f"Camera {number} can't be opened: it isn't there, or another program has it.",
                "Close that program (in OBS, the video capture device), or choose another camera: --list shows them.",
            )
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not one that has waited

    def read(self) -> Optional[Image]:
        """The next picture."""
        for _ in range(MOST_LOST):
            came, image = self._capture.read()
            if came and image is not None:
                return _image(image)
            self.lost += 1
            time.sleep(_LOST_SECONDS)
        raise TrackingError(f"Camera {self._number} gives no more pictures.", "Was it unplugged? Plug it in again.")

    def close(self) -> None:
        """Gives it back."""
        self._capture.release()


class _Pace:
    """A picture's moment comes every so many seconds; who is late isn't hurried."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._due = seconds, time.perf_counter()

    def wait(self) -> None:
        now = time.perf_counter()
        time.sleep(max(0.0, self._due - now))
        self._due = max(self._due, now) + self._seconds


class Still:
    """A picture as a camera that sees nothing move."""

    def __init__(self, image: Image) -> None:
        self.lost = 0
        self._image = image
        self._pace = _Pace(_STILL_SECONDS)

    def read(self) -> Optional[Image]:
        """The same again, 30 times a second."""
        self._pace.wait()
        return self._image

    def close(self) -> None:
        """Nothing is held."""


class Video:
    """A video at its own speed, as a camera."""

    def __init__(self, path: Path) -> None:
        """TrackingError if it is none."""
        self.lost = 0
        self._capture = cv2.VideoCapture(str(path))
        came, image = self._capture.read()
        self._first: Optional[Image] = image if came else None
        if self._first is None:
            self._capture.release()
            raise TrackingError(f"{path} is neither a picture nor a video that can be read.", "Choose another file.")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._pace = _Pace(1 / rate if rate > 0 else _STILL_SECONDS)

    def read(self) -> Optional[Image]:
        """The next picture; None at the end."""
        image, self._first = self._first, None
        if image is None:
            came, image = self._capture.read()
            if not came:
                return None
        self._pace.wait()
        return _image(image)

    def close(self) -> None:
        """Closes the file."""
        self._capture.release()


def open_camera(source: Source) -> Camera:
    """The camera with this number, or the file in its place. TrackingError if it can't be had."""
    if isinstance(source, int):
        return Webcam(source)
    if not source.is_file():
        raise TrackingError(f"There is no file {source}.", "Give a camera's number, a picture or a video.")
    image = cv2.imread(str(source), cv2.IMREAD_COLOR)
    return Video(source) if image is None else Still(_image(image))


def pictures(
    source: Source, say: "Callable[[str], None]", opening: "Callable[[Source], Camera]" = open_camera
) -> "Iterator[tuple[Image, int]]":
    """Pictures and how many were lost till then. A camera that fails is said so once, and tried again for ever.

    TrackingError at once for a file that can't be read: it won't come by waiting.
    """
    said = ""
    while True:
        camera = None
        try:
            camera = opening(source)
            while (image := camera.read()) is not None:
                said = ""
                yield image, camera.lost
            return
        except TrackingError as error:
            if isinstance(source, Path):
                raise
            if said != error.message:
                said = error.message
                say(f"{error} It is tried again every {RETRY_SECONDS:.0f} seconds.")
        finally:
            if camera is not None:
                camera.close()
        time.sleep(RETRY_SECONDS)


class Found(NamedTuple):
    """A camera of this computer."""

    number: int
    name: str


def cameras() -> "list[Found]":
    """Those that there are: on Linux by the system's list, elsewhere those that can be opened now."""
    if sys.platform == "linux":
        names = sorted(Path("/sys/class/video4linux").glob("video*/name"), key=lambda path: int(path.parent.name[5:]))
        return [Found(int(path.parent.name[5:]), path.read_text("utf-8", "replace").strip()) for path in names]
    found = []
    for number in range(_MOST_CAMERAS):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
            found.append(Found(number, f"{width:.0f}x{height:.0f}"))
        capture.release()
    return found


def _image(image: Image) -> Image:
    """Three bytes a pixel, however the camera has it."""
    colours: Image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
    return colours
