"""Takes a background of one colour away, and only where it touches the picture's border: white eyes stay on white."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ezvtb.connected import reached_from_border

_PLAIN_SHARE = 0.9
"""The background counts as plain if so much of the picture's border has one colour."""
_SAME_COLOUR = 24
"""Largest difference of a channel (0..255) at which a pixel is background altogether."""
_OTHER_COLOUR = 72
"""Difference from which on a pixel is figure altogether; between the two it is a mixture of both."""
_PURE = 12
"""Difference up to which a pixel leads on into the background; up to `_SAME_COLOUR` where the border varies so much."""
_RIM = 128
"""A mixed pixel lies as near to pure background as the picture's shorter side divided by this: 4 pixels of 512. Colours
farther inside are the figure's own, however near to the background's they are: a cream-white coat before white."""

Pixels = NDArray[np.uint8]


def plain_colour(rgba: Pixels) -> "NDArray[Any] | None":
    """The colour of an opaque picture's plain background, (3,) RGB; None if it isn't plain."""
    border = _at_border(rgba[..., :3]).astype(np.int16)
    plain: NDArray[Any] = np.median(border, axis=0)
    share = float((np.abs(border - plain).max(axis=1) <= _SAME_COLOUR).mean())
    return plain if share >= _PLAIN_SHARE else None


def without(rgba: Pixels, plain: NDArray[Any]) -> Pixels:
    """An opaque (H, W, 4) RGBA picture without that background, straight alpha; wholly transparent if nothing else.

    Most of it is done with bytes: with numbers of its own for each pixel, a large picture takes seconds.
    """
    difference = _difference(rgba, plain)
    at_border = _at_border(difference)
    pure = max(_PURE, int(at_border[at_border <= _SAME_COLOUR].max(initial=0)))
    rim = max(1, min(difference.shape) // _RIM)
    near = _grown(reached_from_border(difference <= pure), rim)
    outside = reached_from_border(near & (difference < _OTHER_COLOUR))
    cut: Pixels = rgba.copy()
    cut[outside & (difference <= _SAME_COLOUR)] = 0
    mixed = np.nonzero(outside & (difference > _SAME_COLOUR))
    alpha = (difference[mixed][:, None].astype(float) - _SAME_COLOUR) / (_OTHER_COLOUR - _SAME_COLOUR)
    # a mixed pixel is alpha * figure + (1 - alpha) * background: without the second part no fringe is left
    figure = np.clip((rgba[mixed][:, :3] - (1 - alpha) * plain) / alpha, 0, 255)
    cut[mixed] = np.rint(np.concatenate([figure, alpha * 255], axis=1))
    return cut


def _difference(rgba: Pixels, plain: NDArray[Any]) -> Pixels:
    """Each pixel's largest difference of a channel from that colour, (H, W) uint8."""
    picture = Image.fromarray(rgba).convert("RGB")
    red, green, blue = (round(float(channel)) for channel in plain)
    apart = ImageChops.difference(picture, Image.new("RGB", picture.size, (red, green, blue))).split()
    return np.asarray(ImageChops.lighter(ImageChops.lighter(apart[0], apart[1]), apart[2]))


def _at_border(values: NDArray[Any]) -> NDArray[Any]:
    """Those of the top, left and right border, one after the other; not of the bottom edge: the body stands there."""
    return np.concatenate([values[0], values[:, 0], values[:, -1]])


def _grown(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """The mask and what is at most so many pixels beside, above or below it."""
    grown: NDArray[np.bool_] = mask.copy()
    reach = 0
    while reach < pixels:
        step = min(2 * reach + 1, pixels - reach)
        before = grown.copy()
        grown[step:] |= before[:-step]
        grown[:-step] |= before[step:]
        before = grown.copy()
        grown[:, step:] |= before[:, :-step]
        grown[:, :-step] |= before[:, step:]
        reach += step
    return grown
