import contextlib
import ctypes
import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb import protocol
from ezvtb.errors import EngineError, ProtocolError
from ezvtb.placement import Placement
from ezvtb.protocol import FrameFile, Frames


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300), st.integers(0, 255)), max_size=5))
def test_messages_are_read_as_they_were_written(messages: list[tuple[int, bytes, int]]) -> None:
    stream = io.BytesIO()
    for kind, payload, session in messages:
        protocol.write_message(stream, kind, payload, session)
    stream.seek(0)
    assert [tuple(protocol.read_message(stream) or ()) for _ in messages] == messages
    assert protocol.read_message(stream) is None


@given(st.binary(max_size=64))
def test_random_bytes_give_a_message_the_end_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        protocol.read_message(io.BytesIO(data))


def test_a_message_that_is_cut_short_is_the_end() -> None:
    stream = io.BytesIO()
    protocol.write_message(stream, protocol.PICTURE, {"path": "a.png"})
    for length in range(len(stream.getvalue())):
        assert protocol.read_message(io.BytesIO(stream.getvalue()[:length])) is None


def test_a_length_beyond_reason_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ProtocolError, match="16777215"):
        protocol.read_message(io.BytesIO(b"\xff\xff\xff\xff\x01"))


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"3", b"\xff"])
def test_a_payload_that_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        protocol.Message(protocol.START, payload).json()


def test_pose_and_frames_survive_the_way() -> None:
    values = [index / 64 for index in range(45)]
    assert protocol.unpack_pose(protocol.pack_pose(2**32 + 7, values)) == (7, tuple(values), None)
    moved = Placement(0.125, -0.0625, 5.5, 1.0625)
    assert protocol.unpack_pose(protocol.pack_pose(8, values, moved)) == (8, tuple(values), moved)
    frames = Frames(7, 4, 3, 12.5)
    assert protocol.unpack_frames(protocol.pack_frames(frames)) == frames
    with pytest.raises(ProtocolError):
        protocol.unpack_pose(b"short")
    with pytest.raises(ProtocolError):
        protocol.unpack_frames(b"short")


def test_a_frame_written_by_one_side_is_read_by_the_other(tmp_path: Path) -> None:
    pixels = os.urandom(16 * 8 * 4)
    mine = FrameFile.create(4, 16 * 8 * 4, tmp_path)
    theirs = FrameFile.open(mine.path)
    theirs.write(3, 99, 16, 8, memoryview(pixels))
    assert mine.read_slot(3) == (99, 16, 8)
    assert mine.pixels(3) == pixels == ctypes.string_at(mine.address(3), len(pixels))
    assert mine.read_slot(0) == (0, 0, 0)
    mine.unlink()
    theirs.unlink()
    theirs.close()
    mine.close()
    mine.unlink()  # Windows lets go of the name only now
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProtocolError, match="closed"):
        mine.address(0)


def test_a_frame_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = FrameFile.create(2, 4096, tmp_path)
    for slot, width, height, size in [(2, 4, 4, 64), (-1, 4, 4, 64), (0, 64, 64, 64 * 64 * 4), (0, 4, 4, 63)]:
        with pytest.raises(ProtocolError):
            file.write(slot, 1, width, height, memoryview(bytes(size)))
    file.close()


def test_a_full_folder_is_left_for_the_next_and_named_where_none_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, roomy = tmp_path / "full", tmp_path / "roomy"
    full.mkdir()
    roomy.mkdir()
    allocate = getattr(os, "posix_fallocate", os.ftruncate)

    def refuse(descriptor: int, *size: int) -> None:
        if list(full.iterdir()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        allocate(descriptor, *size)

    monkeypatch.setattr(os, "posix_fallocate" if hasattr(os, "posix_fallocate") else "ftruncate", refuse)
    monkeypatch.setattr(FrameFile, "folders", staticmethod(lambda: [full, roomy]))
    file = FrameFile.create(2, 4096)
    assert file.path.parent == roomy
    assert not list(full.iterdir())
    file.close()
    monkeypatch.setattr(FrameFile, "folders", staticmethod(lambda: [full]))
    with pytest.raises(EngineError, match="full"):
        FrameFile.create(2, 4096)


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"x" * 10000, b"EZVTBFRM" + bytes(10000)])
def test_a_file_that_is_no_frame_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ProtocolError):
        FrameFile.open(tmp_path / "other")


@pytest.mark.skipif(os.name == "nt", reason="asks for processes the POSIX way")
def test_files_of_killed_clients_are_swept_and_those_of_living_ones_kept(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f"ezvtb-{ended.pid}-abc.frames"
    left.write_bytes(b"")
    first = FrameFile.create(2, 4096, tmp_path)
    second = FrameFile.create(2, 4096, tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([first.path, second.path])
    first.close()
    second.close()
