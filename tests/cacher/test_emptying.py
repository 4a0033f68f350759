"""`python -m ezvtb.cacher`: the database emptied from outside, alone and while another process uses it."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ezvtb.cacher import __main__ as emptier
from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes
from ezvtb.errors import CacheError

CORE = Path(emptier.__file__).parents[2]
FRAME = bytes(40_000)


def filled(path: Path, count: int) -> Database:
    store = Database(path, 1 << 30, Notes().add)
    for number in range(count):
        assert store.put(number.to_bytes(16, "big"), FRAME)
    return store


def test_all_frames_go_the_disk_is_given_back_and_whoever_uses_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "frames.db"
    store = filled(path, 100)
    command = [sys.executable, "-m", "ezvtb.cacher", str(path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(CORE)}, capture_output=True, text=True, check=True
    )
    assert 100 * len(FRAME) < int(done.stdout) < 150 * len(FRAME)
    assert store.all_keys() == []
    assert store.put(bytes(16), FRAME)
    assert store.get(bytes(16)) == FRAME
    store.close()
    assert path.stat().st_size < 20 * len(FRAME)


def test_without_a_name_it_is_the_user_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    filled(tmp_path / "frames.db", 3).close()
    assert emptier.empty(None) > 3 * len(FRAME)
    assert emptier.empty(None) == 0


def test_another_program_s_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (name TEXT)")
    other.close()
    before = path.read_bytes()
    command = [sys.executable, "-m", "ezvtb.cacher", str(path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(CORE)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "another program's" in done.stderr
    assert path.read_bytes() == before


def test_a_file_that_stays_locked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "frames.db"
    filled(path, 3).close()
    monkeypatch.setattr(emptier, "_PATIENCE_SECONDS", 0.0)
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CacheError, match="locked by another program"):
            emptier.empty(str(path))
    other.close()
