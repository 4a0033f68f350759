"""Any picture a user may pick becomes the 512x512 BGRA array that the poser takes, or a sentence that says why not.

`read` the file, take its `figure`, and `Figure.avatar` is that: each step is kept while only later ones change.
"""

import os
import warnings
from pathlib import Path
from typing import NamedTuple, Union

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ezvtb import cutout, plain_background
from ezvtb.errors import PictureError
from ezvtb.picture_fit import SIZE, Framing, Pixels, framing, nudged, place
from ezvtb.protocol import Layout

SMALLEST_SIDE = 64
"""Pixels. Below it nothing of a face is left."""
MOST_PIXELS = 40_000_000
"""A larger picture is no avatar but a mistake, and would take a gigabyte to read."""

LARGEST_SIDE = 2048
"""Pixels. Nothing of a larger picture would be seen in 512x512, not even of a head that is a twelfth of its figure."""


class Source(NamedTuple):
    """An image file as it was read."""

    name: str
    rgba: Pixels
    """(H, W, 4) uint8, no side longer than `LARGEST_SIDE`."""
    size: "tuple[int, int]"
    """Width and height of the file."""


class Figure(NamedTuple):
    """The character in a picture, and where it goes by itself."""

    rgba: Pixels
    note: str
    """What was done to it, in a sentence; empty if nothing was."""
    found: Framing
    has_background: bool = False
    """Whether there is a background to be taken away by a network (see `cutout`)."""

    def avatar(self, layout: Layout = Layout()) -> Pixels:  # noqa: B008 (a NamedTuple can't change)
        """(512, 512, 4) uint8 BGRA, straight alpha, colour 0 where alpha is 0."""
        pixels = place(self.rgba, nudged(self.found, layout))[..., [2, 1, 0, 3]]
        pixels[pixels[..., 3] == 0] = 0
        return np.ascontiguousarray(pixels)


class Picture(NamedTuple):
    """A picture that can serve."""

    pixels: Pixels
    """(512, 512, 4) uint8 BGRA, straight alpha, colour 0 where alpha is 0."""
    note: str
    """What was done to it, or can't be, in a sentence or two; empty if nothing was."""


def load(path: "Union[str, os.PathLike[str]]") -> Picture:
    """The avatar in an image file. PictureError says what is wrong with it and what to do."""
    source = read(path)
    made = figure(source)
    left = cutout.remedy(source.name) if made.has_background else ""
    return Picture(made.avatar(), " ".join(filter(None, (made.note, left))))


def read(path: "Union[str, os.PathLike[str]]") -> Source:
    """The picture in an image file. PictureError says what is wrong with it and what to do."""
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
                image.draft(None, _shrunk(width, height))  # a JPEG's decoder halves it at a fraction of the time
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
    if not rgba[..., 3].any():
        raise PictureError(f"{name} is wholly transparent.", "Export it with its character visible.")
    return Source(name, rgba, (width, height))


def figure(source: Source, remove_background: bool = True) -> Figure:
    """The character in a picture. PictureError if its plain background is all there is."""
    name, rgba, (width, height) = source
    done = []
    has_background = False
    if remove_background and (rgba[..., 3] == 255).all():
        plain = plain_background.plain_colour(rgba)
        if plain is not None:
            rgba = plain_background.without(rgba, plain)
            if not (rgba[..., 3] > 127).any():
                raise PictureError(f"{name} shows nothing but one colour.", "Choose a picture of a character.")
            done.append(f"The plain background of {name} was taken away.")
        elif (cut := cutout.stored(rgba)) is not None:
            rgba = cut
            done.append(f"The background of {name} was taken away.")
        else:
            has_background = True
    if (width, height) == (SIZE, SIZE):
        found = Framing(1, 0, 0)  # it is laid out as its artist wants it
    else:
        found = framing(rgba[..., 3])
        done.insert(0, f"{name} was fitted from {width}x{height}.")
    return Figure(rgba, " ".join(done), found, has_background)


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
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float32)
        top = 255 if float(values.max()) <= 255 else 65535
        grey = np.clip(values / top * 255, 0, 255).astype(np.uint8)
        image = Image.fromarray(grey)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    whole = image if image.mode == mode else image.convert(mode)  # a copy of a large one takes long
    size = _shrunk(*whole.size)
    if size != whole.size:  # on premultiplied colour, which Pillow sees to
        whole = whole.resize(size, Image.Resampling.LANCZOS, reducing_gap=1)
    return np.asarray(whole.convert("RGBA"))


def _shrunk(width: int, height: int) -> "tuple[int, int]":
    """The size at which a picture of that size is kept."""
    shrink = max(1.0, max(width, height) / LARGEST_SIDE)
    return max(1, round(width / shrink)), max(1, round(height / shrink))
