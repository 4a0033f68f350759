"""The driver against the real engine process (null backend): a picture is nudged, with the face box and without."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb_obs import status
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, changed, told, until


def box_of(pixels: Any) -> "tuple[int, int]":
    """Left edge and width of what is seen."""
    columns = np.flatnonzero((pixels[..., 3] > 128).any(axis=0))
    return int(columns[0]), int(np.ptp(columns)) + 1


def test_a_nudge_shows_at_once_without_another_engine_or_panel(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    until(lambda: output.frames and box_of(output.last) == (156, 201))
    engine, panels = driver.engine, output.panels
    for x in range(1, 41):
        driver.apply(changed(settings, idle=False, fit_x=x))
        time.sleep(0.01)
    until(lambda: box_of(output.last) == (196, 201), 1)
    driver.apply(changed(settings, idle=False, fit_scale=50))
    until(lambda: abs(box_of(output.last)[1] - 100) <= 2, 1)
    assert driver.engine is engine
    assert output.panels == panels  # a panel that is built anew takes the slider out of its user's hand
    assert not output.blanked


def is_face_box_shown(pixels: Any) -> bool:
    return tuple(pixels[64, 220]) == (255, 255, 0, 255)


def test_the_face_box_is_shown_follows_the_nudges_and_goes(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    until(lambda: output.frames)
    engine = driver.engine
    assert not is_face_box_shown(output.last)
    driver.apply(changed(settings, face_box=True))
    until(lambda: is_face_box_shown(output.last), 1)
    assert any("face box" in line for line in told(driver))
    before = tuple(output.last[256, 356])
    driver.apply(changed(settings, face_box=True, fit_x=100))
    until(lambda: tuple(output.last[256, 456]) == before and is_face_box_shown(output.last), 1)
    driver.apply(changed(settings, fit_x=100))
    until(lambda: not is_face_box_shown(output.last), 2)
    assert driver.engine is engine


@pytest.mark.parametrize("stops", ["a hotkey", "a hidden source"])
def test_a_paused_avatar_shows_nudges_too(driver: Driver, output: MemoryOutput, settings: Settings, stops: str) -> None:
    until(lambda: output.frames)
    if stops == "a hidden source":
        output.shows = False
        until(lambda: driver.facts().phase == status.PAUSED)
    else:
        driver.senses.paused = True
        until(lambda: driver.facts().phase == status.STOPPED)
    driver.apply(changed(settings, face_box=True))
    until(lambda: is_face_box_shown(output.last), 2)


def test_the_next_picture_has_its_own_fit(
    driver: Driver, output: MemoryOutput, settings: Settings, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(picture.read_bytes())
    nudged = changed(settings, idle=False, fit_x=40, fits=f'{{"{picture}": [100, 40, 0]}}')
    driver.apply(nudged)
    until(lambda: output.frames and box_of(output.last)[0] == 196)
    driver.apply(changed(nudged, picture=str(other), fit_x=0))
    until(lambda: box_of(output.last)[0] == 156, 3)
    driver.apply(changed(nudged, picture=str(tmp_path / "missing.png"), fit_x=9))
    until(lambda: driver.facts().picture_error)
    time.sleep(0.3)
    assert box_of(output.last)[0] == 156  # the one that stays keeps its own
