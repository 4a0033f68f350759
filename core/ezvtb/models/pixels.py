"""Between a picture's bytes and the numbers THA3 works with, as parts of a graph.

Outside: (1, 512, 512, 4) uint8 BGRA, sRGB, straight alpha. Inside ("network space"): (1, 4, 512, 512) RGBA, colour in
linear light, all four channels scaled to -1..1, and -1 throughout where alpha is 0. The reference does the same in
`tha3/util.py` (`extract_numpy_image_from_PIL_image_with_pytorch_layout` and `save_pytorch_image`).

Bytes are cast first thing and last thing, because TensorRT computes nothing with them.
"""

import numpy as np

from .graph import INT32, UINT8, Graph, Value

SIZE = 512
"""Width and height of the picture and of the frame, pixels."""


def srgb_to_linear() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """For each sRGB byte the network's number: linear light scaled to -1..1 (IEC 61966-2-1)."""
    srgb = np.arange(256) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return (linear * 2.0 - 1.0).astype(np.float32)


def picture_to_network(graph: Graph, picture: Value) -> Value:
    """BGRA bytes -> float32 network space. A table has an entry per byte, so it is the reference's number exactly."""
    levels = graph.node("Transpose", graph.cast(picture, INT32), perm=[0, 3, 1, 2])
    blue, green, red, alpha = graph.split(levels, [1, 1, 1, 1])
    colour = graph.node("Gather", graph.constant(srgb_to_linear()), graph.concat(red, green, blue))
    opacity = graph.node("Gather", graph.constant((np.arange(256) / 255.0 * 2.0 - 1.0).astype(np.float32)), alpha)
    # What an editor left under full transparency must not reach the network.
    visible = graph.node("Greater", alpha, graph.constant(np.int32(0)))
    colour = graph.node("Where", visible, colour, graph.constant(np.float32(-1.0)))
    return graph.concat(colour, opacity)


def network_to_frame(graph: Graph, image: Value) -> Value:
    """Float32 network space -> BGRA bytes: linear to sRGB, clipped, rounded half to even."""
    unit = graph.node("Add", graph.node("Mul", image, _float(graph, 0.5)), _float(graph, 0.5))
    unit = graph.node("Clip", unit, _float(graph, 0.0), _float(graph, 1.0))
    colour, alpha = graph.split(unit, [3, 1])
    red, green, blue = graph.split(linear_to_srgb(graph, colour), [1, 1, 1])
    planes = graph.concat(blue, green, red, alpha)
    levels = graph.node("Round", graph.node("Mul", planes, _float(graph, 255.0)))
    return graph.cast(graph.node("Transpose", levels, perm=[0, 2, 3, 1]), UINT8)


def linear_to_srgb(graph: Graph, linear: Value) -> Value:
    """Linear light 0..1 -> sRGB 0..1, by the formula of IEC 61966-2-1."""
    dark = graph.node("Mul", linear, _float(graph, 12.92))
    power = graph.node("Pow", linear, _float(graph, 1 / 2.4))
    bright = graph.node("Sub", graph.node("Mul", power, _float(graph, 1.055)), _float(graph, 0.055))
    return graph.node("Where", graph.node("LessOrEqual", linear, _float(graph, 0.003130804953560372)), dark, bright)


def _float(graph: Graph, value: float) -> Value:
    return graph.constant(np.float32(value))
