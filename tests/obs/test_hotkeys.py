"""The avatar's hotkeys in a real OBS: by name, by key, after a reload and after a restart."""

import json
import shutil
import subprocess
import time
from pathlib import Path

from ezvtb.setup.obs_config import COLLECTION
from ezvtb_obs.hotkeys import STRAIGHT_AHEAD
from ezvtb_obs.senses import NOBODY

from .conftest import OpenStage
from .stage import AVATAR, Stage, middle, start, until

KEY = "F9"


def presses(stage: Stage) -> int:
    """How often the hotkey was pressed so far: nobody is tracked, and the avatar says so each time."""
    return stage.obs.log_text().count(NOBODY)


def expect_one(stage: Stage, before: int) -> None:
    """Waits for a press; there is only one."""
    until(lambda: presses(stage) > before, 3, "the hotkey was not pressed")
    time.sleep(0.6)
    assert presses(stage) == before + 1


def by_name(stage: Stage) -> None:
    """As the websocket does it; before obs-websocket 5.5 nothing is released."""
    stage.obs.websocket.trigger_hot_key_by_name(STRAIGHT_AHEAD)


def by_sequence(stage: Stage) -> None:
    """Pressed and released within an instant."""
    stage.obs.websocket.trigger_hot_key_by_key_sequence(f"OBS_KEY_{KEY}", False, False, False, False)


def tap(stage: Stage, seconds: float = 0.1) -> None:
    """On the keyboard."""
    command = ["xdotool", "keydown", KEY, "sleep", str(seconds), "keyup", KEY]
    subprocess.run(command, env={"DISPLAY": stage.server.display, "PATH": "/usr/bin"}, check=True)


def collection(stage: Stage) -> Path:
    """The file of the scene collection."""
    return stage.obs.home.config / "obs-studio/basic/scenes" / f"{COLLECTION}.json"


def avatar_in(text: str) -> "dict[str, dict[str, object]]":
    """The avatar's part of a scene collection."""
    found: dict[str, dict[str, object]] = next(each for each in json.loads(text)["sources"] if each["name"] == AVATAR)
    return found


def test_it_is_pressed_once_by_name_and_key_and_survives_reload_and_restart(open_obs: OpenStage) -> None:
    stage = open_obs()
    stage.wait_visible()
    for _ in range(3):
        before = presses(stage)
        by_name(stage)
        expect_one(stage, before)
        stage.reload_script()
        stage.wait_visible()
    assert STRAIGHT_AHEAD in stage.obs.websocket.get_hot_key_list().hotkeys
    assert stage.obs.websocket.get_hot_key_list().hotkeys.count(STRAIGHT_AHEAD) == 1
    stage.quit()

    # what OBS's settings would do: a key for it
    text = collection(stage).read_text("utf-8")
    assert avatar_in(text)["hotkeys"][STRAIGHT_AHEAD] == []
    bound = json.loads(text)
    for source in bound["sources"]:
        if source["name"] == AVATAR:
            source["hotkeys"][STRAIGHT_AHEAD] = [{"key": f"OBS_KEY_{KEY}"}]
    collection(stage).write_text(json.dumps(bound), "utf-8")

    for _ in range(2):  # the second time it is what OBS itself has saved
        stage = start(stage.obs.home, stage.server, stage.port)
        try:
            stage.wait_visible()
            for press in (tap, by_sequence, tap):
                before = presses(stage)
                press(stage)
                expect_one(stage, before)
            before = presses(stage)
            tap(stage, 1.0)
            expect_one(stage, before)
            stage.quit()
        finally:
            stage.obs.kill()
        assert avatar_in(collection(stage).read_text("utf-8"))["hotkeys"][STRAIGHT_AHEAD] == [{"key": f"OBS_KEY_{KEY}"}]


def test_the_hotkey_of_a_removed_avatar_is_gone(open_obs: OpenStage) -> None:
    stage = open_obs()
    stage.wait_visible()
    assert STRAIGHT_AHEAD in stage.obs.websocket.get_hot_key_list().hotkeys
    stage.obs.websocket.remove_input(AVATAR)
    until(lambda: STRAIGHT_AHEAD not in stage.obs.websocket.get_hot_key_list().hotkeys, 5, "it is still there")
    stage.quit()


def test_pause_mirror_next_picture_and_expressions(open_obs: OpenStage, picture: Path) -> None:
    stage = open_obs()
    stage.wait_visible()
    websocket = stage.obs.websocket

    def press(name: str) -> None:
        websocket.trigger_hot_key_by_name(f"ezvtb_avatar.{name}")

    assert stage.is_moving()
    press("pause")
    until(lambda: "Paused by its hotkey" in stage.status(), 5, "it was not paused")
    assert not stage.is_moving(1.0)
    time.sleep(0.6)
    press("pause")
    until(lambda: "Alive: " in stage.status(), 5, "it does not go on")
    press("mirror")
    until(lambda: websocket.get_input_settings(AVATAR).input_settings.get("mirror"), 5, "it is not mirrored")
    following = picture.with_name("other disc.png")
    shutil.copy(picture, following)
    press("next_picture")
    until(
        lambda: websocket.get_input_settings(AVATAR).input_settings["picture"] == str(following), 5, "no other picture"
    )
    websocket.set_input_settings(AVATAR, {"expression_1": "head_y=1", "idle": False}, True)
    time.sleep(1.5)
    rest = stage.pixels()
    press("expression_1")
    until(lambda: middle(stage.pixels()) - middle(rest) > 40, 5, "the expression is not put on")
    stage.quit()
