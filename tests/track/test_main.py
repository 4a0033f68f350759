"""The command as a user has it: processes, pipes, real sockets."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from ezvtb.track.__main__ import main
from ezvtb.track.recording import Recorder, read
from ezvtb.tracking import pose
from ezvtb.tracking.protocols import raw
from repeating import repeated

NODDING = [0.5 if name == "head_x" else 0.0 for name in pose.NAMES]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def watching(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "ezvtb.track", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        with process:
            yield process
    finally:
        process.kill()


@contextmanager
def sending(port: int) -> Iterator[None]:
    """A tracker that sends the same pose all the time."""
    packet, to = raw.encode(NODDING), ("127.0.0.1", port)
    with socket.socket(type=socket.SOCK_DGRAM) as tracker, repeated(lambda: tracker.sendto(packet, to), 0.01):
        yield


def printed(process: "subprocess.Popen[str]", part: str) -> str:
    """The first of the lines of half a minute with this in it."""
    assert process.stdout is not None
    for line in islice(process.stdout, 30):
        if part in line:
            return line
    raise AssertionError(f"it never said {part!r}")


def test_a_pipe_gets_lines_that_say_who_sends_and_what_becomes_of_it() -> None:
    port = free_port()
    with watching("--port", str(port)) as process, sending(port):
        line = printed(process, "head_x=0.50")
        assert "Raw poses from 127.0.0.1:" in line
        assert "Listening" not in line  # where is of no interest any more


def test_it_ends_quietly_when_nobody_reads_its_lines_any_more() -> None:
    with watching("--port", str(free_port())) as process:
        printed(process, "Listening")
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a child there can't be sent Ctrl+C alone")
def test_ctrl_c_ends_it_quietly_and_the_recording_is_whole(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "packets.jsonl"
    with watching("--port", str(port), "--record", str(file)) as process, sending(port):
        printed(process, "Whole poses")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0
    packets = list(read(file))
    assert packets
    assert all(packet.data == raw.encode(NODDING) for packet in packets)
    assert said.startswith(f"Recording to {file}: {len(packets)} packets")
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
def test_what_was_recorded_outlives_a_kill(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "packets.jsonl"
    with watching("--port", str(port), "--record", str(file)) as process, sending(port):
        printed(process, "1 s.")
        process.kill()
    assert len(list(read(file))) > 1


def test_a_recording_is_sent_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder(tmp_path / "r")
    for number in range(5):
        recorder.write(bytes([number]), "a:1", number / 100)
    recorder.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        to = f"127.0.0.1:{receiver.getsockname()[1]}"
        assert main(["--replay", str(tmp_path / "r"), "--to", to, "--speed", "2"]) == 0
        assert [receiver.recv(10) for _ in range(5)] == [bytes([number]) for number in range(5)]
    assert re.fullmatch(rf"5 packets in \d+\.\d s sent to {to}\.\n", capsys.readouterr().out)


def test_a_loop_over_an_empty_recording_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Recorder(tmp_path / "r").close()
    assert main(["--replay", str(tmp_path / "r"), "--loop"]) == 0
    assert capsys.readouterr().out.startswith("0 packets")


def test_a_port_that_is_taken_gets_one_sentence_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert main(["--port", str(port), "--record", str(tmp_path / "r")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"UDP port {port} is already used by another program. If that is the avatar in OBS")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--replay", "nowhere"], "nowhere can't be read"),
        (["--replay", __file__], "is no recording of packets"),
        (["--address", "192.0.2.1", "--port", "39570"], "192.0.2.1:39570 can't be listened on"),
    ],
)
def test_what_cannot_be_gets_a_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "0"], ["--port", "65536"], ["--port", "x"], ["--phone", "mine"], ["--tracker", "nobody"],
        ["--speed", "0"], ["--speed", "nan"], ["--speed", "inf"], ["--to", "nowhere"],
    ],
)  # fmt: skip
def test_a_wrong_option_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert arguments[0] in capsys.readouterr().err
