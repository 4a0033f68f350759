import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking import pose
from ezvtb.tracking.protocols import raw


def packet(values: list[float], tail: bytes = b"") -> bytes:
    return struct.pack("<45f", *values) + tail


RISING = [index / 45 for index in range(45)]


@pytest.mark.parametrize("tail", [b"", struct.pack("<4f", 1, 2, 3, 1), struct.pack("<4f", *[math.nan] * 4)])
def test_a_packet_with_or_without_a_position_gives_its_pose(tail: bytes) -> None:
    assert raw.parse(packet(RISING, tail)).pose == pytest.approx(RISING)


def test_values_out_of_range_are_clamped() -> None:
    assert raw.parse(packet([-7.0] * 45)).pose == list(pose.LOWEST)
    assert raw.parse(packet([7.0] * 45)).pose == [1.0] * 45


@pytest.mark.parametrize("size", [0, 1, 179, 181, 192, 195, 197, 360, 1785])
def test_other_sizes_are_refused_by_number(size: int) -> None:
    with pytest.raises(ParseError, match=str(size)):
        raw.parse(bytes(size))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 22, 44])
def test_one_value_that_is_not_finite_spoils_the_packet(place: int, value: float) -> None:
    values = [0.0] * 45
    values[place] = value
    with pytest.raises(ParseError, match="finite"):
        raw.parse(packet(values))


@given(st.lists(st.floats(0, 1, width=32), min_size=45, max_size=45))
def test_what_is_encoded_is_parsed_to_the_same(values: list[float]) -> None:
    assert raw.parse(raw.encode(values)).pose == values


@given(st.binary(max_size=400) | st.binary(min_size=180, max_size=180) | st.binary(min_size=196, max_size=196))
def test_no_bytes_give_anything_but_a_pose_in_range_or_a_parse_error(data: bytes) -> None:
    try:
        values = raw.parse(data).pose
    except ParseError:
        return
    assert values is not None
    assert all(lowest <= value <= 1 for lowest, value in zip(pose.LOWEST, values, strict=True))
