import argparse
import socket
import time

import pytest

from ezvtb.errors import TrackingError
from ezvtb.track import replay


def test_packets_arrive_in_order_and_none_before_its_moment() -> None:
    packets = [(0.0, b"first"), (0.0, b""), (0.05, b"x" * 65507), (0.1, b"last")]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        before = time.perf_counter()
        sent = replay.send(packets, receiver.getsockname())
        assert [receiver.recv(65535) for _ in packets] == [data for _, data in packets]
    assert sent.packets == 4
    assert 0.1 <= sent.seconds <= time.perf_counter() - before


def test_half_the_speed_takes_twice_the_time() -> None:
    assert replay.send([(0.0, b""), (0.05, b"")], ("127.0.0.1", 9), speed=0.5).seconds >= 0.1


def test_an_address_that_cannot_be_sent_to_gets_a_sentence() -> None:
    with pytest.raises(TrackingError, match=r"Nothing can be sent to nowhere\.invalid:9: "):
        replay.send([(0.0, b"")], ("nowhere.invalid", 9))


def test_a_packet_larger_than_udp_carries_gets_a_sentence() -> None:
    with pytest.raises(TrackingError, match="Nothing can be sent"):
        replay.send([(0.0, bytes(70_000))], ("127.0.0.1", 9))


def test_a_host_and_a_port_are_read() -> None:
    assert replay.address("192.168.1.5:39570") == ("192.168.1.5", 39570)
    assert replay.address("::1:39570") == ("::1", 39570)


@pytest.mark.parametrize("text", ["", ":1", "a", "a:", "a:0", "a:65536", "a:-1", "a:x", "a:١"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"no HOST:PORT"):
        replay.address(text)
