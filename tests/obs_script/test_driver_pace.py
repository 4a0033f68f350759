"""How often frames come and poses are asked for, and that nothing is while nobody looks."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from ezvtb.errors import EngineError
from ezvtb_obs import backoff, rest, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.pacing import Pacer
from ezvtb_obs.settings import Settings

from .driving import (
    MemoryOutput,
    asked,
    changed,
    is_running,
    never_faster,
    new_driver,
    playing_engine,
    pushed,
    running,
    told,
    until,
)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_frames_between_poses_come_in_order_each_at_its_moment(
    null_engine: Path, output: MemoryOutput, settings: Settings, scale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the moments lie evenly is shown in test_pacing.py."""
    moments: list[float] = []
    arrived = Pacer.arrived

    def noted(pacer: Pacer, now: float, count: int) -> "list[float]":
        given = arrived(pacer, now, count)
        moments.extend(given)
        return given

    monkeypatch.setattr(Pacer, "arrived", noted)
    shown = pushed(output)
    driver = new_driver(output, changed(settings, interpolation=scale), null_engine)
    with running(driver):
        until(lambda: len(shown) > 30)
    assert moments == sorted(moments)
    assert len(moments) - 2 * scale <= len(shown) <= len(moments)  # what waits at the end is not shown
    assert all(moment <= at for moment, at in zip(moments, shown))


@pytest.mark.parametrize(
    ("scale", "limit", "poses_a_second"), [(1, 10, 10), pytest.param(2, 10, 5, marks=pytest.mark.long), (4, 20, 5)]
)
def test_the_frame_rate_limit_caps_what_the_engine_is_asked_for(  # noqa: PLR0917 (a table's columns)
    null_engine: Path, output: MemoryOutput, settings: Settings, scale: int, limit: int, poses_a_second: int
) -> None:
    driver = new_driver(output, changed(settings, interpolation=scale, fps_limit=limit), null_engine)
    with running(driver):
        until(lambda: output.frames)
        poses = asked(driver)
        until(lambda: len(poses) > 2 * poses_a_second)
    assert never_faster(poses, poses_a_second)


def test_an_output_s_own_rate_limits_it_too(null_engine: Path, output: MemoryOutput, settings: Settings) -> None:
    output.rate = 9.99
    driver = new_driver(output, changed(settings, interpolation=2, fps_limit=120), null_engine)
    with running(driver):
        until(lambda: output.frames)
        poses = asked(driver)
        until(lambda: len(poses) > 10)
        assert driver.facts().fps_limit == 10
        driver.apply(changed(settings, interpolation=2, fps_limit=6))
        until(lambda: driver.facts().fps_limit == 6)
    assert never_faster(poses, 5)


def test_the_frame_rate_limit_follows_the_settings(driver: Driver, output: MemoryOutput, settings: Settings) -> None:
    until(lambda: output.frames)
    poses = asked(driver)
    driver.apply(changed(settings, fps_limit=5))
    until(lambda: len(poses) > 12)
    until(lambda: poses[-1] - poses[-5] < 4 / 4)  # nor is it slower, where the computer leaves it in peace
    assert never_faster(poses[3:], 5)


def test_a_hidden_source_costs_nothing(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames)
    output.shows = False
    until(lambda: driver.facts().phase == status.PAUSED)
    before = output.frames
    time.sleep(0.5)
    assert output.frames == before
    output.shows = True
    until(lambda: output.frames > before + 3)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux how much a process has worked")
@pytest.mark.parametrize("scale", [1, 4])
def test_while_no_scene_shows_it_nothing_is_computed(
    driver: Driver, output: MemoryOutput, settings: Settings, scale: int
) -> None:
    driver.apply(changed(settings, interpolation=scale))
    until(lambda: output.frames and driver.engine and driver.engine.scale == scale)
    until(lambda: driver.facts().phase == status.PLAYING)
    output.shows = False
    until(lambda: driver.facts().phase == status.PAUSED)
    poses = asked(driver)
    assert driver.engine
    pid = driver.engine.pid

    def idles() -> bool:
        before = processor_seconds(pid)
        time.sleep(1)
        return processor_seconds(pid) - before < 0.1

    until(idles)  # it may have something of its start to finish
    assert poses == []
    output.shows = True
    until(lambda: len(poses) > 3)


def test_an_engine_that_fails_is_not_started_for_ever_while_nobody_looks(
    output: MemoryOutput, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "ENGINE_KEPT_SECONDS", 1.0)
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.01)
    attempts = []

    def open_engine(*_: Any, **__: Any) -> Any:
        attempts.append(time.perf_counter())
        raise EngineError("There is none.")

    driver = new_driver(output, settings, tmp_path / "engine.log", open_engine)
    output.shows = False
    with running(driver):
        until(lambda: driver.facts().phase == status.PAUSED)
        count = len(attempts)
        assert count > 1
        assert "There is none." in " ".join(told(driver))
        output.shows = True
        until(lambda: len(attempts) > count)


def test_an_engine_that_had_nothing_to_do_for_long_ends_and_the_last_frame_stays(
    driver: Driver, output: MemoryOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "ENGINE_KEPT_SECONDS", 0.5)
    engine = playing_engine(driver, output)
    output.shows = False
    until(lambda: driver.engine is None and not is_running(engine.pid))
    before = output.frames
    time.sleep(1)
    assert driver.facts().phase == status.PAUSED
    assert (driver.engine, output.frames, output.blanked) == (None, before, False)
    output.shows = True
    hidden_until = time.perf_counter()
    until(lambda: output.frames > before)
    print(f"the first frame came after {time.perf_counter() - hidden_until:.2f} s")
    assert driver.facts().restarts == 0
    assert not driver.facts().engine_error
