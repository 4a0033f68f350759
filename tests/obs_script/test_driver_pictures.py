"""Pictures that change, vanish, come back or hang the engine, while an avatar plays."""

import functools
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ezvtb_obs import engine_process, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.engine_client import EngineClient, Limits
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, changed, kill, new_driver, playing_engine, plays_on, running, save, told, until


def test_another_picture_needs_no_restart(
    driver: Driver, output: MemoryOutput, settings: Settings, tmp_path: Path, picture: Path
) -> None:
    pid = playing_engine(driver, output).pid
    other = tmp_path / "other.png"
    save(other, (0, 255, 0, 255))
    driver.apply(changed(settings, picture=str(other), idle=False))
    until(lambda: tuple(output.last[256, 256]) == (0, 255, 0, 255))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    driver.apply(changed(settings, picture=str(broken), idle=False))
    facts = until(lambda: driver.facts().picture_error and driver.facts())
    assert facts.has_avatar
    plays_on(output)
    assert tuple(output.last[256, 256]) == (0, 255, 0, 255)
    kill(pid)  # and after a restart the last good one comes back
    until(lambda: driver.engine and driver.engine.pid != pid)
    plays_on(output)
    assert tuple(output.last[256, 256]) == (0, 255, 0, 255)
    assert driver.facts().picture_error
    driver.apply(changed(settings, picture=str(picture)))
    until(lambda: tuple(output.last[256, 256]) == (0, 0, 255, 255))
    assert not driver.facts().picture_error


def test_without_any_good_picture_the_status_asks_for_one(
    null_engine: Path, output: MemoryOutput, settings: Settings, tmp_path: Path, picture: Path
) -> None:
    driver = new_driver(output, changed(settings, picture=str(tmp_path / "none.png")), null_engine)
    with running(driver):
        facts = until(lambda: driver.facts().picture_error and driver.facts())
        lines = status.sentences(facts)
        assert "doesn't exist" in facts.picture_error
        assert not any("stays" in line for line in lines)
        until(lambda: driver.facts().phase == status.NO_PICTURE)
        assert output.frames == 0
        driver.apply(settings)
        until(lambda: output.frames)


@pytest.fixture
def mine(driver: Driver, output: MemoryOutput, settings: Settings, tmp_path: Path) -> Path:
    """A green picture, which the avatar has."""
    path = tmp_path / "mine.png"
    save(path, (0, 255, 0, 255))
    driver.apply(changed(settings, picture=str(path), idle=False))
    until(lambda: output.frames and tuple(output.last[256, 256]) == (0, 255, 0, 255))
    return path


def test_a_picture_that_is_saved_again_is_taken_over(driver: Driver, output: MemoryOutput, mine: Path) -> None:
    save(mine, (255, 0, 0, 255))
    until(lambda: tuple(output.last[256, 256]) == (0, 0, 255, 255))
    mine.unlink()
    time.sleep(2.5)
    assert not driver.facts().picture_error  # it is still shown


def test_a_deleted_picture_survives_an_engine_and_comes_back(driver: Driver, output: MemoryOutput, mine: Path) -> None:
    until(lambda: driver._file._kept)  # while the copy is being made, it is none yet
    mine.unlink()
    assert driver.engine
    pid = driver.engine.pid
    output.last = None
    kill(pid)
    until(lambda: driver.engine and driver.engine.pid != pid)
    output.last = None
    until(lambda: output.last is not None)
    assert tuple(output.last[256, 256]) == (0, 255, 0, 255)
    until(lambda: "doesn't exist" in driver.facts().picture_error)
    assert "The last good picture stays." in " ".join(told(driver))
    save(mine, (255, 0, 0, 255))
    until(lambda: tuple(output.last[256, 256]) == (0, 0, 255, 255))
    assert not driver.facts().picture_error


def test_a_picture_that_hangs_the_engine_is_tried_once(
    null_engine: Path, output: MemoryOutput, settings: Settings, stuck: Path
) -> None:
    impatient = functools.partial(EngineClient, limits=Limits(60, 3, 60))
    driver = new_driver(output, settings, null_engine, impatient)
    with running(driver):
        until(lambda: output.frames)
        driver.apply(changed(settings, picture=str(stuck)))
        until(lambda: driver.facts().phase == status.READING)
        assert any(line.startswith("Reading the picture …") for line in told(driver))
        until(lambda: "left alone" in driver.facts().picture_error)
        plays_on(output)  # the last good one, in another engine
        restarts = driver.facts().restarts
        time.sleep(3)
        assert driver.facts().restarts == restarts == 1
        assert "left alone" in driver.facts().picture_error
        driver.apply(settings)
        until(lambda: not driver.facts().picture_error)


@pytest.fixture
def stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture whose reading never ends."""
    path = tmp_path / "stuck.png"
    path.write_bytes(b"")
    # the engine imports this before all else: an engine that is stuck, whatever it knows of odd files
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import pathlib, time\n"
        "from ezvtb import picture\n"
        "read = picture.read\n"
        "picture.read = lambda path: time.sleep(1000) if 'stuck' in str(path) else read(path)\n"
    )
    really = engine_process.subprocess.Popen

    def start(*arguments: Any, env: "dict[str, str]", **options: Any) -> Any:
        env["PYTHONPATH"] += os.pathsep + str(hook)
        return really(*arguments, env=env, **options)

    monkeypatch.setattr(engine_process.subprocess, "Popen", start)
    return path
