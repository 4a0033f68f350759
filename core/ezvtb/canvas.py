"""The figure on a canvas larger than the picture, so that it can move as a whole: what is done to a core's frames last.

Pillow does it, on one thread and in the figure's box alone. Measured for a picture of 512 (and of 1024) on a CPU: 3.4
(13.2) ms; the same over the whole canvas 8.6 (33); as a graph of GridSample with OpenVINO 28 (47), with ONNX Runtime
76 (148); NumPy 74 (318). A figure at rest is copied: 0.05 (0.25) ms.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ezvtb.placement import MOST_BELOW, REST, Placement, canvas

Pixels = NDArray[np.uint8]
Matrix = tuple[float, float, float, float, float, float]
"""x and y in the picture of a point on the canvas: a·x + b·y + c and d·x + e·y + f."""


def draw(frame: Pixels, placement: Placement) -> Pixels:
    """A (S, S, 4) BGRA frame, straight alpha, on a new canvas of `placement.canvas(S)`, of the same kind.

    At rest the pixels are the frame's own. A figure that the picture's lower edge cuts goes on below it, as it is on
    the last row, so that no edge shows when it is up or tilted.
    """
    side = frame.shape[0]
    width, height = canvas(side)
    drawn: Pixels = np.zeros((height, width, 4), np.uint8)
    if placement == REST:
        left = (width - side) // 2
        drawn[height - side :, left : left + side] = frame
        return drawn
    image = Image.frombuffer("RGBA", (side, side), np.ascontiguousarray(frame), "raw", "RGBA", 0, 1)  # order is alike
    box = image.getbbox()
    if box is None:
        return drawn
    figure, left, top = _figure(image, box)
    matrix = _to_picture(placement, side)
    x0, y0, x1, y1 = _covered(matrix, (left, top, left + figure.width, top + figure.height), (width, height))
    if x0 < x1 and y0 < y1:
        a, b, c, d, e, f = matrix
        local = (a, b, a * x0 + b * y0 + c - left, d, e, d * x0 + e * y0 + f - top)
        part = figure.transform((x1 - x0, y1 - y0), Image.Transform.AFFINE, local, Image.Resampling.BILINEAR)
        drawn[y0:y1, x0:x1] = np.asarray(part.convert("RGBA"))
    return drawn


def _figure(image: Image.Image, box: "tuple[int, int, int, int]") -> "tuple[Image.Image, int, int]":
    """The figure in its box, premultiplied (what isn't seen would darken the edges), with a clear border of a pixel,
    and continued below the picture where that cuts it; the box's left and top in the picture."""
    left, top, right, bottom = box
    found = image.crop((left - 1, top - 1, right + 1, bottom + 1)).convert("RGBa")
    if bottom < image.height:
        return found, left - 1, top - 1
    row = found.crop((0, found.height - 2, found.width, found.height - 1))
    below = math.ceil(MOST_BELOW * image.height) + 1
    longer = Image.new("RGBa", (found.width, found.height - 1 + below))
    longer.paste(found, (0, 0))
    longer.paste(row.resize((row.width, below), Image.Resampling.NEAREST), (0, found.height - 1))
    return longer, left - 1, top - 1


def _to_picture(placement: Placement, side: int) -> Matrix:
    """From the canvas to the picture: back by the shift, then by the tilt and the scale about the pivot."""
    width, height = canvas(side)
    angle = math.radians(placement.tilt)
    cosine, sine = math.cos(angle) / placement.scale, math.sin(angle) / placement.scale
    x, y = width / 2 + placement.x * side, height - placement.y * side
    return (
        cosine, sine, side / 2 - cosine * x - sine * y,
        -sine, cosine, side + sine * x - cosine * y,
    )  # fmt: skip


def _covered(matrix: Matrix, box: "tuple[int, int, int, int]", size: "tuple[int, int]") -> "tuple[int, int, int, int]":
    """Left, top, right and bottom of what a box of the picture covers of the canvas, in whole pixels."""
    a, b, c, d, e, f = matrix
    scale = a * e - b * d
    corners = [(x - c, y - f) for x in box[::2] for y in box[1::2]]
    xs = [(e * x - b * y) / scale for x, y in corners]
    ys = [(a * y - d * x) / scale for x, y in corners]
    return (
        max(0, math.floor(min(xs))), max(0, math.floor(min(ys))),
        min(size[0], math.ceil(max(xs))), min(size[1], math.ceil(max(ys))),
    )  # fmt: skip
