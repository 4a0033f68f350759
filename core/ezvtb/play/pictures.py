"""Frames as PNG files, with alpha: one, or a folder of them."""

import io
from pathlib import Path
from typing import Optional

from PIL import Image

from ezvtb.errors import OutputError
from ezvtb.play.stage import Pixels, Shown


def image_of(pixels: Pixels) -> Image.Image:
    """A frame as Pillow has it: RGBA, straight alpha."""
    height, width = pixels.shape[:2]
    return Image.frombuffer("RGBA", (width, height), pixels, "raw", "BGRA", 0, 1)


class Still:
    """A `Writer` of one PNG: what is shown `seconds` after the first frame, or when it is finished."""

    def __init__(self, path: Path, seconds: Optional[float]) -> None:
        self._path = path
        self._seconds = seconds
        self._start: Optional[float] = None
        self._last: Optional[Pixels] = None

    def write(self, shown: Shown) -> None:
        """Notes the frame."""
        if self._start is None:
            self._start = shown.moment
        if self._seconds is None or shown.moment - self._start <= self._seconds:
            self._last = shown.pixels

    def finish(self, end: float) -> str:
        """Writes the file. OutputError if that can't be."""
        assert self._last is not None
        try:
            image_of(self._last).save(self._path)
        except OSError as error:
            raise unwritable(self._path, error) from error
        height, width = self._last.shape[:2]
        return f"{self._path}: {width}x{height}."


class Numbered:
    """A `Film` of files `frame_000000.png` onwards in a folder."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder. OutputError if that can't be, or if there are such files in it."""
        self._folder = folder
        self._number = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = next(folder.glob("frame_*.png"), None)
        except OSError as error:
            raise unwritable(folder, error) from error
        if taken is not None:
            raise OutputError(f"{folder} holds {taken.name} already.", "Name a new folder.")

    def add(self, pixels: Pixels, count: int) -> None:
        """Writes the picture so many times."""
        buffer = io.BytesIO()
        image_of(pixels).save(buffer, "PNG")
        for number in range(self._number, self._number + count):
            path = self._folder / f"frame_{number:06}.png"
            try:
                path.write_bytes(buffer.getbuffer())
            except OSError as error:
                raise unwritable(path, error) from error
        self._number += count

    def close(self) -> str:
        """The folder."""
        return str(self._folder)


def unwritable(path: Path, error: OSError) -> OutputError:
    """What to say when the system refuses."""
    return OutputError(
        f"{path} can't be written: {error.strerror or error}.", "Is there room, and may you write there?"
    )
