"""One port, two receivers: the second hears what the first does."""

import select
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from ezvtb.errors import TrackingError
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.protocols import raw
from ezvtb.tracking.receiver import Receiver
from ezvtb.tracking.relay import BorrowedPort, Relay
from ezvtb.tracking.sockets import bind, waiting

POSE = [0.5] * 45


def wait_until(true: Callable[[], bool]) -> None:
    end = time.perf_counter() + 60
    while not true():
        assert time.perf_counter() < end, "it did not happen within 60 s"
        time.sleep(0.01)


@pytest.fixture
def sender() -> "Iterator[socket.socket]":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        yield made


def opened(receiver: Receiver) -> bool:
    try:
        receiver.open()
    except TrackingError:
        return False
    return True


def follows(receiver: Receiver, sender: socket.socket, port: int, value: float) -> bool:
    sender.sendto(raw.encode([value] * 45), ("127.0.0.1", port))
    faces = receiver.faces(0)
    return bool(faces) and faces[-1].face.pose == pytest.approx([value] * 45)


def test_the_second_hears_through_the_first_and_has_the_port_when_that_ends(sender: socket.socket) -> None:
    first, second = Receiver(Endpoint(), (0,)), Receiver(Endpoint())
    first.open()
    (port,) = first.ports
    second.ports = (port,)
    try:
        wait_until(lambda: opened(second))  # as soon as the first has answered
        wait_until(lambda: follows(second, sender, port, 0.25))
        assert follows(first, sender, port, 0.25)
        said = second.status(time.perf_counter())
        assert f"Raw poses from 127.0.0.1:{sender.getsockname()[1]}" in said  # and not from the first
        assert f"Another program with an avatar has UDP port {port} and passes on what comes." in said
        first.close()
        wait_until(lambda: follows(second, sender, port, 0.75))
        wait_until(lambda: "Another program" not in second.status(time.perf_counter()))
        assert second.ports == (port,)
    finally:
        first.close()
        second.close()


def test_another_program_s_port_is_no_help(sender: socket.socket) -> None:
    second = Receiver(Endpoint(), (sender.getsockname()[1],))
    assert not opened(second)
    time.sleep(0.1)
    assert not opened(second)
    second.close()


def test_what_others_send_to_a_borrowed_port_is_left(sender: socket.socket) -> None:
    borrowed = BorrowedPort(1)
    sender.sendto(b"EZVTB Avatar: passed on from 10.0.0.1:5\npacket", borrowed.socket.getsockname())
    select.select([borrowed.socket], [], [], 60)
    assert borrowed.packets(0.0) == []
    assert not borrowed.answers(0.0)
    borrowed.close()


def test_who_asks_no_more_gets_no_more() -> None:
    ours = bind("127.0.0.1", 0)
    relay, borrowed = Relay(ours), BorrowedPort(ours.getsockname()[1])
    borrowed.ask()
    select.select([ours], [], [], 60)
    assert relay.pass_on(waiting(ours), 0.0) == []
    assert relay.is_heard(2.0)
    assert not relay.is_heard(4.0)
    select.select([borrowed.socket], [], [], 60)
    assert borrowed.packets(0.0) == []
    assert borrowed.answers(2.0)
    assert not borrowed.answers(4.0)
    borrowed.close()
    ours.close()


def test_who_listens_for_this_computer_alone_is_passed_nothing_from_elsewhere() -> None:
    with bind("127.0.0.1", 0) as owner:
        port = owner.getsockname()[1]
        receiver = Receiver(Endpoint(), (port,))
        assert not opened(receiver)
        owner.settimeout(60)
        _, address = owner.recvfrom(100)
        owner.sendto(b"EZVTB Avatar: passed on from ", address)
        wait_until(lambda: opened(receiver))
        try:
            for host in ("192.168.1.20", "127.0.0.1"):
                owner.sendto(f"EZVTB Avatar: passed on from {host}:5\n".encode() + raw.encode(POSE), address)
            wait_until(lambda: bool(receiver.faces(0)))
            assert {face.sender for face in receiver.faces(0)} == {"127.0.0.1:5"}
        finally:
            receiver.close()
