"""Memory, cache folder and database."""

import sqlite3
from pathlib import Path

import pytest

from ezvtb.cacher.database import Database
from ezvtb.doctor import files
from ezvtb.doctor.finding import Verdict


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def database_at(path: Path) -> None:
    store = Database(path, 1 << 24, lambda _: None)
    assert store.put(b"k" * 32, b"x" * 5000)
    store.close()


def test_frames_pass_through_the_memory_file_and_leave_nothing_behind() -> None:
    before = {path for folder in files.FrameFile.folders() for path in folder.glob("ezvtb-*.frames")}
    finding = files.frame_memory()
    assert finding.verdict is Verdict.OK
    assert "70 MB in " in finding.facts[0]
    assert {path for folder in files.FrameFile.folders() for path in folder.glob("ezvtb-*.frames")} <= before


def test_a_cache_folder_is_made_and_measured(cache: Path) -> None:
    (cache / "openvino").mkdir(parents=True)
    (cache / "openvino" / "graph").write_bytes(bytes(3 << 20))
    finding = files.cache()
    assert finding.verdict is Verdict.OK
    assert "in it 3.0 MB: openvino 3.0 MB" in finding.facts[1]
    assert sorted(path.name for path in cache.iterdir()) == ["openvino"]


def test_a_cache_folder_that_cannot_be_written_is_trouble(cache: Path) -> None:
    cache.write_text("a file is in its place")
    finding = files.cache()
    assert finding.verdict is Verdict.TROUBLE
    assert "EZVTB_CACHE" in finding.problems[0].remedy


def test_what_old_versions_compiled_is_noticed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "openvino").mkdir(parents=True)
    (cache / "openvino" / "graph").write_bytes(bytes(100))
    monkeypatch.setattr(files, "_MUCH_COMPILED", 99)
    assert "delete that folder" in files.cache().problems[0].remedy


def test_a_healthy_database_is_counted_and_left_as_it_is(cache: Path) -> None:
    database_at(cache / "frames.db")
    before = (cache / "frames.db").read_bytes()
    finding = files.database()
    assert finding.verdict is Verdict.OK
    assert finding.facts[0].startswith("1 frames, ")
    assert (cache / "frames.db").read_bytes() == before


def test_no_database_is_no_problem() -> None:
    assert files.database().verdict is Verdict.OK


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


def other_layout(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damage, "damaged"),
        (other_layout, "of another version: 99"),
        (lambda path: path.write_text("no database"), "no frame database of ours"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "damaged"),
    ],
)
def test_a_bad_database_is_said_and_left_alone(change: "object", words: str, cache: Path) -> None:
    path = cache / "frames.db"
    database_at(path)
    change(path)  # type: ignore[operator]
    before = path.read_bytes()
    finding = files.database()
    assert finding.verdict is Verdict.WARNING
    assert words in finding.problems[0].text
    assert path.read_bytes() == before
