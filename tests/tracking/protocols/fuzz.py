"""Packets as no tracker sends them, and what must hold all the same. Run as a program it takes a seed and a number."""

import random
import struct
import sys
from collections.abc import Callable, Sequence

from ezvtb.errors import ParseError
from ezvtb.tracking.protocols import PROTOCOLS, recognise
from ezvtb.tracking.protocols.merge import Merger
from tracking.protocols import encoders
from tracking.protocols.faces import assert_in_range

_PROTOCOLS = [protocol for protocol in PROTOCOLS if protocol.name in encoders.VALID]

_POOL = 400
"""Valid packets to begin with."""

_BAD_NUMBERS = (float("nan"), float("inf"), -float("inf"), 1e30, -5.0, -0.0, 1e-45, 3.4e38)
_FLOATS = [struct.pack(order + "f", number) for number in _BAD_NUMBERS for order in "<>"]
_WORDS = (
    b"nan", b"inf", b"-", b"1e300", b"1e999", b"-5", b"0x1p3", b"1_0", b"null", b"true", b"[", b"{", b"}",
    b"|", b"&", b"#", b",", b"\0", b"=head#", b'"FaceFound"', b"#bundle\0", b"/VMC/Ext/OK\0", b",sf\0",
    b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", "²".encode(), "٣".encode(), b"\xed\xa0\x80",
    b"9" * 400, b"\6\0\0\0", b" & ",
)  # fmt: skip


def _flipped(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    for _ in range(rng.randrange(1, 9)):
        if packet:
            packet[rng.randrange(len(packet))] = rng.randrange(256)


def _cut(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    del packet[rng.randrange(len(packet) + 1) :]


def _shortened(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    start = rng.randrange(len(packet) + 1)
    del packet[start : start + rng.randrange(12)]


def _with_words(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    for _ in range(rng.randrange(1, 4)):
        start = rng.randrange(len(packet) + 1)
        packet[start : start + rng.randrange(8)] = rng.choice(_WORDS)


def _with_floats(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    for _ in range(rng.randrange(1, 4)):
        start = rng.randrange(len(packet) + 1)
        packet[start : start + 4] = rng.choice(_FLOATS)


def _joined(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    other = rng.choice(others)
    packet[rng.randrange(len(packet) + 1) :] = other[rng.randrange(len(other) + 1) :]


def _repeated(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    packet *= rng.randrange(2, 5)


def _random(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    packet[:] = rng.randbytes(rng.choice((0, 1, 4, 45, 180, 196, 309, 1785, rng.randrange(400))))


def _headed(rng: random.Random, packet: bytearray, others: Sequence[bytes]) -> None:
    packet[:] = rng.choice(_WORDS) + rng.randbytes(rng.randrange(200))


_MUTATIONS: "tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...]" = (
    _flipped, _flipped, _cut, _shortened, _with_words, _with_floats, _with_floats, _joined, _repeated, _random, _headed,
)  # fmt: skip


def run(seed: int, packets: int) -> "dict[str, int]":
    """Puts so many packets through the detector, all parsers and a merger; how many each parser took.

    AssertionError for a value out of range; whatever else than ParseError a parser raises goes through.
    """
    rng = random.Random(seed)
    pool = [encode(rng) for encode in encoders.VALID.values() for _ in range(_POOL // len(encoders.VALID))]
    merger = Merger()
    taken = dict.fromkeys(["recognised", *encoders.VALID], 0)
    for _ in range(packets):
        mutated = bytearray(rng.choice(pool))
        for _ in range(rng.choice((1, 1, 2))):
            rng.choice(_MUTATIONS)(rng, mutated, pool)
        packet = bytes(mutated)
        try:
            recognise(packet)
            taken["recognised"] += 1
        except ParseError:
            pass
        for protocol in _PROTOCOLS:
            try:
                face = protocol.parse(packet)
            except ParseError:
                continue
            taken[protocol.name] += 1
            assert_in_range(face)
            whole = merger.feed(face)
            if whole is not None:
                assert_in_range(whole)
    return taken


if __name__ == "__main__":
    print(run(int(sys.argv[1]), int(sys.argv[2])))
