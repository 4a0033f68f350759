"""Real UDP and TCP sockets on this computer."""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Optional

import pytest

from ezvtb.errors import TrackingError
from ezvtb.tracking import receiver as receiver_module
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.following import Following, Packet
from ezvtb.tracking.protocols import raw
from ezvtb.tracking.receiver import Receiver
from ezvtb.tracking.sockets import bind
from tracking.protocols import encoders

POSE = [0.5] * 45
SOME_PORT = (0,)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(Endpoint(), SOME_PORT)
    made.open()
    yield made
    made.close()


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        yield made


def wait_until(true: Callable[[], bool]) -> None:
    end = time.perf_counter() + 60
    while not true():
        assert time.perf_counter() < end, "it did not happen within 60 s"
        time.sleep(0.005)


def newest(receiver: Receiver) -> "Optional[list[float]]":
    faces = receiver.faces(0)
    return faces[-1].face.pose if faces else None


def test_a_pose_sent_over_udp_arrives(receiver: Receiver, sender: socket.socket) -> None:
    assert f"Listening on 127.0.0.1:{receiver.ports[0]}." in receiver.status(time.perf_counter())
    sender.sendto(raw.encode(POSE), ("127.0.0.1", receiver.ports[0]))
    wait_until(lambda: newest(receiver) == POSE)
    assert f"127.0.0.1:{sender.getsockname()[1]}" in receiver.status(time.perf_counter())


def test_while_nobody_asks_packets_are_glanced_at_and_all_are_read_again_when_somebody_does(
    receiver: Receiver, sender: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    heaps: list[tuple[int, bool]] = []
    take = Following.take

    def noted(self: Following, packets: "list[Packet]", now: float, *, glance: bool) -> None:
        heaps.append((len(packets), glance))
        take(self, packets, now, glance=glance)

    monkeypatch.setattr(Following, "take", noted)

    def send(fits: "Callable[[tuple[int, bool]], bool]", asks: bool) -> None:
        def found() -> bool:
            sender.sendto(raw.encode(POSE), ("127.0.0.1", receiver.ports[0]))
            if asks:
                receiver.faces(0)
            return any(map(fits, heaps))

        wait_until(found)

    send(lambda heap: heap == (1, False), asks=True)
    send(lambda heap: heap[0] > 5 and heap[1], asks=False)  # a second later
    assert newest(receiver) == POSE  # somebody asks
    time.sleep(0.3)
    heaps.clear()
    send(lambda heap: not heap[1], asks=True)


def test_several_ports_are_listened_to_side_by_side(sender: socket.socket) -> None:
    made = Receiver(Endpoint(), (0, 0, 0))
    made.open()
    for number, port in enumerate(made.ports):
        sender.sendto(raw.encode([number / 4] * 45), ("127.0.0.1", port))
        wait_until(lambda number=number: newest(made) == [number / 4] * 45)  # type: ignore[misc]
    made.close()


def test_of_several_ports_a_taken_one_is_told_and_the_others_work(sender: socket.socket) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        second = Receiver(Endpoint(), (port, 0))
        second.open()
        assert f"UDP port {port} is already used by another program." in second.status(time.perf_counter())
        sender.sendto(raw.encode(POSE), ("127.0.0.1", second.ports[0]))
        wait_until(lambda: newest(second) == POSE)
        second.close()


def test_a_port_that_was_taken_is_listened_on_once_it_is_free(receiver: Receiver, sender: socket.socket) -> None:
    port = receiver.ports[0]
    second = Receiver(Endpoint(), (port, 0))
    second.open()
    assert port not in second.ports
    receiver.close()
    wait_until(lambda: port in second.ports)
    assert "already used" not in second.status(time.perf_counter())
    sender.sendto(raw.encode(POSE), ("127.0.0.1", port))
    wait_until(lambda: newest(second) == POSE)
    second.close()


def test_broken_packets_are_counted_named_and_change_nothing(receiver: Receiver, sender: socket.socket) -> None:
    broken = [b"", b"hello", bytes(179), bytes(181), struct.pack("<45f", *[float("nan")] * 45), bytes(60000)]
    for number, packet in enumerate(broken, 1):
        sender.sendto(packet, ("127.0.0.1", receiver.ports[0]))
        wait_until(lambda number=number: receiver.dropped == number)  # type: ignore[misc]
    assert receiver.faces(0) == []
    assert "60000" in receiver.status(time.perf_counter())


def test_a_flood_leaves_the_newest_pose_and_no_backlog(receiver: Receiver, sender: socket.socket) -> None:
    for number in range(20000):
        sender.sendto(raw.encode([number / 20000] * 45), ("127.0.0.1", receiver.ports[0]))

    def comes() -> bool:  # of a flood the system itself throws away what finds no room, and so perhaps this, too
        sender.sendto(raw.encode(POSE), ("127.0.0.1", receiver.ports[0]))
        return newest(receiver) == POSE

    wait_until(comes)
    last = [value / 2 for value in POSE]
    sender.sendto(raw.encode(last), ("127.0.0.1", receiver.ports[0]))
    wait_until(lambda: newest(receiver) == last)


def test_every_packet_can_be_watched(receiver: Receiver, sender: socket.socket) -> None:
    seen: list[tuple[bytes, str]] = []
    receiver.on_packet = lambda data, name, _moment: seen.append((data, name))
    sender.sendto(b"hello", ("127.0.0.1", receiver.ports[0]))
    wait_until(lambda: seen == [(b"hello", f"127.0.0.1:{sender.getsockname()[1]}")])


BY_TCP = Endpoint(phone="127.0.0.1", tracker="iFacialMocap (TCP)")
END = b"___iFacialMocap"


def turned(degrees: int) -> bytes:
    return encoders.text({"jawOpen": 5}, (0, -degrees, 0, 0, 0, -0.5))


def yaw(receiver: Receiver) -> Optional[float]:
    faces = receiver.faces(0)
    return faces[-1].face.head[1] if faces and faces[-1].face.head else None


@pytest.fixture
def stream_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free TCP port for phones to connect to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    monkeypatch.setattr(receiver_module, "STREAM_PORT", port)
    return port


def test_a_phone_that_connects_by_tcp_is_heard(stream_port: int) -> None:
    made = Receiver(BY_TCP, SOME_PORT)
    made.open()
    with socket.create_connection(("127.0.0.1", stream_port)) as phone:
        text = turned(5) + END + turned(-7)
        for start in range(0, len(text), 50):  # as a network cuts it
            phone.sendall(text[start : start + 50])
            time.sleep(0.002)
        wait_until(lambda: yaw(made) == 5)
        phone.sendall(END)
        wait_until(lambda: yaw(made) == -7)
    with socket.create_connection(("127.0.0.1", stream_port)) as phone:  # a stream without an end is cut off
        phone.settimeout(60)
        try:
            for _ in range(100):
                phone.sendall(bytes(10000))
            assert phone.recv(1) == b""
        except ConnectionError:
            pass  # it was reset while it still sent
    made.close()


def test_of_many_connections_by_tcp_the_one_that_is_silent_longest_makes_room(stream_port: int) -> None:
    made = Receiver(BY_TCP, SOME_PORT)
    made.open()
    phones = [socket.create_connection(("127.0.0.1", stream_port))]
    for degrees in range(1, 20):
        phones[0].sendall(turned(degrees) + END)
        wait_until(lambda degrees=degrees: yaw(made) == degrees)  # type: ignore[misc]
        phones.append(socket.create_connection(("127.0.0.1", stream_port)))
    phones[1].settimeout(60)
    assert phones[1].recv(1) == b""
    for phone in phones:
        phone.close()
    made.close()


def test_nobody_can_connect_by_tcp_unless_that_was_chosen(stream_port: int) -> None:
    made = Receiver(Endpoint(phone="127.0.0.1"), SOME_PORT)
    made.open()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", stream_port))
    made.close()


def test_a_taken_tcp_port_is_trouble_until_it_is_free(stream_port: int) -> None:
    made = Receiver(BY_TCP, SOME_PORT)
    with socket.create_server(("127.0.0.1", stream_port)):
        made.open()
        assert f"TCP port {stream_port} is already used" in made.status(time.perf_counter())
        assert made.trouble
    wait_until(lambda: not made.trouble)
    with socket.create_connection(("127.0.0.1", stream_port)) as phone:
        phone.sendall(turned(5) + END)
        wait_until(lambda: yaw(made) == 5)
    made.close()


def test_a_phone_without_a_good_address_is_told_and_what_comes_unasked_is_heard(sender: socket.socket) -> None:
    made = Receiver(Endpoint(phone="my phone"), SOME_PORT)
    made.open()
    assert "'my phone' is no phone's address. It is four numbers" in made.status(time.perf_counter())
    assert made.trouble
    sender.sendto(raw.encode(POSE), ("127.0.0.1", made.ports[0]))
    wait_until(lambda: newest(made) == POSE)
    made.close()


def test_localhost_is_understood() -> None:
    made = Receiver(Endpoint("localhost"), SOME_PORT)
    made.open()
    made.close()


def test_a_port_in_use_is_named_with_a_remedy() -> None:
    with bind("127.0.0.1", 0) as others:
        port = others.getsockname()[1]
        with pytest.raises(TrackingError, match=f"port {port} is already used") as caught:
            Receiver(Endpoint(port=port)).open()
    assert "another port" in caught.value.remedy


@pytest.mark.parametrize(
    ("host", "port"), [("256.1.1.1", 39570), ("192.0.2.1", 39570), ("127.0.0.1", 70000), ("example", 39570)]
)
def test_an_address_that_is_none_of_this_computer_is_refused(host: str, port: int) -> None:
    with pytest.raises(TrackingError):
        Receiver(Endpoint(host, port)).open()


def test_closing_frees_the_port_and_ends_the_thread(receiver: Receiver) -> None:
    receiver.close()
    again = Receiver(Endpoint(port=receiver.ports[0]))
    again.open()
    again.close()
    assert "Not listening" in again.status(time.perf_counter())


def test_a_fault_of_ours_is_told_and_ends_nothing(
    receiver: Receiver, sender: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Following, "take", lambda *_, **__: 1 / 0)
        sender.sendto(raw.encode(POSE), ("127.0.0.1", receiver.ports[0]))
        wait_until(lambda: "ZeroDivisionError" in receiver.status(time.perf_counter()))
    sender.sendto(raw.encode(POSE), ("127.0.0.1", receiver.ports[0]))
    wait_until(lambda: newest(receiver) == POSE)
