"""The reader of ncnn's files: what it reads, what it refuses, and that nothing crashes it."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ezvtb.errors import ModelDamaged
from ezvtb.models.ncnn import HALF, SINGLE, read_network, slope

PARAM = """7767517
3 3
Input            data     0 1 data 0=8 1=8 2=3
Convolution      conv     1 1 data a 0=1 1=1 4=0 5=1 6=3 9=2 -23310=1,1.000000e-01
PReLU            prelu    1 1 a b 0=1
"""
WEIGHTS = np.array([1.5, -2.25, 0.5], np.float16)
BIN = struct.pack("<I", HALF) + WEIGHTS.tobytes() + bytes(2) + struct.pack("<ff", 0.125, 0.25)


def test_layers_come_with_their_weights() -> None:
    data, conv, prelu = read_network(PARAM.encode(), BIN, "small")
    assert (data.kind, data.inputs, data.outputs) == ("Input", (), ("data",))
    assert conv.weights["weight"].tolist() == [[[[1.5]], [[-2.25]], [[0.5]]]]
    assert conv.weights["bias"].tolist() == [0.125]
    assert slope(conv) == 0.1
    assert conv.number(1) == 1
    assert conv.number(3, default=1) == 1
    assert prelu.weights["slope"].tolist() == [0.25]
    assert prelu.inputs == conv.outputs


def test_weights_may_be_float32_and_lines_may_end_as_on_windows() -> None:
    weights = struct.pack("<I", SINGLE) + WEIGHTS.astype(np.float32).tobytes() + struct.pack("<ff", 0.125, 0.25)
    full = read_network(PARAM.replace("\n", "\r\n").encode(), weights, "small")
    half = read_network(PARAM.encode(), BIN, "small")
    assert full[1].weights["weight"].tolist() == half[1].weights["weight"].tolist()


REFUSED = {
    "another magic number": (PARAM.replace("7767517", "7767518"), BIN),
    "nothing": ("", BIN),
    "no text": ("\xff", BIN),
    "fewer layers than it says": (PARAM.replace("3 3", "4 3"), BIN),
    "fewer tensors than it says": (PARAM.replace("3 3", "3 4"), BIN),
    "an unknown type": (PARAM.replace("PReLU", "Softmax"), BIN),
    "an unknown parameter": (PARAM.replace("4=0", "2=2"), BIN),
    "a parameter twice": (PARAM.replace("4=0", "5=1"), BIN),
    "a malformed parameter": (PARAM.replace("4=0", "4=x"), BIN),
    "a parameter that is not a number": (PARAM.replace("4=0", "4=nan"), BIN),
    "an array shorter than it says": (PARAM.replace("=1,1.0", "=2,1.0"), BIN),
    "a tensor that nobody made": (PARAM.replace("data a", "x a"), BIN),
    "a tensor that is made twice": (PARAM.replace("a b 0=1", "a a 0=1"), BIN),
    "a layer with two inputs too many": (PARAM.replace("1 1 a b", "3 1 a a a b"), BIN),
    "a line that ends early": (PARAM.replace("1 1 a b 0=1", "1 1"), BIN),
    "more weights than fit its size": (PARAM.replace("1=1 4", "1=2 4"), BIN),
    "no kernel": (PARAM.replace("1=1 4", "1=0 4"), BIN),
    "billions of weights": (PARAM.replace("6=3", "6=3000000000"), BIN),
    "a fraction of a weight": (PARAM.replace("6=3", "6=3.5"), BIN),
    "an unknown activation": (PARAM.replace("9=2", "9=4"), BIN),
    "no bias or two": (PARAM.replace("5=1", "5=2"), BIN),
    "quantised weights": (PARAM, struct.pack("<I", 0x000D4B38) + BIN[4:]),
    "weights that end early": (PARAM, BIN[:-1]),
    "weights that go on": (PARAM, BIN + b"\0"),
    "no weights": (PARAM, b""),
    "a weight that is no number": (PARAM, BIN[:4] + b"\xff\xff" + BIN[6:]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_such_a_network_is_refused_with_a_sentence(name: str) -> None:
    param, weights = REFUSED[name]
    with pytest.raises(ModelDamaged) as caught:
        read_network(param.encode("latin-1"), weights, "small")
    assert caught.value.message.endswith(".")
    assert caught.value.remedy


def test_an_activation_without_a_slope_is_refused() -> None:
    layers = read_network(PARAM.replace(" -23310=1,1.000000e-01", "").encode(), BIN, "small")
    with pytest.raises(ModelDamaged):
        slope(layers[1])


@settings(max_examples=200)
@given(at=st.integers(0, len(PARAM) - 1), junk=st.binary(max_size=6), cut=st.integers(0, 8), weights=st.integers(0, 20))
def test_altered_files_are_read_or_refused_and_nothing_else(at: int, junk: bytes, cut: int, weights: int) -> None:
    param = PARAM.encode()
    try:
        read_network(param[:at] + junk + param[at + cut :], BIN[:weights] + junk + BIN[weights + cut :], "small")
    except ModelDamaged as error:
        assert error.remedy


@settings(max_examples=200)
@given(param=st.binary(max_size=300), weights=st.binary(max_size=40))
def test_garbage_is_refused(param: bytes, weights: bytes) -> None:
    with pytest.raises(ModelDamaged):
        read_network(param, weights, "garbage")
