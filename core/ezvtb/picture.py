"""Any picture a user may pick becomes the 512x512 BGRA array that the poser takes, or a sentence that says why not."""

import os
import warnings
from pathlib import Path
from typing import Any, NamedTuple, Union

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ezvtb.errors import PictureError

SIZE = 512
SMALLEST_SIDE = 64
"""Pixels. Below it nothing of a face is left."""
MOST_PIXELS = 40_000_000
"""A larger picture is no avatar but a mistake, and would take a gigabyte to read."""

_PLAIN_SHARE = 0.9
"""The background counts as plain if so much of the picture's border has one colour."""
_SAME_COLOUR = 24
"""Largest difference of a channel (0..255) at which a pixel is background altogether."""
_OTHER_COLOUR = 72
"""Difference from which on a pixel is figure altogether; between the two it is a mixture of both."""

Pixels = NDArray[np.uint8]


class Picture(NamedTuple):
    """A picture that can serve."""

    pixels: Pixels
    """(512, 512, 4) uint8 BGRA, straight alpha, colour 0 where alpha is 0."""
    note: str
    """What was done to it, in a sentence; empty if nothing was."""


def load(path: "Union[str, os.PathLike[str]]") -> Picture:
    """The avatar in an image file. PictureError says what is wrong with it and what to do."""
    name = Path(path).name
    if not str(path).strip():
        raise PictureError("No picture is chosen.", "Choose a PNG of your character.")
    if Path(path).exists() and not Path(path).is_file():  # opening a pipe or a device would wait for ever
        raise PictureError(f"{name} is no picture but a folder or a device.", "Choose a PNG of your character.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked below, with our own limit
            with Image.open(path) as image:
                width, height = image.size
                _check_size(name, width, height)
                rgba = _to_rgba(image)
    except FileNotFoundError:
        raise PictureError(f"The picture {path} doesn't exist.", "Choose it anew.") from None
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except UnidentifiedImageError:
        raise PictureError(f"{name} is no picture that can be read.", "Save it as PNG and choose that.") from None
    except PictureError:
        raise
    except Exception as error:  # each format's decoder has errors of its own; all mean the same here
        raise PictureError(f"{name} can't be read: {error}.", "Save it anew as PNG and choose that.") from error
    return _to_avatar(name, rgba)


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(name)
    if min(width, height) < SMALLEST_SIDE:
        raise PictureError(f"{name} is too small: {width}x{height}.", f"Use a picture of {SIZE}x{SIZE} pixels.")


def _too_large(name: str) -> PictureError:
    return PictureError(
        f"{name} is far too large: it has more than {MOST_PIXELS // 10**6} million pixels.",
        f"Scale it down, best to {SIZE}x{SIZE}.",
    )


def _to_rgba(image: Image.Image) -> Pixels:
    """Any mode as RGBA, turned as the camera's note says. 16-bit grey is scaled, not clipped as Pillow would."""
    upright: Image.Image = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        values = np.asarray(upright, np.float32)
        top = 255 if float(values.max()) <= 255 else 65535
        grey = np.clip(values / top * 255, 0, 255).astype(np.uint8)
        upright = Image.fromarray(grey)
    return np.asarray(upright.convert("RGBA"))


def _to_avatar(name: str, rgba: Pixels) -> Picture:
    notes = []
    if not rgba[..., 3].any():
        raise PictureError(f"{name} is wholly transparent.", "Export it with its character visible.")
    if rgba.shape[:2] != (SIZE, SIZE):
        notes.append(f"fitted from {rgba.shape[1]}x{rgba.shape[0]}")
        rgba = _fit(rgba)
        opaque = bool((rgba[..., 3] == 255)[_picture_area(rgba)].all())
    else:
        opaque = bool((rgba[..., 3] == 255).all())
    if opaque:
        notes.append("its plain background was taken away")
        rgba = _key(name, rgba)
    pixels = np.ascontiguousarray(rgba[..., [2, 1, 0, 3]])
    pixels[pixels[..., 3] == 0] = 0
    return Picture(pixels, f"{name} was {' and '.join(notes)}." if notes else "")


def _fit(rgba: Pixels) -> Pixels:
    """Scaled into the square, standing on its bottom edge in the middle, so that a bust is where THA3 expects it.

    Scaling is done on premultiplied colour: otherwise what is under alpha 0 bleeds into the edges.
    """
    height, width = rgba.shape[:2]
    scale = SIZE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    premultiplied = Image.fromarray(rgba).convert("RGBa").resize(size, Image.Resampling.LANCZOS)
    fitted = Image.new("RGBA", (SIZE, SIZE))
    fitted.paste(premultiplied.convert("RGBA"), ((SIZE - size[0]) // 2, SIZE - size[1]))
    return np.array(fitted)


def _picture_area(rgba: Pixels) -> Any:
    """The rows and columns that hold anything at all."""
    rows = np.flatnonzero(rgba[..., 3].any(axis=1))
    columns = np.flatnonzero(rgba[..., 3].any(axis=0))
    return np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _key(name: str, rgba: Pixels) -> Pixels:
    """The picture without its plain background; PictureError if the background isn't plain.

    Only background that touches the border goes: white eyes stay on a white background.
    """
    area = _picture_area(rgba)
    colour = rgba[area][..., :3].astype(np.int16)
    border = np.concatenate([colour[0], colour[:, 0], colour[:, -1]])  # not the bottom edge: the body stands there
    plain = np.median(border, axis=0)
    if float((np.abs(border - plain).max(axis=1) <= _SAME_COLOUR).mean()) < _PLAIN_SHARE:
        raise PictureError(
            f"{name} has no transparent background, and no plain one that could be taken away.",
            "Remove its background in a paint program and save it as PNG with transparency.",
        )
    difference = np.abs(colour - plain).max(axis=2)
    outside = _reached_from_border(difference < _OTHER_COLOUR)
    share = np.clip((difference - _SAME_COLOUR) / (_OTHER_COLOUR - _SAME_COLOUR), 0, 1)
    alpha = np.where(outside, share, 1.0)[..., None]
    if not (alpha > 0.5).any():
        raise PictureError(f"{name} shows nothing but one colour.", "Choose a picture of a character.")
    # a mixed pixel is alpha * figure + (1 - alpha) * background: without the second part no fringe is left
    figure = np.clip((colour - (1 - alpha) * plain) / np.maximum(alpha, 1 / 255), 0, 255)
    keyed: Pixels = rgba.copy()
    keyed[area] = np.concatenate([np.rint(figure), np.rint(alpha * 255)], axis=2)
    return keyed


def _reached_from_border(passable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The passable pixels that are connected with the top, left or right border through passable ones."""
    reached = np.zeros_like(passable)
    reached[0], reached[:, 0], reached[:, -1] = passable[0], passable[:, 0], passable[:, -1]
    while True:
        before = int(reached.sum())
        for _ in range(16):
            reached[1:] |= reached[:-1] & passable[1:]
            reached[:-1] |= reached[1:] & passable[:-1]
            reached[:, 1:] |= reached[:, :-1] & passable[:, 1:]
            reached[:, :-1] |= reached[:, 1:] & passable[:, :-1]
        if int(reached.sum()) == before:
            return reached
