"""The engine process, spoken to as its client does."""

import errno
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from ezvtb import protocol
from ezvtb.backends.null import move
from ezvtb.canvas import draw
from ezvtb.engine import Engine
from ezvtb.placement import Placement
from ezvtb.protocol import FrameFile, Frames, Message

CORE = Path(__file__).parents[1] / "core"


class Client:
    """The least that a client is."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.file = FrameFile.create(4, 896 * 640 * 4, folder)
        environment = {**os.environ, "PYTHONPATH": str(CORE), "EZVTB_BACKEND": backend}
        log = (folder / "engine.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ezvtb.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
        )
        log.close()
        self.asides: list[Message] = []

    def tell(self, kind: int, payload: Any = b"") -> None:
        assert self.process.stdin
        protocol.write_message(self.process.stdin, kind, payload)

    def ask(self, kind: int, payload: Any = b"") -> Message:
        """The answer to a message; what comes beside it is kept in `asides`."""
        self.tell(kind, payload)
        assert self.process.stdout
        while (answer := protocol.read_message(self.process.stdout)) is not None:
            if answer.kind not in (protocol.PROGRESS, protocol.STATISTICS):
                return answer
            self.asides.append(answer)
        raise AssertionError("the engine ended")

    def start(self, **options: Any) -> Message:
        order = {"version": protocol.VERSION, "frames": str(self.file.path), "options": options}
        return self.ask(protocol.START, order)

    def pose(self, call: int, values: "list[float]", placement: "Placement | None" = None) -> Frames:
        return protocol.unpack_frames(self.ask(protocol.POSE, protocol.pack_pose(call, values, placement)).payload)

    def frame(self, slot: int) -> Any:
        _, width, height = self.file.read_slot(slot)
        return np.frombuffer(self.file.pixels(slot), np.uint8).reshape(height, width, 4)

    def leaves_nothing(self) -> bool:
        """Whether the frame file is gone. In Windows that is up to the side that closes it last."""
        if os.name == "nt":
            self.file.close()
            self.file.unlink()
        return not self.file.path.exists()

    def end(self) -> int:
        """Closes the pipe; how the engine ended."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path, "null")
    yield made
    made.process.kill()
    made.process.wait()
    for pipe in (made.process.stdin, made.process.stdout):
        assert pipe
        pipe.close()
    made.file.unlink()
    made.file.close()


def at_head_y(value: float) -> "list[float]":
    pose = [0.0] * 45
    pose[40] = value
    return pose


def test_start_picture_poses_and_the_end(client: Client, avatar_file: Path, avatar: Any) -> None:
    ready = client.start(use_interpolation=False)
    assert ready.kind == protocol.READY
    assert {line["component"] for line in ready.json()["report"]} == {"tha", "cacher", "rife", "sr"}
    assert (ready.json()["size"], ready.json()["scale"]) == (512, 1)
    assert client.asides[0].json()["text"]
    answer = client.ask(protocol.PICTURE, {"path": str(avatar_file)})
    assert (answer.kind, answer.json()["path"]) == (protocol.PICTURE_SET, str(avatar_file))
    seen = set()
    for call in range(6):
        frames = client.pose(call, at_head_y(call / 8))
        sequence, width, height = client.file.read_slot(frames.first_slot)
        assert (frames.call, frames.count, width, height) == (call, 1, 512, 512)
        assert np.array_equal(client.frame(frames.first_slot), move(avatar, np.array([0, call / 8])))
        seen.add((sequence, frames.first_slot))
    assert len({sequence for sequence, _ in seen}) == 6
    assert {slot for _, slot in seen} == {0, 2}  # the banks alternate
    assert client.asides[-1].json()["calls"] >= 1
    assert client.ask(protocol.STOP).kind == protocol.STOPPED
    assert client.leaves_nothing()
    assert client.end() == 0


def test_its_cache_is_emptied_and_it_plays_on(client: Client, avatar_file: Path) -> None:
    client.start(use_interpolation=False)
    client.ask(protocol.PICTURE, {"path": str(avatar_file)})
    client.pose(0, at_head_y(0.1))
    answer = client.ask(protocol.EMPTY_CACHE, {})
    assert (answer.kind, answer.json()["bytes"] > 1000) == (protocol.CACHE_EMPTIED, True)
    assert client.ask(protocol.EMPTY_CACHE, {}).json() == {"bytes": 0}
    assert client.pose(1, at_head_y(0.2)).count == 1


def test_the_statistics_say_what_the_engine_takes_of_the_computer(client: Client, avatar_file: Path) -> None:
    client.start()
    client.ask(protocol.PICTURE, {"path": str(avatar_file)})
    client.pose(0, at_head_y(0.1))
    assert 0 < client.asides[-1].json()["cpu"] <= 100


def test_a_picture_is_laid_out_anew_and_shown_with_the_face_box(client: Client, avatar_file: Path, avatar: Any) -> None:
    client.start(use_interpolation=False)
    client.ask(protocol.PICTURE, {"path": str(avatar_file), "layout": {"x": 30}})
    moved = client.frame(client.pose(0, [0.0] * 45).first_slot)[:, 30:].astype(int)
    assert np.array_equal(moved[..., 3], avatar[:, :-30, 3])
    solid = moved[..., 3] == 255
    assert np.array_equal(moved[solid], avatar[:, :-30][solid])
    answer = client.ask(protocol.LAYOUT, {"layout": {"face_box": True}})
    assert answer.kind == protocol.PICTURE_SET
    assert answer.json() == {"path": str(avatar_file), "note": ""}
    assert tuple(client.frame(client.pose(1, [1.0] * 45).first_slot)[64, 220]) == (255, 255, 0, 255)
    still = client.frame(client.pose(1, [1.0] * 45, Placement(0.1, 0.0, 0.0, 1.0)).first_slot)
    assert tuple(still[128 + 64, 192 + 220]) == (255, 255, 0, 255)
    client.ask(protocol.LAYOUT, {"layout": {}})
    slot = client.pose(2, [0.0] * 45).first_slot
    assert np.array_equal(client.frame(slot), avatar)


def test_the_figure_moves_on_a_larger_canvas_in_steps_and_back_to_the_picture_s_size(
    client: Client, avatar_file: Path, avatar: Any
) -> None:
    client.start(interpolation_scale=2)
    client.ask(protocol.PICTURE, {"path": str(avatar_file)})
    ends = Placement(0.0, 0.0, 0.0, 1.0), Placement(0.125, 0.0, 3.0, 1.0)
    for call, end in enumerate(ends):
        first = client.pose(call, at_head_y(0), end).first_slot
    halfway = Placement(0.0625, 0.0, 1.5, 1.0)
    assert np.array_equal(client.frame(first), draw(avatar, halfway))
    assert np.array_equal(client.frame(first + 1), draw(avatar, ends[1]))
    assert np.array_equal(client.frame(client.pose(2, at_head_y(0)).first_slot), avatar)
    again = client.pose(3, at_head_y(0), ends[1]).first_slot  # not from where it was long ago
    assert np.array_equal(client.frame(again), draw(avatar, ends[1]))


def test_the_frame_before_is_not_overwritten_by_the_next(client: Client, avatar_file: Path, avatar: Any) -> None:
    client.start()
    client.ask(protocol.PICTURE, {"path": str(avatar_file)})
    first = client.pose(0, at_head_y(0))
    client.pose(1, at_head_y(1))
    assert np.array_equal(client.frame(first.first_slot), avatar)


def test_the_closed_pipe_ends_the_engine_at_once_and_takes_the_file_along(client: Client, tmp_path: Path) -> None:
    began = time.monotonic()
    client.start()
    started = time.monotonic()
    assert client.end() == 0
    assert time.monotonic() - started < started - began  # a busy computer is slow in both
    assert client.leaves_nothing()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_the_closed_pipe_ends_the_engine_while_it_computes(tmp_path: Path, avatar_file: Path) -> None:
    client = Client(tmp_path, "onnxruntime")
    began = time.monotonic()
    client.start(model_half=False)
    started = time.monotonic()
    client.ask(protocol.PICTURE, {"path": str(avatar_file)})
    client.tell(protocol.POSE, protocol.pack_pose(0, at_head_y(0.3)))
    asked = time.monotonic()
    assert client.end() == 0
    assert time.monotonic() - asked < started - began
    client.file.close()


REFUSED = [
    (protocol.START, {"version": 99, "frames": "", "options": {}}, "start", "version 99"),
    (protocol.PICTURE, {"path": "/no/such.png"}, "picture", "doesn't exist"),
    (protocol.POSE, protocol.pack_pose(0, at_head_y(0)), "pose", "before setImage"),
    (protocol.POSE, b"short", "pose", "5 bytes"),
    (protocol.PICTURE, b"no json", "picture", "JSON"),
]


@pytest.mark.parametrize(("kind", "payload", "during", "words"), REFUSED)
def test_what_fails_is_told_and_the_engine_goes_on(  # noqa: PLR0917 (a table's columns)
    client: Client, kind: int, payload: Any, during: str, words: str, avatar_file: Path
) -> None:
    if kind != protocol.START:
        client.start()
    failed = client.ask(kind, payload)
    assert failed.kind == protocol.FAILED
    assert failed.json()["during"] == during
    assert words in failed.json()["message"]
    if kind == protocol.START:
        assert client.start().kind == protocol.READY
    assert client.ask(protocol.PICTURE, {"path": str(avatar_file)}).kind == protocol.PICTURE_SET


@pytest.mark.parametrize("options", [{"interpolation_scale": 7}, {"no_such_option": 1}])
def test_a_wrong_option_is_named(client: Client, options: "dict[str, Any]") -> None:
    failed = client.start(**options)
    assert failed.kind == protocol.FAILED
    assert next(iter(options)) in failed.json()["message"]


def test_a_frame_file_that_is_none_is_refused(client: Client, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"x" * 9999)
    order = {"version": protocol.VERSION, "frames": str(tmp_path / "other"), "options": {}}
    assert "no frame file" in client.ask(protocol.START, order).json()["message"]
    order["frames"] = str(tmp_path / "missing")
    assert client.ask(protocol.START, order).kind == protocol.FAILED


def test_nonsense_in_the_pipe_ends_the_engine(client: Client) -> None:
    assert client.process.stdin
    client.process.stdin.write(b"\xff" * 64)
    client.process.stdin.flush()
    assert client.process.wait(60) == 0


def test_what_libraries_print_does_not_break_the_messages(client: Client, tmp_path: Path) -> None:
    client.start()
    client.ask(protocol.PICTURE, {"path": "/no/such.png"})
    assert client.ask(protocol.PICTURE, {"path": "/no/other.png"}).kind == protocol.FAILED
    assert "such.png" in (tmp_path / "engine.log").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="asks for the priority the POSIX way")
def test_the_engine_has_a_lower_priority_than_its_client(client: Client) -> None:
    client.start()
    assert os.getpriority(os.PRIO_PROCESS, client.process.pid) > os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL])
def test_an_answer_that_nobody_reads_any_more_is_a_broken_pipe_in_windows_too(number: int) -> None:
    class Gone(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: Any) -> NoReturn:
            raise OSError(number, os.strerror(number))

    with pytest.raises(BrokenPipeError):
        Engine(io.BytesIO(), Gone())._say(0, protocol.STOPPED, {})  # type: ignore[arg-type]
