from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.protocols import PROTOCOLS, recognise
from tracking.protocols import fuzz
from tracking.protocols.faces import assert_in_range


def check_that_every_parser_took_some(taken: "dict[str, int]", packets: int) -> None:
    """Else the mutations are too wild to try more than the first line of a parser."""
    assert all(count > packets / 1000 for count in taken.values()), taken


def test_no_packet_gives_anything_but_a_face_in_range_or_a_parse_error() -> None:
    check_that_every_parser_took_some(fuzz.run(seed=1, packets=20_000), 20_000)


@pytest.mark.long
def test_none_of_ten_million_packets_does() -> None:
    seeds, each = range(100, 120), 500_000
    with ProcessPoolExecutor(2) as pool:
        for taken in pool.map(fuzz.run, seeds, [each] * len(seeds)):
            check_that_every_parser_took_some(taken, each)


@given(st.binary(max_size=2000))
def test_nor_does_any_that_hypothesis_finds(packet: bytes) -> None:
    for protocol in PROTOCOLS:
        try:
            assert_in_range(protocol.parse(packet))
        except ParseError:
            continue
    try:
        assert recognise(packet) in PROTOCOLS
    except ParseError as error:
        assert error.remedy
