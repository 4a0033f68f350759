"""Super resolution: Real-ESRGAN AnimeVideo-v3 and waifu2x UpConv7 as ONNX graphs, from ncnn's files.

    face_x4               frame (1, 512, 512, 4)  -> enlarged (1, 1024, 1024, 4): the face and the shoulders, four times
    face_window_x4        window (1, 240, 232, 4) -> enlarged (1, 896, 864, 4): a part of that without its margin
    noise0_x2 … noise3_x2 tile  (1, 160, 128, 4)  -> enlarged (1, 256, 192, 4): the tile without its margin, twice

All are uint8 BGRA, sRGB, straight alpha; cropping and colour conversion happen inside (`sr_pixels`).

UpConv7 is made for tiles because it costs 290 billion multiplications a frame and half of a frame is empty: whoever
runs it leaves empty tiles out (`ezvtb.sr.enlarger`). It sees only 7 pixels far, so tiles with a margin meet without a
seam, and the activations of a tile stay in the processor's cache.

Architectures and weights: Xintao Wang and others (`xinntao/Real-ESRGAN`, BSD-3-Clause), nagadomi (`nagadomi/waifu2x`,
MIT).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import onnx

from ezvtb.errors import ModelDamaged
from ezvtb.sr.shapes import ANIMEVIDEO, ANIMEVIDEO_WINDOW, UPCONV7, Area, Shape

from .graph import UINT8, Array, Graph, Precision, Value
from .ncnn import REMEDY, Layer, slope
from .sr_pixels import bytes_of, enlarged_alpha, filled, planes_of

_ANIMEVIDEO_FILE = "realesr-animevideov3-x4"

GRAPHS: Mapping[str, Mapping[str, tuple[Shape, str]]] = {
    "animevideo": {
        "face_x4": (ANIMEVIDEO, _ANIMEVIDEO_FILE),
        "face_window_x4": (ANIMEVIDEO_WINDOW, _ANIMEVIDEO_FILE),
    },
    "upconv7": {f"noise{level}_x2": (UPCONV7, f"noise{level}_scale2.0x_model") for level in range(4)},
}
"""For each architecture of the manifest its graphs: their shape, and the name of their weights' files."""


def build(shape: Shape, layers: Sequence[Layer], precision: Precision) -> onnx.ModelProto:
    """The graph that enlarges pictures with the network of these layers."""
    graph = Graph("sr", precision)
    picture = graph.input(shape.given, (1, *shape.size, 4), UINT8)
    colour, alpha = (crop(graph, planes, shape.filled, shape.size) for planes in planes_of(graph, picture))
    seen = crop(graph, filled(graph, colour, alpha), shape.seen.inside(shape.filled), shape.filled.size)
    large = graph.widen(add_network(graph, blue_first(layers), graph.narrow(seen)))
    top, left, bottom, right = shape.seen
    kept = Area(top + shape.lost, left + shape.lost, bottom - shape.lost, right - shape.lost)
    colour = crop(graph, large, shape.shown.inside(kept).times(shape.scale), kept.times(shape.scale).size)
    alpha = enlarged_alpha(graph, alpha, shape.scale)
    alpha = crop(
        graph, alpha, shape.shown.inside(shape.filled).times(shape.scale), shape.filled.times(shape.scale).size
    )
    graph.output("enlarged", bytes_of(graph, colour, alpha), (1, *shape.shown.times(shape.scale).size, 4), UINT8)
    return graph.model()


def build_bare(layers: Sequence[Layer], height: int, width: int, precision: Precision = "fp32") -> onnx.ModelProto:
    """The network alone, as ncnn runs it: `colour` (1, 3, height, width), RGB from 0 to 1 -> `enlarged`. For tests."""
    graph = Graph("sr_bare", precision)
    image = graph.input("colour", (1, 3, height, width))
    scale = 4 if any(layer.kind == "PixelShuffle" for layer in layers) else 2
    lost = sum(layer.number(1) // 2 - layer.number(4) for layer in layers if layer.kind == "Convolution")
    lost += sum(1 for layer in layers if layer.kind == "Deconvolution")
    size = ((height - 2 * lost) * scale, (width - 2 * lost) * scale)
    graph.output("enlarged", add_network(graph, layers, image), (1, 3, *size))
    return graph.model()


def blue_first(layers: Sequence[Layer]) -> list[Layer]:
    """The same network for colours in the order blue, green, red: its first and last weights change places instead of
    the planes. What skips the network goes along by itself."""
    convolutions = [number for number, layer in enumerate(layers) if "weight" in layer.weights]
    changed = list(layers)
    if not convolutions:
        raise ModelDamaged("A super resolution network has no convolution.", REMEDY)
    for number in convolutions[:1]:
        weights = changed[number].weights
        changed[number] = replace(changed[number], weights={**weights, "weight": weights["weight"][:, ::-1]})
    for number in convolutions[-1:]:
        weights = {name: _colours_turned(array) for name, array in changed[number].weights.items()}
        changed[number] = replace(changed[number], weights=weights)
    return changed


def _colours_turned(array: Array) -> Array:
    """The outputs of a last layer, a third of them for each colour, with the colours in the opposite order."""
    if len(array) % 3:
        raise ModelDamaged("A super resolution network does not end in three colours.", REMEDY)
    return array.reshape(3, -1, *array.shape[1:])[::-1].reshape(array.shape)


def add_network(graph: Graph, layers: Sequence[Layer], image: Value) -> Value:
    """Append the network to `graph`; `image` is its input, (1, 3, H, W), and its last layer's output the result."""
    values: dict[str, Value] = {}
    for layer in layers:
        inputs = [values[name] for name in layer.inputs]
        result = _LAYERS[layer.kind](graph, layer, *(inputs or [image]))
        values.update(dict.fromkeys(layer.outputs, result))
    return values[layers[-1].outputs[0]]


def _same(_graph: Graph, _layer: Layer, x: Value) -> Value:
    return x


def _convolution(graph: Graph, layer: Layer, x: Value) -> Value:
    size, pad = layer.number(1), layer.number(4)
    if layer.number(3, default=1) != 1:
        raise _otherwise(layer)
    y = graph.node(
        "Conv", x, graph.weight(layer.weights["weight"]), graph.weight(layer.weights["bias"]),
        kernel_shape=[size, size], strides=[1, 1], pads=[pad] * 4,
    )  # fmt: skip
    steepness = slope(layer)
    return y if steepness is None else graph.node("LeakyRelu", y, alpha=steepness)


def _deconvolution(graph: Graph, layer: Layer, x: Value) -> Value:
    """The transposed convolution of 4x4, stride 2 and padding 3, as one of 2x2 for each pixel of a 2x2 cell.

    Takes 0.91 of the time of the whole network in OpenVINO and in ONNX Runtime. Of the output pixel 2y + a the input
    pixels y + a and y + a + 1 are summed, with the weights 3 and 1 (a = 0), 2 and 0 (a = 1). Cells therefore begin with
    an odd pixel, and one row and one column on each side fall away.
    """
    if (layer.number(1), layer.number(3), layer.number(4)) != (4, 2, 3) or slope(layer) is not None:
        raise _otherwise(layer)
    weight, bias = layer.weights["weight"], layer.weights["bias"]
    odd_and_even = np.array([[2, 0], [3, 1]])
    # out, in, 2x2 pixels of a cell, 2x2 taps of each
    taps = weight[:, :, odd_and_even[:, None, :, None], odd_and_even[None, :, None, :]]
    cells = taps.transpose(0, 2, 3, 1, 4, 5).reshape(-1, weight.shape[1], 2, 2)
    y = graph.node("Conv", x, graph.weight(cells), graph.weight(np.repeat(bias, 4)), kernel_shape=[2, 2])
    y = graph.node("DepthToSpace", y, blocksize=2, mode="CRD")
    return graph.node("Slice", y, graph.ints(1, 1), graph.ints(-1, -1), graph.ints(2, 3))


def _prelu(graph: Graph, layer: Layer, x: Value) -> Value:
    return graph.node("PRelu", x, graph.weight(layer.weights["slope"][:, None, None]))


def _pixel_shuffle(graph: Graph, layer: Layer, x: Value) -> Value:
    return graph.node("DepthToSpace", x, blocksize=layer.number(0), mode="CRD")


def _interp(graph: Graph, layer: Layer, x: Value) -> Value:
    nearest = 1
    if layer.number(0) != nearest:
        raise _otherwise(layer)
    scales = graph.constant(np.array([1, 1, layer.number(1), layer.number(2)], np.float32))
    return graph.node(
        "Resize", x, "", scales, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"
    )


def _binary(graph: Graph, layer: Layer, x: Value, y: Value) -> Value:
    addition = 0
    if layer.number(0) != addition:
        raise _otherwise(layer)
    return graph.node("Add", x, y)


_LAYERS: Mapping[str, Callable[..., Value]] = {
    "Input": _same,
    "Split": _same,
    "Convolution": _convolution,
    "Deconvolution": _deconvolution,
    "PReLU": _prelu,
    "PixelShuffle": _pixel_shuffle,
    "Interp": _interp,
    "BinaryOp": _binary,
}


def _otherwise(layer: Layer) -> ModelDamaged:
    return ModelDamaged(f"The layer {layer.name} computes something that no network here needs.", REMEDY)


def crop(graph: Graph, value: Value, area: Area, size: tuple[int, int]) -> Value:
    """The part `area` of an NCHW value whose height and width are `size`."""
    if area == (0, 0, *size):
        return value
    starts, stops = graph.ints(area.top, area.left), graph.ints(area.bottom, area.right)
    return graph.node("Slice", value, starts, stops, graph.ints(2, 3))
