"""What surrounds a super resolution network in its graph: bytes to planes, colour under transparency, alpha, bytes.

Outside: uint8 BGRA, sRGB, straight alpha. Inside: float32 planes from 0 to 1, blue first. The networks know no alpha,
so colour and alpha are enlarged apart:

* **Colour** goes through the network after `filled`: transparent pixels take the colour of what is near, so that
  nothing dark or bright bleeds into the edge; pixels that are nearly transparent, whose own colour is mostly rounding
  and the poser's guess, take half of it.
* **Alpha** is resampled and then made steeper between the least and the most that is around (`enlarged_alpha`).

Chosen by comparing composites over black, white and green with the network's enlargement of the composite itself: dB in
a band of 2 pixels around soft edges, over posed frames of three characters.

    colour                 alpha         AnimeVideo  UpConv7
    as it is               bicubic             25.0     28.2
    premultiplied          the network's       25.1     26.5
    premultiplied, then divided by alpha, both the
                           network's           27.3     33.5
    filled                 bicubic             26.5     29.3
    filled                 as here             27.9     31.4
    filled                 the network's       27.5     32.5

A second pass of the network for alpha would take as long as the first; it is no gain with AnimeVideo, and what it gains
with UpConv7 is not to be seen.
"""

import numpy as np

from .graph import FLOAT, UINT8, Array, Graph, Value

LEVELS = 3
"""How often `filled` halves the picture: colour reaches 8 to 16 pixels into the transparency. AnimeVideo sees 17
pixels far, the last of them faintly; UpConv7 sees 7."""

FILL_STEP = 2**LEVELS
"""What the width and the height of a picture must be a multiple of, for `filled`."""

TRUSTED = 0.4
"""The alpha from which on a pixel's own colour alone counts."""

TAPS = 3
"""Lanczos-3: it reaches 3 pixels to either side."""

STEEPNESS = 1.5
"""How much steeper `enlarged_alpha` makes an edge. With 1.25 edges look soft beside the network's, with 2 jagged."""


def planes_of(graph: Graph, picture: Value) -> tuple[Value, Value]:
    """(1, H, W, 4) bytes -> colour (1, 3, H, W) and alpha (1, 1, H, W).

    Bytes are cast first thing, because TensorRT computes nothing with them.
    """
    levels = graph.node("Transpose", graph.cast(picture, FLOAT), perm=[0, 3, 1, 2])
    unit = graph.node("Mul", levels, _float(graph, 1 / 255))
    colour, alpha = graph.split(unit, [3, 1])
    return colour, alpha


def filled(graph: Graph, colour: Value, alpha: Value) -> Value:
    """The colour, with that of its surroundings where alpha is low: (1, 3, H, W), H and W multiples of `FILL_STEP`.

    A pyramid of premultiplied colour and its coverage: what one level leaves uncovered, the next coarser one fills in.
    Divided once, at the end, so that empty surroundings count for nothing instead of for black.
    """
    g = graph
    level = g.concat(g.node("Mul", colour, alpha), alpha)
    pyramid = []
    for _ in range(LEVELS):
        level = g.node("AveragePool", level, kernel_shape=[2, 2], strides=[2, 2])
        pyramid.append(level)
    around = pyramid.pop()
    for level in reversed(pyramid):
        # a quarter covered is enough to go by
        open_ = _clipped(g, g.node("Sub", _float(g, 1), g.node("Mul", g.slice(level, 1, 3, 4), _float(g, 4))))
        around = g.node("Add", level, g.node("Mul", open_, _doubled(g, around)))
    premultiplied, coverage = g.split(_doubled(g, around), [3, 1])
    near = g.node("Div", premultiplied, g.node("Max", coverage, _float(g, 1e-6)))
    own = _clipped(g, g.node("Mul", alpha, _float(g, 1 / TRUSTED)))
    return g.node("Add", near, g.node("Mul", own, g.node("Sub", colour, near)))


def enlarged_alpha(graph: Graph, alpha: Value, scale: int) -> Value:
    """Alpha (1, 1, H, W) at `scale` times the size: Lanczos, made steeper, within what the nearest 3x3 pixels hold.

    The bounds keep every even area exactly as it is, opaque, empty or translucent, and let no edge ring.
    """
    g = graph
    highest = g.node("MaxPool", alpha, kernel_shape=[3, 3], pads=[1] * 4, strides=[1, 1])
    lowest = g.node("Neg", g.node("MaxPool", g.node("Neg", alpha), kernel_shape=[3, 3], pads=[1] * 4, strides=[1, 1]))
    scales = g.constant(np.array([1, 1, scale, scale], np.float32))
    bounds = g.node(
        "Resize", g.concat(lowest, highest), "", scales, mode="linear", coordinate_transformation_mode="half_pixel"
    )
    lowest, highest = g.split(bounds, [1, 1])
    edge = g.node("Pad", alpha, g.ints(0, 0, TAPS, TAPS, 0, 0, TAPS, TAPS), mode="edge")
    size = 2 * TAPS + 1
    smooth = g.node("Conv", edge, g.constant(_lanczos(scale)), kernel_shape=[size, size])
    smooth = g.node("DepthToSpace", smooth, blocksize=scale, mode="CRD")
    # middle + STEEPNESS * (smooth - middle), where the middle is half of the bounds' sum
    steep = g.node("Mul", smooth, _float(g, STEEPNESS))
    middle = g.node("Mul", g.node("Add", lowest, highest), _float(g, (1 - STEEPNESS) / 2))
    return g.node("Max", lowest, g.node("Min", highest, g.node("Add", steep, middle)))


def bytes_of(graph: Graph, colour: Value, alpha: Value) -> Value:
    """Colour (1, 3, H, W) and alpha (1, 1, H, W) -> (1, H, W, 4) bytes, clipped and rounded half to even."""
    levels = graph.node("Mul", graph.concat(colour, alpha), _float(graph, 255))
    levels = graph.node("Clip", graph.node("Round", levels), _float(graph, 0), _float(graph, 255))
    return graph.cast(graph.node("Transpose", levels, perm=[0, 2, 3, 1]), UINT8)


def _doubled(graph: Graph, value: Value) -> Value:
    scales = graph.constant(np.array([1, 1, 2, 2], np.float32))
    return graph.node("Resize", value, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")


def _clipped(graph: Graph, value: Value) -> Value:
    return graph.node("Clip", value, _float(graph, 0), _float(graph, 1))


def _lanczos(scale: int) -> Array:
    """Lanczos-3 enlargement as a convolution: (scale², 1, 7, 7), one kernel for each pixel of an enlarged pixel."""
    places = (np.arange(scale) + 0.5) / scale - 0.5
    distances = np.arange(-TAPS, TAPS + 1)[None] - places[:, None]
    lines = np.where(np.abs(distances) < TAPS, np.sinc(distances) * np.sinc(distances / TAPS), 0)
    lines /= lines.sum(axis=1, keepdims=True)
    kernels = lines[:, None, :, None] * lines[None, :, None, :]
    return kernels.reshape(scale * scale, 1, 2 * TAPS + 1, 2 * TAPS + 1).astype(np.float32)


def _float(graph: Graph, value: float) -> Value:
    return graph.constant(np.float32(value))
