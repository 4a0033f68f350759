"""Engines that crash, hang or never start, and what the status says of it."""

import functools
import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb_obs import backoff, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.engine_client import EngineClient, Limits
from ezvtb_obs.settings import Settings

from .driving import (
    KILLED,
    MemoryOutput,
    kill,
    needs_sigstop,
    new_driver,
    playing_engine,
    plays_on,
    running,
    told,
    until,
)


def test_a_crash_is_told_and_survived(driver: Driver, output: MemoryOutput) -> None:
    kill(playing_engine(driver, output).pid)
    facts = until(lambda: driver.facts().engine_error and driver.facts())
    assert KILLED in facts.engine_error
    plays_on(output, 0)
    assert not output.blanked  # the last frame stayed all the time
    assert driver.facts().restarts == 1


@needs_sigstop
def test_a_hang_is_survived(null_engine: Path, output: MemoryOutput, settings: Settings) -> None:
    impatient = functools.partial(EngineClient, limits=Limits(30, 5, 1))
    driver = new_driver(output, settings, null_engine, impatient)
    with running(driver):
        os.kill(playing_engine(driver, output).pid, signal.SIGSTOP)
        until(lambda: "hangs" in driver.facts().engine_error)
        plays_on(output, 0)


@needs_sigstop
def test_during_a_hang_the_status_says_so(driver: Driver, output: MemoryOutput) -> None:
    engine = playing_engine(driver, output)
    os.kill(engine.pid, signal.SIGSTOP)
    facts = until(lambda: (seen := driver.facts()).silent_seconds > status.SILENT_SECONDS and seen)
    told_of = f"The engine gives no answer for {facts.silent_seconds:.0f} s. The last frame stays."
    assert told_of in status.sentences(facts)
    assert "The last frame stays." in status.of(facts).trouble
    os.kill(engine.pid, signal.SIGCONT)
    until(lambda: driver.facts().silent_seconds < 1)
    assert driver.engine is engine


def test_engine_trouble_is_told_until_a_while_after_it_lives_again(
    driver: Driver, output: MemoryOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "TOLD_SECONDS", 1.0)
    kill(playing_engine(driver, output).pid)
    until(lambda: driver.facts().phase == status.PLAYING and "restarted once" in "".join(told(driver)))
    until(lambda: not driver.facts().engine_error)


def test_failures_in_a_row_back_off(
    null_engine: Path, output: MemoryOutput, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ezvtb.errors import EngineError

    moments = []

    def refuse(*_: Any, **__: Any) -> Any:
        moments.append(time.perf_counter())
        raise EngineError("It can't start.", "Do something.")

    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(backoff, "LONGEST_SECONDS", 0.4)
    driver = new_driver(output, settings, null_engine, refuse)
    with running(driver):
        until(lambda: len(moments) == 6)
    gaps = np.diff(moments)
    assert (gaps > np.array([0.1, 0.2, 0.4, 0.4, 0.4]) - 0.02).all()
    assert gaps.min() < 0.4  # the first pause is a short one
    assert gaps[2:].min() < 0.8  # and the longest isn't doubled, where the computer leaves it in peace
    assert "It can't start. Do something." in driver.facts().engine_error
