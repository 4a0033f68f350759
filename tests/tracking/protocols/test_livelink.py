import base64
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.face import NO_FACE
from ezvtb.tracking.protocols import livelink
from tracking.protocols import encoders

ORDER = encoders.LIVE_LINK_ORDER

PYLIVELINKFACE = base64.b64decode(
    "BgAAACQ0YjNjMWY3ZS0wMDAwLTQwMDAtODAwMC0wMTIzNDU2Nzg5YWIAAAADQWRhAAAE0j7yMoAAAAA8AAAAAT08I9cKPKPXCjz1wo89I9cKPUzM"
    "zT11wo89j1wpPaPXCj24Uew9zMzNPeFHrj31wo8+BR64Pg9cKT4ZmZo+I9cKPi4Uez44Uew+Qo9cPkzMzT5XCj0+YUeuPmuFHz51wo8+gAAAPoUe"
    "uD6KPXE+j1wpPpR64T6ZmZo+nrhSPqPXCj6o9cM+rhR7PrMzMz64Uew+vXCkPsKPXD7HrhQ+zMzNPtHrhT7XCj0+3Cj2PuFHrj7mZmY+64UfPvCj"
    "1z71wo8++uFIPwAAAD8Cj1w/BR64vszMzb6zMzO+mZmavoAAAL5MzM2+GZmavczMzb1MzM0AAAAA"
)
"""Written by PyLiveLinkFace 0.1: shape number n of its own list is (n + 1) / 100, the angles are -0.4, -0.35, …"""


def test_a_packet_that_pylivelinkface_wrote() -> None:
    face = livelink.parse(PYLIVELINKFACE)
    expected = {name[0].lower() + name[1:]: (number + 1) / 100 for number, name in enumerate(ORDER[:52])}
    assert set(expected) == set(SHAPES) and face.shapes == pytest.approx(expected)
    assert face.head == pytest.approx((math.degrees(-0.35), math.degrees(0.4), math.degrees(-0.3)))


def test_our_own_encoder_writes_what_pylivelinkface_writes() -> None:
    values = [(number + 1) / 100 if number < 52 else (number - 60) / 20 for number in range(61)]
    written = encoders.livelink(values, "Ada", "4b3c1f7e-0000-4000-8000-0123456789ab")
    frame = slice(-245 - 16, -245)
    assert written[: frame.start] == PYLIVELINKFACE[: frame.start] and written[-245:] == PYLIVELINKFACE[-245:]


@pytest.mark.parametrize("name", ["", "iPhone", "猫 of Ada", "x" * 1000])
@pytest.mark.parametrize("device", ["", "4b3c1f7e-0000-4000-8000-0123456789ab", "d" * 255])
def test_names_of_any_length(name: str, device: str) -> None:
    assert livelink.parse(encoders.livelink([0.5] * 61, name, device)).shapes["jawOpen"] == 0.5


def test_a_packet_without_values_has_no_face() -> None:
    assert livelink.parse(encoders.livelink(None)) == NO_FACE


@pytest.mark.parametrize(
    ("axis", "head"),
    [("HeadPitch", (1, 0, 0)), ("HeadYaw", (0, -1, 0)), ("HeadRoll", (0, 0, 1))],
)
def test_the_head_is_in_radians(axis: str, head: "tuple[float, ...]") -> None:
    values = [0.0] * 61
    values[ORDER.index(axis)] = math.radians(1)
    assert livelink.parse(encoders.livelink(values)).head == pytest.approx(head)


def test_values_out_of_range_are_brought_into_it() -> None:
    face = livelink.parse(encoders.livelink([7.0] * 52 + [math.radians(370)] * 9))
    assert set(face.shapes.values()) == {1.0} and face.head == pytest.approx((10, -10, 10), abs=1e-3)


SOUND = encoders.livelink([0.5] * 61)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        SOUND[:1],
        SOUND[:3],
        SOUND[:20],
        SOUND[:44],
        SOUND[:60],
        SOUND[:-1],
        SOUND[:-244],
        SOUND + b"\0",
        b"\7" + SOUND[1:],
        SOUND[:4] + b"\xff" + SOUND[5:],
        SOUND[:41] + b"\xff\xff\xff\xff" + SOUND[45:],
        SOUND[:41] + b"\0\0\0\7" + SOUND[45:],
        SOUND[:-245] + b"\x3c" + SOUND[-244:],
        SOUND[:-4] + struct.pack(">f", math.nan),
        SOUND[:-244] + struct.pack(">f", math.inf) + SOUND[-240:],
    ],
)
def test_damaged_packets_are_refused(packet: bytes) -> None:
    with pytest.raises(ParseError):
        livelink.parse(packet)


@given(st.lists(st.floats(0, 1, width=32), min_size=61, max_size=61), st.text(max_size=50))
def test_what_is_written_is_read(values: "list[float]", name: str) -> None:
    face = livelink.parse(encoders.livelink(values, name))
    assert face.shapes == {encoders.camel(each): value for each, value in zip(ORDER[:52], values, strict=False)}
