"""Read a network in ncnn's format (`.param` and `.bin`) without ncnn.

`.param` is text: a magic number, a line with the counts of layers and tensors, one line a layer (type, name, how many
inputs and outputs, their names, numbered parameters). `.bin` is the layers' weights in that order, nothing between
them: what a layer calls its weight has a flag of four bytes before it that says how it is stored, biases and slopes
are bare float32. (`ncnn/src/{net,paramdict,modelbin}.cpp` and `ncnn/src/layer/*.cpp`; BSD-3-Clause.)

Only what the super resolution networks need is admitted, layer types and parameters alike: a parameter that is passed
over would be a network that computes something else. All else is `ModelDamaged`, with a sentence that names it.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ezvtb.errors import ModelDamaged

Array = npt.NDArray[Any]

REMEDY = "Run `python -m ezvtb.models remove --downloads`, then install the model again."

MAGIC = "7767517"
HALF, SINGLE = 0x01306B47, 0
"""The flags before a weight: float16, padded to four bytes, and float32. ncnn knows quantised kinds too."""

MAX_LAYERS = 1000
MAX_NUMBERS = 1 << 26
"""More weights than any layer of these networks has, by a factor of 200: a wild count must not become an allocation."""

RELU_LEAKY = 2.0
"""A convolution's parameter 9: what follows it. Parameter 10 then holds the slope."""

Parameters = Mapping[int, tuple[float, ...]]


@dataclass(frozen=True)
class Layer:
    """One layer: its type in ncnn's words, the tensors it reads and writes, its parameters by their numbers, and its
    weights: "weight" (out, in, height, width) and "bias" (out), or "slope" (channels)."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Parameters
    weights: Mapping[str, Array] = field(default_factory=dict)

    def number(self, parameter: int, default: int = 0) -> int:
        """A parameter that is a whole number."""
        value = self.parameters.get(parameter, (float(default),))
        if len(value) != 1 or not value[0].is_integer():
            raise ModelDamaged(f"The layer {self.name} has a malformed parameter {parameter}.", REMEDY)
        return int(value[0])


_CONVOLUTION = {0, 1, 3, 4, 5, 6, 9, 10}
_ADMITTED: dict[str, tuple[int, int, set[int]]] = {
    "Input": (0, 1, {0, 1, 2}),
    "Split": (1, 2, set()),
    "Convolution": (1, 1, _CONVOLUTION),
    "Deconvolution": (1, 1, _CONVOLUTION),
    "PReLU": (1, 1, {0}),
    "PixelShuffle": (1, 1, {0}),
    "Interp": (1, 1, {0, 1, 2}),
    "BinaryOp": (2, 1, {0}),
}
"""For each type of layer how many inputs and outputs it has, and which parameters it may have.

Convolutions: 0 outputs, 1 kernel, 3 stride, 4 padding, 5 whether there is a bias, 6 how many weights, 9 activation,
10 its slope. PReLU: 0 channels. PixelShuffle: 0 factor. Interp: 0 kind, 1 and 2 factors. BinaryOp: 0 operation.
"""


def read_network(param: bytes, weights: bytes, name: str) -> tuple[Layer, ...]:
    """The layers of a network, in the order in which they run.

    Args:
        param: the `.param` file.
        weights: the `.bin` file.
        name: what the network is called, for messages.

    Raises:
        ModelDamaged: a file is truncated or inconsistent, or holds what these networks don't need.
    """
    reader = _WeightReader(weights, name)
    layers = [_with_weights(layer, reader) for layer in _layers(param, name)]
    if reader.left:
        raise ModelDamaged(f"{name} has {reader.left} bytes of weights that belong to no layer.", REMEDY)
    return tuple(layers)


# The text ------------------------------------------------------------------------------------------------------------


def _layers(param: bytes, name: str) -> Iterator[Layer]:
    """The layers without their weights; every tensor is made once and before it is read."""
    try:
        lines = [line.split() for line in param.decode("ascii").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise ModelDamaged(f"{name} is no network in ncnn's format.", REMEDY) from error
    if len(lines) < 3 or lines[0] != [MAGIC] or len(lines[1]) != 2:
        raise ModelDamaged(f"{name} is no network in ncnn's format.", REMEDY)
    layers = [_layer(words, name) for words in lines[2 : 2 + MAX_LAYERS]]
    made: set[str] = set()
    for layer in layers:
        if not made.issuperset(layer.inputs) or not made.isdisjoint(layer.outputs):
            raise ModelDamaged(f"{name}: the layer {layer.name} is not connected as a layer is.", REMEDY)
        made.update(layer.outputs)
    if lines[1] != [str(len(layers)), str(len(made))] or len(layers) != len(lines) - 2:
        raise ModelDamaged(f"{name} has other layers than it says.", REMEDY)
    yield from layers


def _layer(words: Sequence[str], name: str) -> Layer:
    kind, admitted = words[0], _ADMITTED.get(words[0])
    if admitted is None:
        raise ModelDamaged(f"{name} holds a layer of the type {kind[:40]!r}, which no network here needs.", REMEDY)
    inputs, outputs, allowed = admitted
    end = 4 + inputs + outputs
    if len(words) < end or list(words[2:4]) != [str(inputs), str(outputs)] or len(set(words[4:end])) < end - 4:
        raise ModelDamaged(f"{name}: a layer of the type {kind} is cut short or connected otherwise.", REMEDY)
    parameters = dict(_parameter(word, name) for word in words[end:])
    if not allowed.issuperset(parameters) or len(parameters) != len(words) - end:
        raise ModelDamaged(f"{name}: the layer {words[1]} has a parameter that no network here needs.", REMEDY)
    return Layer(kind, words[1], tuple(words[4 : 4 + inputs]), tuple(words[4 + inputs : end]), parameters)


_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12})?(e[+-]?\d{1,2})?")


def _parameter(word: str, name: str) -> tuple[int, tuple[float, ...]]:
    """`3=1`, or `-23310=1,0.1`: an array is numbered -23300 minus its number, and its length comes first."""
    key, _, value = word.partition("=")
    values = value.split(",")
    if not re.fullmatch(r"-?\d{1,5}", key) or not all(_NUMBER.fullmatch(each) for each in values):
        raise ModelDamaged(f"{name} holds a malformed parameter, {word[:40]!r}.", REMEDY)
    number, numbers = int(key), tuple(float(each) for each in values)
    if number <= -23300:
        number, length, numbers = -23300 - number, numbers[0], numbers[1:]
    else:
        length = 1.0
    if length != len(numbers):
        raise ModelDamaged(f"{name} holds a malformed parameter, {word[:40]!r}.", REMEDY)
    return number, numbers


# The numbers ---------------------------------------------------------------------------------------------------------


class _WeightReader:
    """Takes arrays off the front of a `.bin` file."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._at = 0
        self._name = name

    @property
    def left(self) -> int:
        """Bytes that nobody has taken."""
        return len(self._data) - self._at

    def flagged(self, count: int) -> Array:
        """A layer's weight: `count` numbers after a flag."""
        flag = int.from_bytes(self._take(4), "little")
        if flag == SINGLE:
            return self.bare(count)
        if flag != HALF:
            raise ModelDamaged(f"{self._name} stores weights in an unknown way (0x{flag:08X}).", REMEDY)
        data = self._take(count * 2 + count % 2 * 2)
        return self._numbers(data[: count * 2], "<f2")

    def bare(self, count: int) -> Array:
        """`count` float32 numbers without a flag."""
        return self._numbers(self._take(count * 4), "<f4")

    def _take(self, count: int) -> bytes:
        if count > self.left:
            raise ModelDamaged(f"{self._name} ends before its weights do.", REMEDY)
        self._at += count
        return self._data[self._at - count : self._at]

    def _numbers(self, data: bytes, dtype: str) -> Array:
        values = np.frombuffer(data, dtype).astype(np.float32)
        if not np.isfinite(values).all():
            raise ModelDamaged(f"{self._name} holds a weight that is not a finite number.", REMEDY)
        return values


def _with_weights(layer: Layer, reader: _WeightReader) -> Layer:
    weights: dict[str, Array] = {}
    if layer.kind in ("Convolution", "Deconvolution"):
        outputs, size, count = layer.number(0), layer.number(1), layer.number(6)
        each = outputs * size * size
        if not (outputs > 0 and size > 0 and 0 < count <= MAX_NUMBERS) or count % each:
            raise ModelDamaged(f"The layer {layer.name} has a malformed number of weights.", REMEDY)
        # ncnn keeps a transposed convolution's weight by outputs first too.
        weights["weight"] = reader.flagged(count).reshape(outputs, -1, size, size)
        if layer.number(5) not in (0, 1) or layer.number(9) not in (0, RELU_LEAKY):
            raise ModelDamaged(f"The layer {layer.name} has a kind of bias or activation that is not known.", REMEDY)
        weights["bias"] = reader.bare(outputs) if layer.number(5) else np.zeros(outputs, np.float32)
    elif layer.kind == "PReLU":
        if not 0 < layer.number(0) <= MAX_NUMBERS:
            raise ModelDamaged(f"The layer {layer.name} has a malformed number of slopes.", REMEDY)
        weights["slope"] = reader.bare(layer.number(0))
    return Layer(layer.kind, layer.name, layer.inputs, layer.outputs, layer.parameters, weights)


def slope(layer: Layer) -> float | None:
    """The slope below 0 of the LeakyReLU that a convolution ends with; None where nothing follows it."""
    if not layer.number(9):
        return None
    values = layer.parameters.get(10, ())
    if len(values) != 1 or not math.isfinite(values[0]):
        raise ModelDamaged(f"The layer {layer.name} has an activation without a slope.", REMEDY)
    return values[0]
