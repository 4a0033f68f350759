"""A figure to try a user's graphs with, and how like another a picture is."""

import numpy as np

from .archive import Array


def figure() -> Array:
    """A head and shoulders where THA3 wants them: (512, 512, 4) uint8 BGRA. A sample picture may not be there."""
    rows, columns = np.mgrid[:512, :512]
    picture = np.zeros((512, 512, 4), np.uint8)

    def ellipse(y: int, x: int, height: int, width: int, colour: tuple[int, int, int]) -> None:
        inside = ((rows - y) / height) ** 2 + ((columns - x) / width) ** 2 <= 1
        picture[inside] = (*colour, 255)

    ellipse(400, 256, 190, 90, (150, 90, 60))  # body
    ellipse(120, 256, 80, 72, (60, 70, 110))  # hair
    ellipse(138, 256, 58, 52, (200, 215, 245))  # face
    for x in (234, 278):
        ellipse(112, x, 2, 11, (60, 70, 110))
        ellipse(134, x, 9, 7, (140, 70, 50))
    ellipse(172, 256, 2, 8, (90, 90, 200))
    return picture


def psnr(frame: Array, other: Array) -> float:
    """dB between two BGRA pictures, over premultiplied colour and alpha."""
    first, second = (premultiplied(each) for each in (frame, other))
    error = float(np.mean((first - second) ** 2))
    return 10 * float(np.log10(255**2 / error)) if error else float("inf")


def premultiplied(picture: Array) -> Array:
    """Colour times alpha, and alpha: 0..255, float64."""
    levels = picture.astype(np.float64)
    return np.concatenate([levels[..., :3] * levels[..., 3:] / 255, levels[..., 3:]], axis=-1)
