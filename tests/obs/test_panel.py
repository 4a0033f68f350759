"""The properties panel in a real OBS: what a new avatar starts with, and what its Cancel may take back."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from ezvtb.setup.headless_obs import Xvfb
from ezvtb_obs.presets import PRESETS, for_this_computer
from ezvtb_obs.settings import Settings

from .panel import HIGH, panel
from .person import seen
from .stage import AVATAR, SCENE, Stage, until, visible_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    with visible_stage(tmp_path_factory.mktemp("panel") / "home", server, picture) as opened:
        yield opened


def stored(stage: Stage, name: str = AVATAR) -> "dict[str, Any]":
    """The settings of its own that a source has."""
    return dict(stage.obs.websocket.get_input_settings(name).input_settings)


def test_a_new_avatar_gets_what_suits_this_computer_and_a_changed_one_is_left_alone(stage: Stage) -> None:
    websocket = stage.obs.websocket
    websocket.create_input(SCENE, "New", "ezvtb_avatar", {}, True)
    suits = PRESETS[for_this_computer()]
    until(lambda: suits.items() <= stored(stage, "New").items(), "nothing was chosen")
    websocket.create_input(SCENE, "Set up", "ezvtb_avatar", {"fps_limit": 25}, True)
    until(lambda: stage.pixels("Set up") is not None, "the avatar never came")
    found = stored(stage, "Set up")
    assert {name: found.get(name, getattr(Settings(), name)) for name in suits} == {
        **PRESETS["preset_balanced"],
        "fps_limit": 25,
    }
    for name in ("New", "Set up"):
        websocket.remove_input(name)


def test_the_panel_s_cancel_takes_back_a_setting_but_no_calibration(stage: Stage) -> None:
    websocket = stage.obs.websocket
    websocket.set_input_settings(AVATAR, {"fps_limit": 24}, True)
    with panel(stage):
        websocket.set_input_settings(AVATAR, {"fps_limit": 33}, True)
        with seen("127.0.0.1", stage.port):
            until(lambda: "VTube Studio" in stage.status(), "nobody is tracked")
            websocket.press_input_properties_button(AVATAR, "straight_ahead")
            until(lambda: stored(stage).get("calibrated") == 1, "nothing was learnt")
        learnt = stored(stage)["calibration"]
    until(lambda: stored(stage).get("fps_limit") == 24, "Cancel took nothing back")
    until(lambda: stored(stage).get("calibration") == learnt, "the calibration is gone")
    assert "VTube Studio" in learnt


def test_the_panel_s_defaults_are_those_of_this_computer_and_forget_no_calibration(stage: Stage) -> None:
    stage.obs.websocket.set_input_settings(AVATAR, {"fps_limit": 33, "calibration": "{}", "calibrated": 7}, True)
    suits = {**PRESETS[for_this_computer()], "calibrated": 7, "chosen_by_itself": True}
    until(lambda: stage.command("status", AVATAR)["defaults"]["fps_limit"] == 33, "it was not set")
    time.sleep(1)
    with panel(stage):
        stage.click(64, HIGH - 30)
        until(lambda: is_reset(stage, suits), "nothing was chosen")


def is_reset(stage: Stage, suits: "dict[str, Any]") -> bool:
    """Whether that is stored now. OBS 30 and newer ask first: it is told to go on."""
    for window in stage.windows("Reset Properties"):
        stage.xdotool("windowfocus", window, "key", "Return", check=False)  # it may be gone before its key is let go
    return suits.items() <= stored(stage).items()


def test_the_panel_s_preview_is_live_though_no_scene_shows_the_avatar(stage: Stage) -> None:
    websocket = stage.obs.websocket
    item = websocket.get_scene_item_id(SCENE, AVATAR).scene_item_id
    websocket.set_scene_item_enabled(SCENE, item, False)
    until(lambda: "Paused" in stage.status(), "it isn't paused")
    with panel(stage):
        until(lambda: "Alive" in stage.status(), "the panel shows a frozen avatar")
        assert stage.is_moving()
    until(lambda: "Paused" in stage.status(), "it isn't paused again")
    websocket.set_scene_item_enabled(SCENE, item, True)
