import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from ezvtb.errors import TrackingError
from ezvtb.tracking.protocols import raw
from ezvtb.tracking.tracker import Tracker

POSE = [0.5] * 45


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    made = Tracker("127.0.0.1", 0)
    made.open()
    yield made
    made.close()


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        yield made


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it did not happen within 5 s"
        time.sleep(0.005)


def settle(tracker: Tracker, sender: socket.socket, values: list[float]) -> list[float]:
    """What the tracker shows after the pose has come for half a second."""
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        sender.sendto(raw.encode(values), ("127.0.0.1", tracker.port))
        tracker.pose(time.monotonic())
        time.sleep(0.02)
    return tracker.pose(time.monotonic())


def test_a_pose_sent_over_udp_is_shown(tracker: Tracker, sender: socket.socket) -> None:
    assert settle(tracker, sender, POSE) == POSE


def test_silence_leads_to_idle_motion(tracker: Tracker, sender: socket.socket) -> None:
    settle(tracker, sender, POSE)
    later = time.monotonic() + 60
    tracker.pose(later)
    assert tracker.pose(later)[26] == 0.0  # idle motion doesn't open the mouth
    assert tracker.pose(later)[44] != tracker.pose(later + 1)[44]


def test_without_idle_motion_the_character_rests(tracker: Tracker) -> None:
    tracker.idle = False
    assert tracker.pose(time.monotonic()) == [0.0] * 45


def test_broken_packets_are_counted_named_and_change_nothing(tracker: Tracker, sender: socket.socket) -> None:
    settle(tracker, sender, POSE)
    broken = [b"", b"hello", bytes(179), bytes(181), struct.pack("<45f", *[float("nan")] * 45), bytes(60000)]
    for number, packet in enumerate(broken, 1):
        sender.sendto(packet, ("127.0.0.1", tracker.port))
        wait_until(lambda number=number: tracker.dropped == number)  # type: ignore[misc]
    assert tracker.pose(time.monotonic()) == POSE
    assert "60000" in tracker.status(time.monotonic())


def test_the_status_says_who_sends_and_how_often(tracker: Tracker, sender: socket.socket) -> None:
    assert "no pose has come yet" in tracker.status(time.monotonic())
    settle(tracker, sender, POSE)
    settle(tracker, sender, POSE)
    settle(tracker, sender, POSE)
    status = tracker.status(time.monotonic())
    assert f"127.0.0.1:{sender.getsockname()[1]}" in status
    assert "poses a second" in status
    assert "gone silent" in tracker.status(time.monotonic() + 60)


def test_a_flood_leaves_the_newest_pose_and_no_backlog(tracker: Tracker, sender: socket.socket) -> None:
    for number in range(20000):
        sender.sendto(raw.encode([number / 20000] * 45), ("127.0.0.1", tracker.port))
    assert settle(tracker, sender, POSE) == POSE


def test_a_flood_of_garbage_does_not_hide_the_poses_in_it(tracker: Tracker, sender: socket.socket) -> None:
    for _ in range(30):
        for _ in range(50):
            sender.sendto(b"garbage", ("127.0.0.1", tracker.port))
        sender.sendto(raw.encode(POSE), ("127.0.0.1", tracker.port))
        for _ in range(20):
            sender.sendto(b"garbage", ("127.0.0.1", tracker.port))
        tracker.pose(time.monotonic())
        time.sleep(0.02)
    assert tracker.pose(time.monotonic()) == POSE
    assert tracker.dropped > 0


def test_localhost_is_understood() -> None:
    made = Tracker("localhost", 0)
    made.open()
    made.close()


def test_a_port_in_use_is_named_with_a_remedy(tracker: Tracker) -> None:
    with pytest.raises(TrackingError, match=f"port {tracker.port} is already used") as caught:
        Tracker("127.0.0.1", tracker.port).open()
    assert "another port" in caught.value.remedy


@pytest.mark.parametrize(
    ("host", "port"), [("256.1.1.1", 39570), ("192.0.2.1", 39570), ("127.0.0.1", 70000), ("example", 39570)]
)
def test_an_address_that_is_none_of_this_computer_is_refused(host: str, port: int) -> None:
    with pytest.raises(TrackingError):
        Tracker(host, port).open()


def test_closing_frees_the_port_and_ends_the_thread(tracker: Tracker) -> None:
    tracker.close()
    again = Tracker("127.0.0.1", tracker.port)
    again.open()
    again.close()
    assert "Not listening" in again.status(time.monotonic())
