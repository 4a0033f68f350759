import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError, TrackingError
from ezvtb.track.recording import Packet, Recorder, read

HEADER = '{"ezvtb_packets":1}\n'
PACKET = '{"t":0.5,"from":"a:1","data":"AAE="}\n'


def recorded(path: Path, *packets: Packet) -> Path:
    recorder = Recorder(path)
    for packet in packets:
        recorder.write(packet.data, packet.sender, packet.seconds)
    recorder.close()
    return path


@given(st.lists(st.tuples(st.floats(0, 1e6), st.text(), st.binary(max_size=3000)), max_size=20))
def test_what_is_recorded_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[float, str, bytes]]
) -> None:
    packets = [Packet(*entry) for entry in sorted(entries)]
    again = list(read(recorded(tmp_path_factory.mktemp("recording") / "r", *packets)))
    assert [(packet.sender, packet.data) for packet in again] == [(packet.sender, packet.data) for packet in packets]
    first = packets[0].seconds if packets else 0
    assert [packet.seconds for packet in again] == pytest.approx(
        [packet.seconds - first for packet in packets], abs=1e-6
    )


def test_the_largest_packet_of_udp_fits(tmp_path: Path) -> None:
    packet = Packet(0.0, "127.0.0.1:65535", bytes(65507))
    assert list(read(recorded(tmp_path / "r", packet))) == [packet]


def test_every_packet_is_in_the_file_at_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r")
    for number in range(3):
        recorder.write(b"x", "a:1", float(number))
        assert len(list(read(tmp_path / "r"))) == number + 1
    recorder.close()
    assert (recorder.packets, recorder.seconds) == (3, 2.0)


def test_a_clock_that_steps_back_makes_no_broken_recording(tmp_path: Path) -> None:
    packets = [Packet(moment, "a:1", b"") for moment in (5.0, 4.0, 6.0)]
    assert [packet.seconds for packet in read(recorded(tmp_path / "r", *packets))] == [0, 0, 1]


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("precious")
    with pytest.raises(TrackingError, match="exists already"):
        Recorder(tmp_path / "r")
    assert (tmp_path / "r").read_text() == "precious"


def test_a_folder_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="can't be written"):
        Recorder(tmp_path / "nowhere" / "r")


FULL_DISK = """
import resource, sys
from pathlib import Path
from ezvtb.errors import TrackingError
from ezvtb.track.recording import Recorder
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    recorder = Recorder(Path(sys.argv[1]))
    while True:
        recorder.write(bytes(200), "127.0.0.1:5000", 0.0)
except TrackingError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
@pytest.mark.parametrize(("room", "packets"), [(1000, 3), (2000, 6), (4096, 12)])
def test_a_full_disk_costs_only_what_did_not_fit(tmp_path: Path, room: int, packets: int) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "r"), str(room)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"It holds the {packets} packets until here." in said
    assert [packet.data for packet in read(tmp_path / "r")] == [bytes(200)] * packets
    assert (tmp_path / "r").read_bytes().endswith(b"}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_without_any_room_leaves_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "r"), "10"]
    assert "can't be written" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("cut", range(1, len(PACKET)))
def test_a_last_line_that_was_cut_off_does_not_count(tmp_path: Path, cut: int) -> None:
    (tmp_path / "r").write_text(HEADER + PACKET + PACKET[:-cut])
    assert len(list(read(tmp_path / "r"))) == 1


@pytest.mark.parametrize(
    "content",
    [
        "", "\n", "no json\n", "[]\n", "1\n", "{}\n", '{"ezvtb_packets":true}\n', '{"ezvtb_packets":"1"}\n', PACKET,
        "x" * 300_000, "ä\n", "[" * 100_000 + "\n",
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_told_from_a_recording(tmp_path: Path, content: str) -> None:
    (tmp_path / "r").write_text(content, "utf-8")
    with pytest.raises(ParseError, match="is no recording of packets"):
        list(read(tmp_path / "r"))


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_version_is_named(tmp_path: Path, version: int) -> None:
    (tmp_path / "r").write_text(json.dumps({"ezvtb_packets": version}) + "\n")
    with pytest.raises(ParseError, match=f"version {version};"):
        list(read(tmp_path / "r"))


@pytest.mark.parametrize(
    "line",
    [
        "", "{}", "[]", "null", "5", "{", '{"t":0,"from":"a:1"}', '{"t":0,"from":"a:1","data":"A"}',
        '{"t":0,"from":"a:1","data":"!!!!"}', '{"t":0,"from":"a:1","data":5}', '{"t":"x","from":"a:1","data":""}',
        '{"t":null,"from":"a:1","data":""}', '{"t":NaN,"from":"a:1","data":""}', '{"t":1e300,"from":"a:1","data":""}',
        '{"t":-1,"from":"a:1","data":""}', '{"t":0.4,"from":"a:1","data":""}', "[" * 50_000, "x" * 300_000,
        '{"t":1' + "0" * 400 + ',"from":"a:1","data":""}',
    ],
)  # fmt: skip
def test_a_broken_line_is_named_and_all_before_it_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "r").write_text(HEADER + PACKET + line + "\n" + PACKET)
    packets = read(tmp_path / "r")
    assert next(packets) == Packet(0.5, "a:1", b"\0\1")
    with pytest.raises(ParseError, match=r"Line 3 of .* is broken"):
        next(packets)


@given(st.binary(max_size=300))
def test_no_bytes_give_anything_but_packets_or_a_parse_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("recording") / "r"
    path.write_bytes(HEADER.encode() + data)
    try:
        packets = list(read(path))
    except ParseError:
        return
    assert all(packet.seconds >= 0 for packet in packets)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="nothing"):
        list(read(tmp_path / "nothing"))
