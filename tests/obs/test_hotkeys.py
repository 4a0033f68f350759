"""The avatar's hotkeys in a real OBS: by name, by key, after a reload and after a restart."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

from ezvtb.setup.obs_config import COLLECTION
from ezvtb.tracking import pose
from ezvtb_obs.hotkeys import EXPRESSIONS, HOTKEYS, MIRROR, NEXT_PICTURE, PAUSE, STRAIGHT_AHEAD
from ezvtb_obs.senses import NOBODY

from .conftest import OpenStage
from .journal import JOURNAL, Journal
from .stage import AVATAR, CONTROL, SCRIPT, Stage, start, until

KEY = "F9"


def presses(stage: Stage) -> int:
    """How often the hotkey was pressed so far: nobody is tracked, and the avatar says so each time."""
    return stage.obs.log_text().count(NOBODY)


def expect_one(stage: Stage, before: int) -> None:
    """Waits for a press; there is only one."""
    until(lambda: presses(stage) > before, "the hotkey was not pressed")
    time.sleep(0.6)
    assert presses(stage) == before + 1


def by_name(stage: Stage) -> None:
    """As the websocket does it; before obs-websocket 5.5 nothing is released."""
    stage.obs.websocket.trigger_hot_key_by_name(STRAIGHT_AHEAD)


def by_sequence(stage: Stage) -> None:
    """Pressed and released within an instant."""
    stage.obs.websocket.trigger_hot_key_by_key_sequence(f"OBS_KEY_{KEY}", False, False, False, False)


def tap(stage: Stage, seconds: float = 0.1, key: str = KEY) -> None:
    """A key of the keyboard."""
    stage.xdotool("keydown", code(key), "sleep", str(seconds), "keyup", code(key))


def code(key: str) -> str:
    """X11's number of "F9". Given the name, Debian sid's xdotool presses Alt too: it takes F9 for Ctrl+Alt+F9."""
    return str(66 + int(key[1:]))


def hold(stage: Stage) -> None:
    """For so long that the keyboard repeats it."""
    tap(stage, 1.0)


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
    for _ in range(2):
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

    for ways in ((tap, by_sequence, tap, hold), (tap,)):  # the second time it is what OBS itself has saved
        stage = start(stage.obs.home, stage.server, stage.port)
        try:
            stage.wait_visible()
            for press in ways:
                before = presses(stage)
                press(stage)
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
    until(lambda: STRAIGHT_AHEAD not in stage.obs.websocket.get_hot_key_list().hotkeys, "it is still there")
    stage.quit()


KEYS = dict(zip(HOTKEYS, ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8")))


def smile(slot: int) -> str:
    """An expression that no other slot has, to be told in the pose: so small are the irises."""
    return f"iris_small_left=0.{slot}"


def is_worn(values: "list[float]") -> "frozenset[int]":
    """The slot whose expression a pose wears, if any."""
    return frozenset({round(10 * values[pose.INDEX["iris_small_left"]])} - {0})


def test_every_hotkey_by_its_key_and_saved_with_the_scenes(open_obs: OpenStage, picture: Path) -> None:
    assert len(KEYS) == len(HOTKEYS)
    scripts = (JOURNAL, SCRIPT, CONTROL)
    expressions = {f"expression_{slot}": smile(slot) for slot in range(1, 5)}
    # a scene collection of an earlier version, with one switch for all four
    stage = open_obs(keys=KEYS, scripts=scripts, idle=False, **expressions, expressions_hold=True)
    stage.wait_visible()
    journal, websocket = Journal(stage), stage.obs.websocket

    def settings() -> Any:
        return websocket.get_input_settings(AVATAR).input_settings

    def press(name: str, seconds: float = 0.1) -> None:
        tap(stage, seconds, KEYS[name])

    before = presses(stage)
    press(STRAIGHT_AHEAD)
    expect_one(stage, before)

    press(PAUSE)
    until(lambda: "Paused by its hotkey" in stage.status(), "it was not paused")
    journal.entries()
    time.sleep(0.5)
    assert not [each for each in journal.entries() if each.what == "push"]
    press(PAUSE)
    until(lambda: "Alive: " in stage.status(), "it does not go on")

    press(MIRROR)
    until(lambda: settings().get("mirror") is True, "it is not mirrored")

    following = picture.with_name("other disc.png")
    shutil.copy(picture, following)
    press(NEXT_PICTURE)
    until(lambda: settings()["picture"] == str(following), "no other picture")

    def hold(slot: int) -> None:
        key = code(KEYS[EXPRESSIONS[slot - 1]])
        stage.xdotool("keydown", key)
        journal.wait("pose", lambda values: is_worn(values) == {slot})
        stage.xdotool("keyup", key)
        journal.wait("pose", lambda values: not is_worn(values))  # it is taken off by letting go

    def toggle(slot: int) -> None:
        press(EXPRESSIONS[slot - 1])
        journal.wait("pose", lambda values: is_worn(values) == {slot})
        press(EXPRESSIONS[slot - 1])
        journal.wait("pose", lambda values: not is_worn(values))

    for slot in range(1, 5):
        hold(slot)
    websocket.set_input_settings(AVATAR, {"expression_2_hold": False, "expression_3_hold": False}, True)
    time.sleep(0.3)
    for slot, tried in enumerate((hold, toggle, toggle, hold), 1):
        tried(slot)
    websocket.set_input_settings(AVATAR, {"expression_1_hold": False, "expression_4_hold": False}, True)
    time.sleep(0.3)
    for slot in (1, 4):
        toggle(slot)
    stage.quit()
    saved = avatar_in(collection(stage).read_text("utf-8"))
    assert saved["hotkeys"] == {name: [{"key": f"OBS_KEY_{key}"}] for name, key in KEYS.items()}
    settings_saved: Any = saved["settings"]
    assert settings_saved["mirror"] is True
    assert settings_saved["picture"] == str(following)
