"""Whatever is wrong with the database's file, nothing is raised, the status says it, and what can go on goes on."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cacher.conftest import Fault, key
from ezvtb.cacher import database as module
from ezvtb.cacher.database import Database
from ezvtb.cacher.database_file import APPLICATION_ID, PAGE, WAIT_SECONDS
from ezvtb.cacher.notes import Notes
from ezvtb.errors import CacheError

MB = 1 << 20
VICTIM = Path(__file__).with_name("victim.py")
CORE = Path(__file__).parents[2] / "core"
ENTRY = b"x" * 50_000

posix = pytest.mark.skipif(sys.platform == "win32", reason="this fault is injected with POSIX means")


def filled(path: Path, count: int = 12) -> None:
    store = Database(path, 4 * MB, lambda _: None)
    store.put(key(0), b"kept before")
    for number in range(1, count):
        store.put(key(number), ENTRY)
    store.close()


def aside(path: Path) -> list[Path]:
    return [each for each in path.parent.glob(f"{path.name}.aside-*") if not each.name.endswith(("-wal", "-shm"))]


def works(store: Database) -> bool:
    return store.put(key(90), b"new") and store.get(key(90)) == b"new" and store.check() == []


def victim(what: str, path: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(VICTIM), what, str(path)],
        env={"PYTHONPATH": str(CORE)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


@contextlib.contextmanager
def locked_by_another(what: str, path: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, str(VICTIM), what, str(path)],
        env={"PYTHONPATH": str(CORE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield
        process.kill()


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every user may enter: pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


# Damage (row 21 of the fault list)


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_end_in_a_database_that_works(path: Path, notes: Notes, seed: int) -> None:
    filled(path, 60)
    numbers = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(400):
        content[numbers.randrange(100, len(content))] ^= numbers.randrange(1, 256)
    content[100:200] = numbers.randbytes(100) if seed % 2 else content[100:200]
    path.write_bytes(content)
    store = Database(path, 4 * MB, notes.add)
    for number in range(60):
        store.get(key(number))
        store.put(key(number), ENTRY)
    assert works(store)
    store.close()
    assert bool(aside(path)) == any("a new one is begun" in note for note in notes)
    if seed % 2:
        assert aside(path)


@pytest.mark.parametrize("left", [100, PAGE - 1, PAGE, 3 * PAGE, 20 * PAGE + 17])
def test_a_truncated_file_is_set_aside(path: Path, notes: Notes, left: int) -> None:
    filled(path)
    os.truncate(path, left)
    store = Database(path, 4 * MB, notes.add)
    store.put(key(1), ENTRY)
    assert works(store)
    store.close()
    assert len(aside(path)) == 1
    assert "a new one is begun" in next(iter(notes))


def test_an_empty_file_is_begun(path: Path, notes: Notes) -> None:
    path.parent.mkdir()
    path.touch()
    store = Database(path, 4 * MB, notes.add)
    assert works(store)
    store.close()
    assert (list(notes), aside(path)) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 99",
        "ALTER TABLE frames RENAME TO pictures",
        "ALTER TABLE frames RENAME COLUMN data TO pixels",
    ],
)
def test_another_version_s_file_is_set_aside(path: Path, notes: Notes, change: str) -> None:
    filled(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(change)
    store = Database(path, 4 * MB, notes.add)
    assert works(store)
    store.close()
    assert len(aside(path)) == 1


def test_only_the_last_file_set_aside_is_kept(path: Path, notes: Notes) -> None:
    for _ in range(3):
        filled(path)
        os.truncate(path, PAGE)
        Database(path, 4 * MB, notes.add).close()
    assert len(aside(path)) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows renames no file that others have open: the last one does it")
def test_damage_while_it_is_open_is_a_miss_and_then_a_new_file(path: Path, notes: Notes) -> None:
    filled(path)
    store = Database(path, 4 * MB, notes.add)
    other = Database(path, 4 * MB, notes.add)
    path.write_bytes(b"\xff" * path.stat().st_size)
    for each in (store, other):
        for number in range(12):
            each.get(key(number))
            each.put(key(number), ENTRY)
    assert works(store)
    assert works(other)
    assert other.get(key(3)) == store.get(key(3)) == ENTRY
    assert len(aside(path)) == 1
    store.close()
    other.close()


def test_an_entry_of_another_type_is_a_miss(path: Path, notes: Notes) -> None:
    filled(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE frames SET data = 'text', used = 9223372036854775807 WHERE key = ?", (key(1),))
    store = Database(path, 4 * MB, notes.add)
    assert store.get(key(1)) is None
    assert store.get(key(2)) == ENTRY
    assert works(store)
    store.close()


# Another program's file


def test_another_program_s_database_is_left_as_it_is(path: Path, notes: Notes) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE diary (day, text)")
    before = path.read_bytes()
    with pytest.raises(CacheError, match="another program's"):
        Database(path, 4 * MB, notes.add)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"Dear diary", os.urandom(10_000), b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_left_as_it_is(path: Path, notes: Notes, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CacheError, match="another program's"):
        Database(path, 4 * MB, notes.add)
    assert path.read_bytes() == content


def test_a_path_that_can_t_be_a_file_is_refused(tmp_path: Path, notes: Notes) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "frames.db"):
        with pytest.raises(CacheError, match="can't be used"):
            Database(path, 4 * MB, notes.add)


# Locks (row 22)


def test_a_lock_for_writing_drops_writes_at_once_and_stalls_no_read(
    path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    store = Database(path, 4 * MB, notes.add)
    with locked_by_another("hold", path):
        start = time.monotonic()
        assert not store.put(key(50), ENTRY)
        first = time.monotonic() - start
        start = time.monotonic()
        assert not any(store.put(key(50), ENTRY) for _ in range(100))
        others = time.monotonic() - start
        assert store.get(key(0)) == b"kept before"
        assert "locked by another program" in next(iter(notes))
    assert first < 5  # it waits for 50 ms, not for SQLite's usual 5 s
    assert others < 100 * WAIT_SECONDS  # nor do the others wait, who know of it
    store._no_writes.end()
    assert works(store)
    store.close()


def test_a_lock_on_reading_is_a_miss_and_then_no_wait(path: Path, notes: Notes, fault: Fault) -> None:
    filled(path)
    store = Database(path, 4 * MB, notes.add, fault.connect)
    fault.arm(0, error="database is locked")
    assert store.get(key(0)) is None
    assert fault.failures == 1
    assert store.get(key(0)) is None  # it isn't even tried
    assert "no frames are read for now" in next(iter(notes))
    store._no_reads.end()
    assert store.get(key(0)) == b"kept before"
    store.close()


def test_a_file_that_another_program_keeps_to_itself_is_refused(
    path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ezvtb.cacher.database_file._OPENING_SECONDS", 0.2)
    filled(path)
    with locked_by_another("hold_alone", path), pytest.raises(CacheError, match="locked by another program"):
        Database(path, 4 * MB, notes.add)
    store = Database(path, 4 * MB, notes.add)
    assert works(store)
    store.close()


# No writing (row 23)


@posix
def test_a_read_only_file_in_a_read_only_folder_is_read(shared_folder: Path) -> None:
    path = shared_folder / "frames.db"
    filled(path)
    path.chmod(0o444)
    shared_folder.chmod(0o555)
    seen = victim("read_only", path)
    assert "kept before True\nwrites 0 of 1\n" in seen
    assert "check []" in seen
    assert "read-only: no new frames are kept" in seen
    shared_folder.chmod(0o755)


@posix
def test_a_read_only_file_in_a_folder_that_is_not_is_read(shared_folder: Path) -> None:
    path = shared_folder / "frames.db"
    filled(path)
    path.chmod(0o444)
    shared_folder.chmod(0o777)
    seen = victim("read_only", path)
    assert "kept before True\nwrites 0 of 1\n" in seen
    assert "read-only (attempt to write a readonly database): no frames are kept for now" in seen


@posix
def test_a_folder_where_nothing_can_be_made_is_refused(shared_folder: Path) -> None:
    shared_folder.chmod(0o555)
    assert victim("read_only", shared_folder / "frames.db").startswith("refused The frame database")
    assert victim("read_only", shared_folder / "inner" / "frames.db").startswith("refused The frame database")
    shared_folder.chmod(0o755)


@posix
def test_where_files_may_not_grow_reading_goes_on(path: Path) -> None:
    filled(path, 2)
    seen = victim("file_limit", path)
    assert "Traceback" not in seen
    assert "all read True\ncheck []\n" in seen
    assert "no frames are kept for now" in seen


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a small disk")
def test_on_a_full_disk_reading_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        filled(disk / "frames.db", 2)
        seen = victim("full_disk", disk / "frames.db")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert "Traceback" not in seen
    assert "kept before True" in seen
    assert "all read True\ncheck []\n" in seen
    assert "the disk is full" in seen


def test_a_full_disk_is_tried_again_and_used_once_there_is_room(path: Path, notes: Notes, fault: Fault) -> None:
    store = Database(path, 4 * MB, notes.add, fault.connect)
    assert store._opened is not None
    assert store._opened.writer is not None
    store._opened.writer.execute("PRAGMA max_page_count = 60")
    done = [store.put(key(number), ENTRY) for number in range(8)]
    assert done == sorted(done, reverse=True)
    assert {True, False} == set(done)
    assert [store.get(key(number)) is not None for number in range(8)] == done
    assert "the disk is full" in next(iter(notes))
    store._opened.writer.execute("PRAGMA max_page_count = 6000")
    store._no_writes.end()
    assert works(store)
    store.close()


def test_pauses_grow_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pause = module.Pause(first=1, longest=5)
    assert not pause
    for seconds in (1, 2, 4, 5, 5):
        pause.begin()
        now += seconds - 0.1
        assert pause
        now += 0.2
        assert not pause
    pause.end()
    pause.begin()
    now += 1.1
    assert not pause


# The file format


def test_the_mark_is_where_the_file_format_says(path: Path) -> None:
    filled(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
