"""The driver against the real engine process (null backend): a picture is nudged, with the face box and without."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ezvtb_obs import engine_process, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, changed, new_driver, playing_engine, running, told, until


def box_of(pixels: Any) -> "tuple[int, int]":
    """Left edge and width of what is seen."""
    columns = np.flatnonzero((pixels[..., 3] > 128).any(axis=0))
    return int(columns[0]), int(np.ptp(columns)) + 1


def test_a_nudge_shows_at_once_without_another_engine_or_panel(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    driver.apply(changed(settings, idle=False))
    until(lambda: output.frames and box_of(output.last) == (156, 201))
    engine, panels = driver.engine, output.panels
    for x in range(1, 41):
        driver.apply(changed(settings, idle=False, fit_x=x))
        time.sleep(0.01)
    until(lambda: box_of(output.last) == (196, 201))
    driver.apply(changed(settings, idle=False, fit_scale=50))
    until(lambda: abs(box_of(output.last)[1] - 100) <= 2)
    assert driver.engine is engine
    assert output.panels == panels  # a panel that is built anew takes the slider out of its user's hand
    assert not output.blanked


def is_face_box_shown(pixels: Any) -> bool:
    return tuple(pixels[64, 220]) == (255, 255, 0, 255)


def test_the_face_box_is_shown_follows_the_nudges_and_goes(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    engine = playing_engine(driver, output)
    assert not is_face_box_shown(output.last)
    driver.apply(changed(settings, face_box=True))
    until(lambda: is_face_box_shown(output.last))
    assert any("face box" in line for line in told(driver))
    before = tuple(output.last[256, 356])
    driver.apply(changed(settings, face_box=True, fit_x=100))
    until(lambda: tuple(output.last[256, 456]) == before and is_face_box_shown(output.last))
    driver.apply(changed(settings, fit_x=100))
    until(lambda: not is_face_box_shown(output.last))
    assert driver.engine is engine
    assert driver.senses.take_unsaved() == {}  # who switches it on again at once would lose it


def test_the_face_box_goes_when_a_recording_begins_and_may_be_shown_in_one(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    driver.apply(changed(settings, face_box=True))
    until(lambda: output.frames and is_face_box_shown(output.last))
    output.records = True
    until(lambda: not is_face_box_shown(output.last))
    assert driver.senses.take_unsaved() == {"face_box": False}
    driver.apply(changed(settings, face_box=True))
    until(lambda: is_face_box_shown(output.last))
    output.records = False
    time.sleep(0.3)
    assert is_face_box_shown(output.last)
    assert driver.senses.take_unsaved() == {}


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
    until(lambda: is_face_box_shown(output.last))


def test_the_next_picture_has_its_own_fit(
    driver: Driver, output: MemoryOutput, settings: Settings, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(picture.read_bytes())
    nudged = changed(settings, idle=False, fit_x=40, fits=f'{{"{picture}": [100, 40, 0]}}')
    driver.apply(nudged)
    until(lambda: output.frames and box_of(output.last)[0] == 196)
    driver.apply(changed(nudged, picture=str(other), fit_x=0))
    until(lambda: box_of(output.last)[0] == 156)
    driver.apply(changed(nudged, picture=str(tmp_path / "missing.png"), fit_x=9))
    until(lambda: driver.facts().picture_error)
    time.sleep(0.3)
    assert box_of(output.last)[0] == 156  # the one that stays keeps its own


STAND_IN = Path(__file__).parents[1] / "cutout" / "stand_in"


def test_a_background_is_taken_away_while_the_former_picture_plays_on(
    null_engine: Path, output: MemoryOutput, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = engine_process.subprocess.Popen

    def start(*arguments: Any, env: "dict[str, str]", **options: Any) -> Any:
        env["PYTHONPATH"] += os.pathsep + str(STAND_IN)
        return really(*arguments, env={**env, "REMBG_HOME": str(tmp_path)}, **options)

    monkeypatch.setattr(engine_process.subprocess, "Popen", start)
    pixels = np.random.default_rng(0).integers(0, 100, (512, 512, 3)).astype(np.uint8)
    pixels[100:, 150:350] = (200, 30, 40)
    opaque = tmp_path / "opaque.png"
    Image.fromarray(pixels).save(opaque)
    driver = new_driver(output, changed(settings, idle=False), null_engine)
    with running(driver):
        until(lambda: output.frames and box_of(output.last) == (156, 201))
        driver.apply(changed(settings, idle=False, picture=str(opaque)))
        seen = set()

        def cut() -> bool:
            seen.add(box_of(output.last))
            return box_of(output.last) == (150, 200) and any("was taken away" in line for line in told(driver))

        until(lambda: any("of about 170 MB" in line for line in told(driver)))
        until(cut)
        assert not any("is being taken away" in line for line in told(driver))
        assert seen == {(156, 201), (150, 200)}  # never the whole picture, never nothing
        assert driver.facts().restarts == 0
