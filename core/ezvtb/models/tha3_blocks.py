"""The building blocks of THA3's networks, straightforwardly: what an export of the reference to ONNX would give.

Each method stands for one module of the reference (`tha3.nn`, by Pramook Khungurn) and finds its weights under the
module's own name in the state dict. Separable and standard convolutions differ only in what the state dict holds under
that name, so one set of blocks serves both. `tha3_fast.FastBlocks` says the same with cheaper operations.

Checked against `torch.onnx.export` (2.13) of the reference's editor: the same convolutions, normalisations, resizes and
concatenations, and the same time within 2 % on both runtimes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .graph import Array, Graph, Value

EPSILON = 1e-5
"""`torch.nn.InstanceNorm2d`'s default, which the reference keeps."""


@dataclass(frozen=True)
class Head:
    """One of the 3x3 convolutions that read a network's last feature: its weights' name and what follows it."""

    name: str
    activation: str = ""


class PlainBlocks:
    """Blocks over one network's weights, appended to one graph."""

    def __init__(self, graph: Graph, weights: Mapping[str, Array], slope: float = 0.0) -> None:
        """`slope` is the activation's slope below 0: 0 for ReLU, else LeakyReLU's."""
        self.graph = graph
        self.weights = weights
        self.slope = slope

    # Layers ----------------------------------------------------------------------------------------------------------

    def activate(self, x: Value, slope: float) -> Value:
        """ReLU, or LeakyReLU with this slope below 0."""
        if slope:
            return self.graph.node("LeakyRelu", x, alpha=slope)
        return self.graph.node("Relu", x)

    def normalise(self, x: Value, name: str) -> Value:
        """Instance normalisation. In float32 always: a variance over 512x512 numbers overflows a half."""
        scale, bias = (self.graph.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.graph.narrow(
            self.graph.node("InstanceNormalization", self.graph.widen(x), scale, bias, epsilon=EPSILON)
        )

    def kernel(self, x: Value, weight: Array, stride: int = 1, bias: Array | None = None) -> Value:
        """A convolution with "same" padding; a weight with one input channel and many outputs is depthwise."""
        size = weight.shape[2]
        pad = (size - 1) // 2
        groups = weight.shape[0] if weight.shape[1] == 1 else 1
        parameters = [self.graph.weight(weight)] + ([self.graph.weight(bias)] if bias is not None else [])
        return self.graph.node(
            "Conv", x, *parameters, kernel_shape=[size] * 2, strides=[stride] * 2, pads=[pad] * 4, group=groups
        )

    def separable(self, name: str) -> bool:
        """Whether the convolution `name` is a depthwise one followed by a pointwise one."""
        first, second = self.weights.get(f"{name}.0.weight"), self.weights.get(f"{name}.1.weight")
        return first is not None and first.ndim == 4 and second is not None and second.ndim == 4

    def convolve(self, x: Value, name: str, stride: int = 1) -> Value:
        """The convolution `name`: separable (`name.0`, `name.1`) or standard (`name`, or `name.0` inside a block)."""
        if self.separable(name):
            deep = self.kernel(x, self.weights[f"{name}.0.weight"], stride)
            return self.kernel(deep, self.weights[f"{name}.1.weight"])
        return self.kernel(x, self.standard_weight(name), stride)

    def standard_weight(self, name: str) -> Array:
        """The weight of the standard convolution `name`, which may be a block's first layer."""
        return self.weights[f"{name}.weight" if f"{name}.weight" in self.weights else f"{name}.0.weight"]

    # Blocks ----------------------------------------------------------------------------------------------------------

    def norm_of(self, name: str) -> str:
        """The name of the normalisation that follows the convolution inside the block `name`."""
        return f"{name}.2" if self.separable(name) else f"{name}.1"

    def block(self, x: Value, name: str, stride: int = 1) -> Value:
        """Convolution, normalisation, activation."""
        # The reference hands its activation on to every block but the standard halving one, which so has ReLU.
        slope = self.slope if stride == 1 or self.separable(name) else 0.0
        return self.activate(self.normalise(self.convolve(x, name, stride), self.norm_of(name)), slope)

    def residual(self, x: Value, name: str) -> Value:
        """`ResnetBlock` and `ResnetBlockSeparable`: two convolutions beside a shortcut."""
        path = f"{name}.resnet_path"
        y = self.activate(self.normalise(self.convolve(x, f"{path}.0"), f"{path}.1"), self.slope)
        y = self.normalise(self.convolve(y, f"{path}.3"), f"{path}.4")
        return self.graph.node("Add", x, y)

    def transposed_block(self, x: Value, name: str) -> Value:
        """`create_upsample_block`: a 4x4 transposed convolution doubles the size; then normalisation, activation."""
        weight = self.weights[f"{name}.0.weight"]
        groups = weight.shape[0] if weight.shape[1] == 1 else 1
        y = self.graph.node(
            "ConvTranspose", x, self.graph.weight(weight),
            kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4, group=groups,
        )  # fmt: skip
        if groups > 1:
            y = self.kernel(y, self.weights[f"{name}.1.weight"])
        return self.activate(self.normalise(y, self.norm_of(name)), self.slope)

    def doubled(self, x: Value, mode: str) -> Value:
        """An NCHW value at twice the width and height; `mode` is "nearest" or "linear"."""
        attributes = {"mode": mode, "coordinate_transformation_mode": "half_pixel"}
        if mode == "nearest":
            attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.graph.node("Resize", x, "", self.graph.constant(np.array([1, 1, 2, 2], np.float32)), **attributes)

    def halved(self, x: Value) -> Value:
        """An NCHW value at half the width and height: bilinear, which at exactly one half is the mean of 2x2 pixels."""
        scales = self.graph.constant(np.array([1, 1, 0.5, 0.5], np.float32))
        return self.graph.node("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")

    def doubled_block(self, x: Value, name: str, skip: Value | None = None) -> Value:
        """Nearest-neighbour doubling, then a 3x3 block; `skip` is the encoder's feature of that size (U-Net)."""
        x = self.doubled(x, "nearest")
        return self.block(x if skip is None else self.graph.concat(x, skip), name)

    def posed_block(self, x: Value, pose: Value, size: int, name: str) -> Value:
        """A block over `x` and the pose, each of whose values fills a plane of `size`x`size`."""
        g = self.graph
        planes = g.node("Unsqueeze", g.narrow(pose), g.ints(2, 3))
        planes = g.node("Expand", planes, g.ints(1, 1, size, size))
        return self.block(g.concat(x, planes), name)

    def heads(self, x: Value, heads: Sequence[Head]) -> list[Value]:
        """What each head makes of the network's last feature."""
        values = []
        for head in heads:
            weight, bias = self.head_weights(head)
            values.append(self.activation(self.kernel(x, weight, bias=bias), head))
        return values

    def head_weights(self, head: Head) -> tuple[Array, Array | None]:
        """(weight, bias) of a head; one without an activation is a bare convolution with no bias."""
        name = f"{head.name}.0" if head.activation else head.name
        return self.weights[f"{name}.weight"], self.weights.get(f"{name}.bias")

    def activation(self, x: Value, head: Head) -> Value:
        """`x` through the activation of `head`, if it has one."""
        return self.graph.node(head.activation, x) if head.activation else x

    # Pictures --------------------------------------------------------------------------------------------------------

    def warp(self, image: Value, grid_change: Value, size: int) -> Value:
        """`GridChangeApplier`: `image` read at each pixel's own place plus `grid_change` (in units of half the size).

        Coordinates are float32 always: a half would place pixels a quarter of a pixel off at 512. `grid_change` is
        float32 already; the result has the graph's number format.
        """
        g = self.graph
        centres = (np.arange(size) * 2 + 1) / size - 1
        identity = np.stack(np.broadcast_arrays(centres[None, :], centres[:, None]), axis=-1)
        grid = g.node("Transpose", grid_change, perm=[0, 2, 3, 1])
        grid = g.node("Add", grid, g.constant(identity[None].astype(np.float32)))
        sampled = g.node("GridSample", g.widen(image), grid, mode="bilinear", padding_mode="border", align_corners=0)
        return g.narrow(sampled)

    def mix(self, alpha: Value, over: Value, under: Value) -> Value:
        """`apply_color_change`: `over` where `alpha` is 1, `under` where it is 0."""
        g = self.graph
        rest = g.node("Sub", g.weight(1.0), alpha)
        return g.node("Add", g.node("Mul", over, alpha), g.node("Mul", under, rest))

    def paste(self, image: Value, patch: Value, at: tuple[int, int], sizes: tuple[int, int]) -> Value:
        """The square NCHW `image` with the square `patch` laid over it, its corner at `at` (y, x)."""
        g = self.graph
        (top, left), (size, patch_size) = at, sizes
        bottom, right = top + patch_size, left + patch_size
        middle = g.slice(image, 2, top, bottom)
        row = g.concat(g.slice(middle, 3, 0, left), patch, g.slice(middle, 3, right, size), axis=3)
        return g.concat(g.slice(image, 2, 0, top), row, g.slice(image, 2, bottom, size), axis=2)
