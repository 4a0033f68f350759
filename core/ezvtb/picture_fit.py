"""Where a figure goes in the 512x512 square that THA3 takes: found by its outline, nudged by its user."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ezvtb.protocol import Layout

SIZE = 512
FACE_BOX = (192, 64, 320, 192)
"""Left, top, right, bottom. "The head of the character should roughly be contained in the 128 x 128 box in the middle
of the top half of the image" (README.md of pkhungurn/talking-head-anime-3-demo): from the hair's top to the chin."""
HEAD = FACE_BOX[3] - FACE_BOX[1]
MIDDLE = (FACE_BOX[0] + FACE_BOX[2]) / 2, (FACE_BOX[1] + FACE_BOX[3]) / 2

_OUTLINE_FIRST, _OUTLINE_STEP = 0.1, 0.05
# fmt: off
_OUTLINE = np.array([
    0.61, 0.72, 0.77, 0.82, 0.85, 0.90, 0.91, 0.93, 0.95, 0.98, 0.99, 1.02, 1.00, 0.96, 0.98, 0.98,
    0.95, 0.88, 0.88, 0.88, 0.83, 0.91, 1.15, 1.26, 1.31, 1.36, 1.38, 1.40, 1.45, 1.46, 1.41,
])
# fmt: on
"""How wide a character is below the top of its hair, all in heights of its head (hair's top to chin), every 0.05 from
0.1 on: hair, neck at 1.1, shoulders. Median of the ten pictures of pkhungurn/talking-head-anime-3-demo's `data/images`
and of Vesper, each measured in the box above. Left out of the median itself, each of these eleven heads is found to
within a quarter of its size."""
_LEAST_ROWS = 12
"""Of the outline that must be in the picture: from hair to mouth."""
_HEADS = np.geomspace(0.09, 1.0, 80)
"""Heights of a head in those of its figure: from eleven heads tall to nothing but a head."""
_TOPS = np.arange(-0.05, 0.2, 0.02)
"""Where the hair's top is below the figure's, in heads: above are ears, a stray lock, a hat's tip."""
_ABOVE = 0.2
"""What such a head above the hair costs of miss: mostly the figure begins with its hair."""
_OUTLIER = 0.5
"""A row may miss the outline by this factor (as a logarithm) at most: long hair and raised arms count no more."""
_NO_FIGURE = 0.3
"""Mean miss from which on this isn't taken for a figure. The eleven above have 0.07 to 0.21."""
_FULL = 0.92
"""Share of its own frame from which on a figure is a whole picture, which has no outline."""
_SMALLEST_HEAD = 16
"""Rows of the picture: of a smaller one nothing could be seen."""
_ROWS = 400
"""The outline is looked at in about so many rows."""
_SOLID = 128

Pixels = NDArray[np.uint8]


class Framing(NamedTuple):
    """A picture's pixel (u, v) lands on (x + scale * u, y + scale * v) of the square."""

    scale: float
    x: float
    y: float


class Head(NamedTuple):
    """A head in pixels of the picture: the middle and top of its hair, and its height down to the chin."""

    middle: float
    top: float
    height: float


def framing(alpha: Pixels) -> Framing:
    """How a picture with that alpha, (H, W) uint8, is fitted by itself.

    Its head goes into the face box. Square pictures are only scaled if their head is about there then, as all are of
    whose figure no head can be made out: these stand on the square's bottom edge.
    """
    height, width = alpha.shape
    scale = SIZE / max(height, width)
    standing = Framing(scale, (SIZE - scale * width) / 2, SIZE - scale * height)
    head = find_head(alpha)
    if head is None or (height == width and _is_in_box(head, scale)):
        return standing
    scale = HEAD / head.height
    return Framing(scale, MIDDLE[0] - scale * head.middle, FACE_BOX[1] - scale * head.top)


def nudged(found: Framing, layout: Layout) -> Framing:
    """The framing with the user's corrections: enlarged about the face box's middle, then moved."""
    by = layout.scale / 100
    return Framing(
        found.scale * by,
        MIDDLE[0] + (found.x - MIDDLE[0]) * by + layout.x,
        MIDDLE[1] + (found.y - MIDDLE[1]) * by + layout.y,
    )


def place(rgba: Pixels, at: Framing) -> Pixels:
    """The (512, 512, 4) square with a picture, (H, W, 4) RGBA, placed in it; what is outside is cut off.

    Scaling is done on premultiplied colour: otherwise what is under alpha 0 bleeds into the edges.
    """
    height, width = rgba.shape[:2]
    if at == Framing(1, 0, 0) and (height, width) == (SIZE, SIZE):
        return np.array(rgba)
    left, right = _covered(at.x, at.scale * width)
    top, bottom = _covered(at.y, at.scale * height)
    square: Pixels = np.zeros((SIZE, SIZE, 4), np.uint8)
    if left >= right or top >= bottom:
        return square
    margin = int(1 / at.scale) + 2  # the covered pixels at the edges are covered in part
    padded = Image.fromarray(np.pad(rgba, ((margin, margin), (margin, margin), (0, 0)))).convert("RGBa")

    def source(edge: int, first: float) -> float:
        return (edge - first) / at.scale + margin

    box = source(left, at.x), source(top, at.y), source(right, at.x), source(bottom, at.y)
    scaled = padded.resize((right - left, bottom - top), Image.Resampling.LANCZOS, box)
    square[top:bottom, left:right] = np.asarray(scaled.convert("RGBA"))
    return square


def find_head(alpha: Pixels) -> "Head | None":
    """The head of the figure with that alpha, by its outline; None if it hasn't the outline of one."""
    step = max(1, alpha.shape[0] // _ROWS)
    solid = alpha[::step, ::step] >= _SOLID
    if not solid.any():
        return None
    first, edges = _outline(solid)
    if solid.sum() > _FULL * len(edges) * (np.ptp(np.flatnonzero(solid.any(axis=0))) + 1):
        return None
    rows = np.arange(len(edges))
    widths = np.log(np.maximum(edges[:, 1] - edges[:, 0], 1))
    below = _OUTLINE_FIRST + _OUTLINE_STEP * np.arange(len(_OUTLINE))
    best = _NO_FIGURE, 0.0, 0.0
    for height in (_HEADS * len(edges)).tolist():
        for top in _TOPS * height:
            at = top + below * height
            there = at < len(edges)
            if there.sum() < _LEAST_ROWS:
                continue
            misses = np.interp(at[there], rows, widths) - np.log(_OUTLINE[there] * height)
            miss = float(np.minimum(np.abs(misses), _OUTLIER).mean()) + _ABOVE * abs(top) / height
            best = min(best, (miss, top, height))
    _, top, height = best
    if height * step < _SMALLEST_HEAD:
        return None
    hair = edges[max(0, int(top + 0.1 * height)) : int(top + 0.6 * height) + 1]
    return Head(float(np.median(hair.mean(axis=1))) * step, (first + top) * step, height * step)


def _is_in_box(head: Head, scale: float) -> bool:
    return (
        0.65 <= head.height * scale / HEAD <= 1.35
        and abs(head.middle * scale - MIDDLE[0]) <= HEAD / 4
        and abs(head.top * scale - FACE_BOX[1]) <= HEAD / 4
    )


def _covered(first: float, length: float) -> "tuple[int, int]":
    """The whole pixels of the square that a stretch touches."""
    return int(np.clip(np.floor(first), 0, SIZE)), int(np.clip(np.ceil(first + length), 0, SIZE))


def _outline(solid: NDArray[np.bool_]) -> "tuple[int, NDArray[Any]]":
    """The figure's top row, and (rows, 2) its left and right edge in each from there on, followed downwards."""
    there = np.flatnonzero(solid.any(axis=1))
    edges = np.zeros((there[-1] + 1 - there[0], 2), int)
    last: Any = None
    for row, line in enumerate(solid[there[0] : there[-1] + 1]):
        changes = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]]))).reshape(-1, 2)
        if not len(changes):
            continue
        widths = changes[:, 1] - changes[:, 0]
        if last is not None:  # the run that goes on below, and not a raised hand beside it
            shared = np.minimum(changes[:, 1], last[1]) - np.maximum(changes[:, 0], last[0])
            widths = shared if shared.max() > 0 else widths
        last = edges[row] = changes[int(np.argmax(widths))]
    return int(there[0]), edges
