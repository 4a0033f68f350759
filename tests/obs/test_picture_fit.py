"""Fitting a picture, in OBS: the face box, nudges, and that each picture keeps its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.setup.headless_obs import Xvfb

from .conftest import OpenStage
from .stage import AVATAR, Stage, middle, until, visible_stage

CYAN = (0, 255, 255, 255)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage") / "home"
    with visible_stage(folder, server, picture, idle=False) as opened:
        until(lambda: opened.pixels() is not None, "the avatar never came")
        yield opened


def is_face_box_shown(stage: Stage) -> bool:
    pixels = stage.pixels()
    return pixels is not None and tuple(pixels[64, 220]) == CYAN


def change(stage: Stage, **settings: Any) -> None:
    stage.obs.websocket.set_input_settings(AVATAR, settings, True)


def columns(stage: Stage) -> Any:
    pixels = stage.pixels()
    return None if pixels is None else np.flatnonzero((pixels[..., 3] > 128).any(axis=0))


def test_the_face_box_shows_and_goes(stage: Stage, figure: Any) -> None:
    assert not is_face_box_shown(stage)
    engines = stage.engines()
    change(stage, face_box=True)
    until(lambda: is_face_box_shown(stage), "the face box never came")
    assert "The face box is shown" in stage.status()
    change(stage, face_box=False)
    until(lambda: not is_face_box_shown(stage), "the face box stayed")
    until(lambda: abs(middle(stage.pixels()) - middle(figure)) < 0.5, "the avatar never rested")
    assert stage.engines() == engines


def test_the_face_box_goes_when_a_recording_begins(stage: Stage) -> None:
    change(stage, face_box=True)
    until(lambda: is_face_box_shown(stage), "the face box never came")
    stage.obs.websocket.start_record()
    until(lambda: not is_face_box_shown(stage), "the face box is recorded")
    until(lambda: not stage.obs.websocket.get_input_settings(AVATAR).input_settings["face_box"], "it isn't saved")
    assert "The face box is shown" not in stage.status()
    change(stage, face_box=True)  # who wants to show how it is done may
    until(lambda: is_face_box_shown(stage), "the face box never came again")
    stage.obs.websocket.stop_record()
    change(stage, face_box=False)
    until(lambda: not is_face_box_shown(stage), "the face box stayed")


def test_nudges_show_at_once_and_the_source_is_never_blank(stage: Stage) -> None:
    engines, before = stage.engines(), columns(stage)[0]
    for x in range(0, 101, 5):
        change(stage, fit_x=x)
        assert stage.pixels() is not None
        assert stage.pixels()[..., 3].any()
    until(lambda: columns(stage)[0] == before + 100, "it was not moved")
    change(stage, fit_x=0, fit_scale=50)
    until(lambda: np.ptp(columns(stage)) < 150, "it was not scaled")
    change(stage, fit_scale=100)
    until(lambda: np.ptp(columns(stage)) > 200, "it was not scaled back")
    assert stage.engines() == engines


def test_another_picture_has_a_fit_of_its_own(stage: Stage, picture: Path, tmp_path: Path) -> None:
    websocket = stage.obs.websocket
    other = tmp_path / "other.png"
    shutil.copy(picture, other)
    before = columns(stage)[0]
    change(stage, fit_x=60)
    until(lambda: columns(stage)[0] == before + 60, "it was not moved")
    change(stage, picture=str(other))
    until(lambda: columns(stage)[0] == before, "the other picture took over what was not its own")
    assert websocket.get_input_settings(AVATAR).input_settings["fit_x"] == 0
    change(stage, picture=str(picture))
    until(lambda: columns(stage)[0] == before + 60, "the first picture lost its fit")
    assert websocket.get_input_settings(AVATAR).input_settings["fit_x"] == 60
    change(stage, fit_x=0)
    until(lambda: columns(stage)[0] == before, "it was not moved back")


def test_obs_never_begins_with_the_face_box(open_obs: OpenStage) -> None:
    stage = open_obs(face_box=True, idle=False)
    stage.wait_visible()
    assert not is_face_box_shown(stage)
    assert stage.obs.websocket.get_input_settings(AVATAR).input_settings["face_box"] is False
    stage.quit()
