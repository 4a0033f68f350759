"""The file of the picture: changes are seen, and the last good one is kept."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ezvtb_obs import picture_file
from ezvtb_obs.picture_file import Look, PictureFile

from .driving import until


@pytest.fixture
def file(tmp_path: Path) -> Iterator[PictureFile]:
    made = PictureFile(tmp_path / "copies", "avatar", lambda: None, poll_seconds=0.05)
    yield made
    made.close()
    assert not list((tmp_path / "copies").glob("*"))


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "face.png"
    path.write_bytes(b"one")
    return path


def save(path: Path, content: bytes) -> None:
    """At once: whoever looks in between sees no half of it."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def test_a_change_a_deletion_and_a_return_are_seen(file: PictureFile, original: Path) -> None:
    first = until(lambda: file.look(str(original)))
    assert first.exists
    save(original, b"another")
    second = until(lambda: (seen := file.look(str(original))) != first and seen)
    original.unlink()
    until(lambda: not file.look(str(original)).exists)  # type: ignore[union-attr]
    save(original, b"another")
    os.utime(original, ns=(second.modified, second.modified))
    until(lambda: file.look(str(original)) == second)


def test_whoever_waits_is_called_at_a_change(tmp_path: Path, original: Path) -> None:
    called = threading.Event()
    file = PictureFile(tmp_path, "avatar", called.set, poll_seconds=0.05)
    file.look(str(original))
    assert called.wait(60)
    called.clear()
    assert not called.wait(0.3)
    original.write_bytes(b"another")
    assert called.wait(60)
    file.close()


def test_a_copy_serves_when_the_original_is_gone(file: PictureFile, original: Path) -> None:
    look = until(lambda: file.look(str(original)))
    assert file.kept(look) == ""
    file.keep(look)
    copy = Path(until(lambda: file.kept(look)))
    original.unlink()
    assert copy.read_bytes() == b"one"
    assert copy.suffix == ".png"
    assert file.kept(Look(str(original), 1, 1)) == ""
    copy.write_bytes(b"somebody else's")
    assert file.kept(look) == ""


def test_no_copy_of_what_is_large_or_has_changed_or_is_no_file(
    file: PictureFile, original: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    look = until(lambda: file.look(str(original)))
    save(original, b"another one")
    file.keep(look)
    copy = tmp_path / "copies" / "avatar.png"
    until(copy.exists)
    time.sleep(0.2)
    assert file.kept(look) == ""
    monkeypatch.setattr(picture_file, "LARGEST_COPY", 5)
    changed = until(lambda: (seen := file.look(str(original))) != look and seen)
    copy.unlink()
    file.keep(changed)
    time.sleep(0.2)
    assert file.kept(changed) == ""


def test_a_copy_that_fails_is_told_and_nothing_else(file: PictureFile, original: Path, tmp_path: Path) -> None:
    (tmp_path / "copies").write_bytes(b"a file where the folder should be")
    file.keep(until(lambda: file.look(str(original))))
    assert "could not be kept" in until(lambda: file.error)
    (tmp_path / "copies").unlink()


def test_a_drive_that_does_not_answer_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    really: Callable[[str], Any] = picture_file._look
    monkeypatch.setattr(picture_file, "_look", lambda path: answers.wait(60) and really(path))
    file = PictureFile(tmp_path, "avatar", lambda: None)
    started = time.perf_counter()
    assert file.look(str(tmp_path / "x.png")) is None
    assert file.look(str(tmp_path / "y.png")) is None
    file.close()
    assert time.perf_counter() - started < 30  # half of what a wait for it would take
    answers.set()
