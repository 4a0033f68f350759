"""What shows through the avatar where there is no alpha: in a window and in a virtual camera."""

import argparse
from functools import lru_cache
from typing import Optional

import numpy as np
from PIL import Image, ImageColor

from ezvtb.play.pictures import image_of
from ezvtb.play.stage import Pixels

Colour = tuple[int, int, int]
CHECKERBOARD = None
"""The grey squares by which paint programs show that there is nothing."""
_SQUARE = 16
_LIGHT, _DARK = 255, 204


def colour(text: str) -> Colour:
    """(red, green, blue), 0..255, of a CSS name or `#RRGGBB`, for argparse."""
    try:
        found = ImageColor.getrgb(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no colour, such as green or #00FF00") from None
    return found[0], found[1], found[2]


def over(pixels: Pixels, size: "tuple[int, int]", background: Optional[Colour]) -> Image.Image:
    """The frame, as large as fits into (width, height), in the middle of a background of that size: RGBA, opaque."""
    image = image_of(pixels)
    width, height = fitting(image.size, size)
    if (width, height) != image.size:
        # premultiplied: what isn't seen would darken the edge
        image = image.convert("RGBa").resize((width, height), Image.Resampling.BILINEAR).convert("RGBA")
    whole = _painted(size, background).copy()
    whole.alpha_composite(image, ((size[0] - width) // 2, (size[1] - height) // 2))
    return whole


def fitting(size: "tuple[int, int]", room: "tuple[int, int]") -> "tuple[int, int]":
    """The largest (width, height) of the same proportions that fits, at least 1x1."""
    scale = min(room[0] / size[0], room[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@lru_cache(maxsize=4)
def _painted(size: "tuple[int, int]", background: Optional[Colour]) -> Image.Image:
    if background is not CHECKERBOARD:
        return Image.new("RGBA", size, background)
    columns, rows = (np.arange(length) // _SQUARE for length in size)
    squares = np.where((rows[:, None] + columns) % 2, _DARK, _LIGHT).astype(np.uint8)
    return Image.fromarray(squares).convert("RGBA")
