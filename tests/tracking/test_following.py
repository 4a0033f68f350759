"""Whom the avatar follows when packets come from anywhere, without sockets."""

import pytest

from ezvtb.tracking.following import Following, Packet
from ezvtb.tracking.protocols import PROTOCOLS, raw
from tracking.protocols import encoders

GARBAGE = b"garbage"


def packet(value: float = 0.0, port: int = 1000, host: str = "10.0.0.1") -> Packet:
    return Packet(raw.encode([value] * 45), host, port)


def garbage(port: int = 1, size: int = 7) -> Packet:
    return Packet(bytes(size), "10.0.0.9", port)


def told(following: Following, now: float) -> str:
    return " ".join(following.sentences(now))


@pytest.fixture
def following() -> Following:
    return Following(PROTOCOLS)


def test_faces_are_numbered_and_given_once(following: Following) -> None:
    following.take([packet(0.25)], 1.0)
    following.take([packet(0.5)], 1.1)
    first, second = following.faces(0)
    assert (first.number, second.number) == (1, 2)
    assert (second.face.pose, second.sender, second.protocol, second.moment) == (
        [0.5] * 45,
        "10.0.0.1:1000",
        "Raw poses",
        1.1,
    )
    assert following.faces(1) == [second]
    assert following.faces(2) == []


def test_it_stays_with_the_first_of_two_senders_and_says_so(following: Following) -> None:
    following.take([packet(0.25, 1000)], 0.0)
    for step in range(50):
        following.take([packet(0.25, 1000), packet(0.75, 2000)], step / 20)
    assert {each.sender for each in following.faces(0)} == {"10.0.0.1:1000"}
    assert "Raw poses from 10.0.0.1:2000 sends too" in told(following, 2.5)
    assert "sends too" not in told(following, 60)


def test_a_program_that_sends_each_packet_from_another_port_is_one_sender(following: Following) -> None:
    for step in range(10):
        following.take([packet(step / 10, 1000 + step)], step / 20)
    assert following.faces(0)[-1].face.pose == pytest.approx([0.9] * 45)
    assert "sends too" not in told(following, 0.5)


def test_a_silent_sender_is_left_for_another_one(following: Following) -> None:
    following.take([packet(0.25, 1000), packet(0.25, 1000)], 0.0)
    following.take([packet(0.75, 2000)], 0.9)
    assert len(following.faces(0)) == 1
    following.take([packet(0.75, 2000)], 1.1)
    assert following.faces(0)[-1].sender == "10.0.0.1:2000"


def test_who_is_followed_isn_t_told_to_send_too(following: Following) -> None:
    following.take([packet(port=1000), packet(port=1000)], 0.0)
    following.take([packet(port=2000)], 0.9)
    assert "10.0.0.1:2000 sends too" in told(following, 0.9)
    following.take([packet(port=2000)], 1.1)
    assert following.followed(1.1) == "Raw poses from 10.0.0.1:2000"
    assert "sends too" not in told(following, 1.1)
    assert following.followed(9) == ""


def test_of_two_senders_that_see_nobody_the_first_is_left_only_for_a_face(following: Following) -> None:
    def sees(port: int, found: bool) -> Packet:
        return Packet(encoders.vtubestudio({}, found=found), "10.0.0.1", port)

    following.take([sees(1000, True), sees(1000, True)], 0.0)
    for step in range(1, 30):
        following.take([sees(1000, False), sees(2000, False)], step / 10)
        assert following.followed(step / 10) == "VTube Studio from 10.0.0.1:1000"
    following.take([sees(1000, False), sees(2000, True)], 3.0)
    assert following.followed(3.0) == "VTube Studio from 10.0.0.1:2000"


def test_garbage_is_counted_and_its_sender_named(following: Following) -> None:
    following.take([packet(0.25)], 0.0)
    following.take([garbage(), packet(0.5)], 0.1)
    assert following.faces(0)[-1].face.pose == [0.5] * 45
    assert following.dropped == 1
    assert "1 packet dropped: from 10.0.0.9:1:" in told(following, 0.1)
    assert "dropped" not in told(following, 100)


def test_a_flood_of_large_garbage_hides_no_face(following: Following) -> None:
    following.take([packet(0.25)], 0.0)
    flood = [garbage(size=60000) for _ in range(500)]
    following.take([*flood, packet(0.5), *flood], 0.1)
    assert following.faces(0)[-1].face.pose == [0.5] * 45


def test_of_a_flood_the_newest_packets_are_read(following: Following) -> None:
    for step in range(100):
        following.take([packet((step * 1000 + number) / 1e5) for number in range(1000)], step / 1000)
    assert following.faces(0)[-1].face.pose == pytest.approx([0.99999] * 45)
    assert following.faces(0)[-1].number < 5000  # the rest of the 100000 was not even parsed
    assert following.accepted == 100000


def test_at_a_glance_only_the_newest_packet_is_read_and_all_are_counted(following: Following) -> None:
    following.take([packet(0.25)], 1.0)
    following.take([Packet(b"unread", "10.0.0.1", 1000)] * 9 + [packet(0.5)], 1.2, glance=True)
    assert [each.face.pose for each in following.faces(1)] == [[0.5] * 45]
    assert (following.accepted, following.dropped) == (11, 0)


def test_a_chosen_tracker_refuses_the_others() -> None:
    following = Following([each for each in PROTOCOLS if each.name == "VMC"])
    following.take([packet()], 0.0)
    assert following.faces(0) == []
    assert following.dropped == 1


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (0.5, "Raw poses from 10.0.0.1:1000, 20 packets a second."),
        (60.0, "Raw poses from 10.0.0.1:1000 has gone silent."),
    ],
)
def test_the_status_says_who_sends_and_how_often(following: Following, moment: float, words: str) -> None:
    assert told(following, 0) == "Start your face tracker: nothing has come yet."
    for step in range(11):
        following.take([packet()], step / 20)
    assert told(following, moment) == words
