"""The cacher: what the thread that makes frames sees of it."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cacher.conftest import OpenStore, key
from ezvtb.backends.base import Array
from ezvtb.cacher.cacher import Cacher, open_cacher
from ezvtb.cacher.ram import RamStore
from ezvtb.options import Options
from ezvtb.report import Component

MB = 1 << 20
SECONDS = 60.0


class SlowStore(RamStore):
    """A store whose puts wait until they are let go."""

    def __init__(self) -> None:
        super().__init__(64 * MB)
        self.go = threading.Event()

    def put(self, key: bytes, data: bytes) -> bool:
        self.go.wait(SECONDS)
        return super().put(key, data)


@pytest.fixture
def cacher(open_store: OpenStore) -> Iterator[Cacher]:
    made = Cacher(open_store(8 * MB), 85)
    yield made
    made.close()


@pytest.fixture
def out() -> Array:
    return np.full((512, 512, 4), 7, np.uint8)


def test_a_frame_that_was_put_comes_back(cacher: Cacher, frame: Array, out: Array) -> None:
    assert not cacher.get(key(1), out)
    assert (out == 7).all()
    cacher.put(key(1), frame)
    assert cacher.flush(SECONDS)
    assert cacher.get(key(1), out)
    assert np.array_equal(out[..., 3], frame[..., 3])
    figures = cacher.statistics
    assert {name: figures[name] for name in ("hits", "misses", "writes", "dropped")} == {
        **{"hits": 1, "misses": 1},
        **{"writes": 1, "dropped": 0},
    }
    assert figures["bytes"] > 5_000


def test_what_becomes_of_the_frame_after_put_makes_no_difference(open_store: OpenStore, frame: Array) -> None:
    cacher = Cacher(open_store(8 * MB), 100)
    original, out = frame.copy(), np.empty_like(frame)
    cacher.put(key(1), frame)
    frame[:] = 0
    cacher.flush(SECONDS)
    assert cacher.get(key(1), out)
    assert np.array_equal(out, original)
    cacher.close()


def test_the_caller_s_frame_is_left_as_it_is(cacher: Cacher) -> None:
    frame = np.full((512, 512, 4), 200, np.uint8)
    frame[:300, :, 3] = 0
    before = frame.copy()
    cacher.put(key(1), frame)
    cacher.flush(SECONDS)
    assert np.array_equal(frame, before)


def test_frames_of_both_sizes_are_kept(cacher: Cacher) -> None:
    for number, side in enumerate((512, 1024, 512)):
        cacher.put(key(number), np.full((side, side, 4), 100 + number, np.uint8))
    cacher.flush(SECONDS)
    for number, side in enumerate((512, 1024, 512)):
        out = np.zeros((side, side, 4), np.uint8)
        assert cacher.get(key(number), out)
        assert (out[..., 3] == 100 + number).all()


def test_a_frame_of_another_size_is_a_miss_and_forgotten(cacher: Cacher, frame: Array) -> None:
    cacher.put(key(1), frame)
    cacher.flush(SECONDS)
    assert not cacher.get(key(1), np.empty((1024, 1024, 4), np.uint8))
    assert "512x512" in cacher.notes[0]


def test_a_damaged_entry_is_a_miss_is_said_and_forgotten(cacher: Cacher, frame: Array, out: Array) -> None:
    cacher.put(key(1), frame)
    cacher.flush(SECONDS)
    data = bytearray(cacher.store.get(key(1)) or b"")
    data[1000] ^= 1
    cacher.store.put(key(1), bytes(data))
    assert cacher.check() == [f"{key(1).hex()}: A cached frame is damaged."]
    assert not cacher.get(key(1), out)
    assert cacher.notes == ["A cached frame is damaged."]
    assert cacher.statistics["misses"] == 1
    cacher.put(key(2), frame)  # comes after the removal
    cacher.flush(SECONDS)
    assert cacher.store.get(key(1)) is None


def test_under_load_writes_are_dropped_and_frames_are_not_held_up(frame: Array) -> None:
    store = SlowStore()
    cacher = Cacher(store, 85)
    start = time.perf_counter()
    for number in range(50):
        cacher.put(key(number), frame)
    assert time.perf_counter() - start < SECONDS / 2  # no put waits for the store, which would take as long
    assert not cacher.flush(0.01)
    store.go.set()
    assert cacher.flush(SECONDS)
    figures = cacher.statistics
    assert figures["writes"] + figures["dropped"] == 50
    assert 4 <= figures["writes"] <= 5
    assert store.entries == figures["writes"]
    cacher.close()


def test_a_write_that_fails_is_said_and_the_next_one_works(
    cacher: Cacher, frame: Array, out: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(frame: Array, quality: int) -> bytes:
        raise MemoryError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr("ezvtb.cacher.codec.encode", fail)
        for number in range(10):
            cacher.put(key(number), frame)
            cacher.flush(SECONDS)
    assert cacher.statistics["dropped"] == 10
    assert cacher.notes == ["A frame could not be cached: no memory."]
    cacher.put(key(1), frame)
    cacher.flush(SECONDS)
    assert cacher.get(key(1), out)


@pytest.mark.parametrize("shape", [(511, 512, 4), (512, 510, 4), (1032, 1024, 4)])
def test_a_frame_that_can_t_be_encoded_is_refused(cacher: Cacher, shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="frame is"):
        cacher.put(key(1), np.zeros(shape, np.uint8))


def test_clearing_forgets_what_is_waiting_too(cacher: Cacher, frame: Array, out: Array) -> None:
    for number in range(4):
        cacher.put(key(number), frame)
    cacher.clear()
    assert not any(cacher.get(key(number), out) for number in range(4))
    assert cacher.store.all_keys() == []


def test_closing_keeps_what_is_waiting_and_ends_the_thread(frame: Array, path: Path) -> None:
    before = set(threading.enumerate())
    cacher, _ = open_cacher(Options(cacher_on_database=True, cacher_db_path=path))
    assert cacher is not None
    assert [thread.name for thread in set(threading.enumerate()) - before] == ["cacher"]
    for number in range(4):
        cacher.put(key(number), frame)
    cacher.close()
    assert set(threading.enumerate()) <= before
    again, _ = open_cacher(Options(cacher_on_database=True, cacher_db_path=path))
    assert again is not None
    assert again.statistics["entries"] == 4
    assert again.check() == []
    again.close()


def test_uses_are_written_down_while_nothing_is_put(path: Path, frame: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ezvtb.cacher.cacher._TIDY_SECONDS", 0.02)
    cacher, _ = open_cacher(Options(cacher_on_database=True, cacher_db_path=path))
    assert cacher is not None
    out = np.empty_like(frame)
    for number in range(3):
        cacher.put(key(number), frame)
        cacher.flush(SECONDS)
    assert cacher.get(key(0), out)
    end, last = time.monotonic() + SECONDS, b""
    while last != key(0) and time.monotonic() < end:
        time.sleep(0.02)
        reader = sqlite3.connect(path)
        last = reader.execute("SELECT key FROM frames ORDER BY used DESC").fetchone()[0]
        reader.close()
    assert last == key(0)
    cacher.close()


# What the options ask for


def test_off_is_no_cacher() -> None:
    assert open_cacher(Options(use_cacher=False)) == (None, Component("cacher", "off"))


@pytest.mark.parametrize(("quality", "words"), [(85, "quality 85"), (100, "lossless")])
def test_ram_is_what_it_is_by_default(quality: int, words: str) -> None:
    cacher, component = open_cacher(Options(cacher_quality=quality))
    assert cacher is not None
    assert component == Component("cacher", "RAM", precision=words)
    assert cacher.notes == []
    cacher.close()


def test_the_database_lies_in_the_user_s_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "mine"))
    cacher, component = open_cacher(Options(cacher_on_database=True))
    assert cacher is not None
    assert component == Component("cacher", "database", precision="quality 85")
    assert (tmp_path / "mine" / "frames.db").is_file()
    cacher.close()


@pytest.mark.parametrize("on_database", [False, True])
def test_the_bound_is_the_option_s(on_database: bool, path: Path) -> None:
    options = Options(cacher_on_database=on_database, cacher_db_path=path, cacher_ram_size=4 / 1024, cacher_quality=100)
    cacher, _ = open_cacher(options)
    assert cacher is not None
    for number in range(8):
        cacher.put(key(number), np.full((512, 512, 4), number, np.uint8))
        cacher.flush(SECONDS)
    assert 2 * MB < cacher.statistics["bytes"] <= 4 * MB
    cacher.close()


def test_another_program_s_file_is_left_alone_and_ram_is_used(path: Path, frame: Array, out: Array) -> None:
    path.parent.mkdir()
    path.write_bytes(b"Dear diary")
    cacher, component = open_cacher(Options(cacher_on_database=True, cacher_db_path=path))
    assert cacher is not None
    assert component.backend == "RAM"
    assert "another program's" in component.why
    assert "Frames are kept in RAM." in cacher.notes[0]
    assert path.read_bytes() == b"Dear diary"
    cacher.put(key(1), frame)
    cacher.flush(SECONDS)
    assert cacher.get(key(1), out)
    cacher.close()


def test_our_own_file_without_its_beginning_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    (tmp_path / "frames.db").write_bytes(b"\0" * 10_000)
    cacher, component = open_cacher(Options(cacher_on_database=True))
    assert cacher is not None
    assert (component.backend, component.why) == ("database", "")
    assert "a new one is begun" in cacher.notes[0]
    assert len(list(tmp_path.glob("frames.db.aside-*"))) == 1
    cacher.close()
