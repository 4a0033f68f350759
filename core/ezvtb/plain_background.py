"""Takes a background of one colour away, and only where it touches the picture's border: white eyes stay on white."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    colour = rgba[..., :3].astype(np.int16)
    border = _at_border(colour)
    plain: NDArray[Any] = np.median(border, axis=0)
    share = float((np.abs(border - plain).max(axis=1) <= _SAME_COLOUR).mean())
    return plain if share >= _PLAIN_SHARE else None


def without(rgba: Pixels, plain: NDArray[Any]) -> Pixels:
    """An opaque (H, W, 4) RGBA picture without that background, straight alpha; wholly transparent if nothing else."""
    colour = rgba[..., :3].astype(np.int16)
    difference = np.abs(colour - plain).max(axis=2)
    at_border = _at_border(difference)
    pure = max(_PURE, int(at_border[at_border <= _SAME_COLOUR].max(initial=0)))
    rim = max(1, min(difference.shape) // _RIM)
    near = _grown(reached_from_border(difference <= pure), rim)
    outside = reached_from_border(near & (difference < _OTHER_COLOUR))
    share = np.clip((difference - _SAME_COLOUR) / (_OTHER_COLOUR - _SAME_COLOUR), 0, 1)
    alpha = np.where(outside, share, 1.0)[..., None]
    # a mixed pixel is alpha * figure + (1 - alpha) * background: without the second part no fringe is left
    figure = np.clip((colour - (1 - alpha) * plain) / np.maximum(alpha, 1 / 255), 0, 255)
    cut: Pixels = np.concatenate([np.rint(figure), np.rint(alpha * 255)], axis=2).astype(np.uint8)
    return cut


def reached_from_border(passable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The passable pixels that are connected with the top, left or right border through passable ones."""
    reached: NDArray[np.bool_] = np.zeros(passable.shape, bool)
    reached[0], reached[:, 0], reached[:, -1] = passable[0], passable[:, 0], passable[:, -1]
    while True:
        before = int(reached.sum())
        reached = _along_rows(reached, passable)
        reached = _along_rows(reached.T, passable.T).T
        if int(reached.sum()) == before:
            return reached


def _at_border(values: NDArray[Any]) -> NDArray[Any]:
    """Those of the top, left and right border, one after the other; not of the bottom edge: the body stands there."""
    return np.concatenate([values[0], values[:, 0], values[:, -1]])


def _grown(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """The mask and what is at most so many pixels beside, above or below it."""
    grown: NDArray[np.bool_] = mask.copy()
    reach = 0
    while reach < pixels:
        step = min(2 * reach + 1, pixels - reach)
        for turned in (grown, grown.T):
            before = turned.copy()
            turned[step:] |= before[:-step]
            turned[:-step] |= before[step:]
        reach += step
    return grown


def _along_rows(reached: NDArray[np.bool_], passable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Each row's passable stretches that hold anything reached, whole."""
    stretch = np.cumsum(~np.pad(passable, ((0, 0), (1, 0))), axis=None).reshape(len(passable), -1)[:, 1:]
    holds = np.zeros(int(stretch.max()) + 1, bool)
    holds[stretch[reached]] = True
    whole: NDArray[np.bool_] = np.logical_and(holds[stretch], passable)
    return whole
