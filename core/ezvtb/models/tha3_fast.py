"""The blocks of `tha3_blocks` rearranged to cost less: the same sums in another order, so equal up to rounding.

Kept is only what was faster in paired runs on OpenVINO and on ONNX Runtime both, or much faster on one and no slower on
the other (2 cores with AVX-512; float32, and bfloat16 in OpenVINO). On such a machine the 512x512 level is bound by
memory: a tensor of 64 channels there is 67 MB.

Tried and left out:
* Nearest doubling and a depthwise 3x3 in phases, as `transposed_block` does it: OpenVINO gains 5 % on the editor, ONNX
  Runtime loses 20 %.
* Nearest doubling and a depthwise 3x3 as one depthwise transposed 4x4 convolution. OpenVINO gains 4..7 % on rotator and
  editor, ONNX Runtime, which has no fast depthwise transposed convolution, loses half.
* The pose as precomputed maps instead of planes: the depthwise convolution works on blocks of 16 channels with or
  without them. Planes by Pad and Add, or by Mul, instead of Expand: no difference.
* One Resize for warped image and grid change, one colour conversion for all four channels: no difference.
"""

from collections.abc import Sequence

import numpy as np

from .graph import Array, Value
from .tha3_blocks import Head, PlainBlocks


class FastBlocks(PlainBlocks):
    """Blocks with the rearrangements that paid."""

    def heads(self, x: Value, heads: Sequence[Head]) -> list[Value]:
        """All heads as one convolution.

        A convolution kernel fills a whole vector of output channels, 16 with AVX-512, whether it needs 1 or 16: five
        heads of 1 to 4 channels cost five times what one of 12 costs. Editor 0.85, morpher 0.75 of the time.
        """
        parts = [self.head_weights(head) for head in heads]
        sizes = [weight.shape[0] for weight, _ in parts]
        weight = np.concatenate([weight for weight, _ in parts])
        bias = np.concatenate([np.zeros(n, np.float32) if b is None else b for (_, b), n in zip(parts, sizes)])
        values = self.graph.split(self.kernel(x, weight, bias=bias), sizes)
        return [self.activation(value, head) for value, head in zip(values, heads)]

    def transposed_block(self, x: Value, name: str) -> Value:
        """The 4x4 transposed convolution as four convolutions at the small size, one for each pixel of a 2x2 cell.

        Neither runtime has a fast depthwise transposed convolution. OpenVINO takes 0.22 of the time in bfloat16, for
        which it has none at all, and as long as before in float32; ONNX Runtime takes 0.9.
        """
        weight = self.weights[f"{name}.0.weight"]
        if weight.shape[1] != 1:
            return super().transposed_block(x, name)
        pointwise = self.weights[f"{name}.1.weight"]
        cells = [self.kernel(self.kernel(x, phase), pointwise) for phase in _phases(weight)]
        y = self.graph.node("DepthToSpace", self.graph.concat(*cells), blocksize=2, mode="DCR")
        return self.activate(self.normalise(y, self.norm_of(name)), self.slope)

    def doubled_block(self, x: Value, name: str, skip: Value | None = None) -> Value:
        """A U-Net's block without its concatenation: each half is convolved by itself, then they are added.

        Convolution is linear in its input channels. The concatenation at 512x512 would move 100 MB; the sum is done by
        the second convolution as it writes. Editor 0.93 (OpenVINO) and 0.9 (ONNX Runtime) of the time.
        """
        if skip is None:
            return super().doubled_block(x, name)
        first = self._channels(name)
        halves = (
            self._convolve_part(self.doubled(x, "nearest"), name, slice(0, first)),
            self._convolve_part(skip, name, slice(first, None)),
        )
        return self.activate(self.normalise(self.graph.node("Add", *halves), self.norm_of(name)), self.slope)

    def _channels(self, name: str) -> int:
        """How many input channels of the block come from below: all but the skip's, which are as many as it gives."""
        if self.separable(name):
            pointwise = self.weights[f"{name}.1.weight"]
            return int(pointwise.shape[1] - pointwise.shape[0])
        weight = self.standard_weight(name)
        return int(weight.shape[1] - weight.shape[0])

    def _convolve_part(self, x: Value, name: str, part: slice) -> Value:
        """What the input channels `part` contribute to the convolution `name`."""
        if self.separable(name):
            deep = self.kernel(x, self.weights[f"{name}.0.weight"][part])
            return self.kernel(deep, self.weights[f"{name}.1.weight"][:, part])
        return self.kernel(x, self.standard_weight(name)[:, part])


def _phases(weight: Array) -> list[Array]:
    """The (C, 1, 4, 4) weight of a transposed convolution of stride 2 and padding 1, as four (C, 1, 3, 3) weights.

    The output pixel (2y + a, 2x + b) sums the input pixels (y + dy, x + dx) with weight[a + 1 - 2 dy, b + 1 - 2 dx].
    """
    phases = []
    for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
        phase = np.zeros((weight.shape[0], 1, 3, 3), np.float32)
        for dy, dx in np.ndindex(3, 3):
            row, column = a + 3 - 2 * dy, b + 3 - 2 * dx  # dy and dx count from the pixel before: shifted by one
            if 0 <= row < 4 and 0 <= column < 4:
                phase[:, 0, dy, dx] = weight[:, 0, row, column]
        phases.append(phase)
    return phases
