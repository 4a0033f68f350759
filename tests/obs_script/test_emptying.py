"""The button that empties the cache: with an engine, without one, and with what can go wrong."""

import time
from pathlib import Path
from typing import Any

import pytest

from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes
from ezvtb_obs import emptying
from ezvtb_obs.driver import Driver
from ezvtb_obs.emptying import TOLD_SECONDS, Emptying
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, changed, plays_on, told, until

MEGABYTE = bytes(1 << 20)
DATABASE = Settings(cache="database")


class FakeEngine:
    busy = False

    def empty_cache(self) -> int:
        return 312 << 20


def finished(asked: Emptying, settings: Settings) -> str:
    """What is told in the end."""
    asked.ask()
    assert asked.follow(None, settings, 0.0)
    assert asked.text(1e6) == "The cache is being emptied …"
    until(lambda: asked.follow(None, settings, 5.0))
    return asked.text(5.0)


def test_frames_in_ram_are_the_engine_s_between_two_poses() -> None:
    asked, engine = Emptying(), FakeEngine()
    anything: Any = engine
    assert not asked.follow(anything, Settings(), 0.0)
    asked.ask()
    engine.busy = True
    assert not asked.follow(anything, Settings(), 0.0)
    engine.busy = False
    assert asked.follow(anything, Settings(), 0.0)
    assert asked.text(1.0) == "Cache emptied: 312 MB."
    assert not asked.follow(anything, Settings(), 1.0)
    assert asked.text(TOLD_SECONDS + 1) == ""


def test_without_an_engine_there_is_nothing_in_ram() -> None:
    asked = Emptying()
    asked.ask()
    assert asked.follow(None, Settings(), 0.0)
    assert asked.text(0.0) == "Cache emptied: 0 MB."


def test_a_database_is_emptied_without_any_engine(null_engine: Path, tmp_path: Path) -> None:
    store = Database(tmp_path / "mine.db", 1 << 30, Notes().add)
    for number in range(3):
        store.put(bytes([number]) * 16, MEGABYTE)
    assert finished(Emptying(), changed(DATABASE, cache_path=str(tmp_path / "mine.db"))) == "Cache emptied: 3 MB."
    assert store.all_keys() == []
    store.close()


def test_what_went_wrong_is_told(null_engine: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.db").write_bytes(b"not a database, but something of the user's " * 100)
    words = finished(Emptying(), changed(DATABASE, cache_path=str(tmp_path / "mine.db")))
    assert words.startswith("The cache could not be emptied: ")
    assert "another program's" in words


def test_without_the_project_s_python_that_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EZVTB_PYTHON", str(tmp_path / "nowhere"))
    asked = Emptying()
    asked.ask()
    assert asked.follow(None, DATABASE, 0.0)
    assert "could not be emptied" in asked.text(0.0)


def test_the_end_does_not_wait_for_it(null_engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = emptying.spawn
    slow = ("timeit", "-n1", "-r1", "-s", "import time", "time.sleep(100)")
    monkeypatch.setattr(emptying, "spawn", lambda _, **options: really(slow, **options))
    asked = Emptying()
    asked.ask()
    asked.follow(None, DATABASE, 0.0)
    began = time.perf_counter()
    asked.close()
    assert time.perf_counter() - began < 50  # half of what it takes
    assert not asked.follow(None, DATABASE, 0.0)


def test_an_avatar_plays_on_and_its_panel_tells(driver: Driver, output: MemoryOutput, settings: Settings) -> None:
    driver.apply(changed(settings, cache="ram"))
    until(lambda: driver.facts().statistics.get("cacher_bytes"))
    panels = output.panels
    driver.empty_cache()
    until(lambda: any(line.startswith("Cache emptied: ") for line in told(driver)))
    until(lambda: output.panels > panels)
    plays_on(output)
    assert driver.facts().restarts == 0
