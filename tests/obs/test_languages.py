"""What a real OBS shows of the avatar in the user's language. No pictures: the machine may lack the letters."""

import json
from pathlib import Path
from typing import Any

import pytest

from ezvtb.errors import as_typed
from ezvtb.setup.headless_obs import Xvfb, free_port
from ezvtb.setup.obs_config import ObsHome, avatar_source, scene_item
from ezvtb.tracking.protocols import raw
from ezvtb_obs import sentences, texts
from ezvtb_obs.hotkeys import HOTKEYS
from ezvtb_obs.properties import GROUPS, STATUS, TOP, TROUBLE
from ezvtb_obs.sentences import Phrasebook
from ezvtb_obs.settings import DEFAULT_FPS

from .stage import AVATAR, CONTROL, SCRIPT, Stage, start, until

PROPERTIES = (*TOP, *(each for group in GROUPS.values() for each in group))
NAMES = [*(each.name for each in PROPERTIES if each.name not in (TROUBLE, STATUS)), *GROUPS]

READER = """
# A script in OBS that writes down what the avatar's panel, its hotkeys and the script say.
import ctypes
import json
from pathlib import Path

import obspython as obs

import ezvtb_avatar
from ezvtb_obs import libobs

FOUND = Path(__file__).with_name("found")
NAMES = {names}
LIBOBS = ctypes.CDLL(None)
EACH = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
for function in (LIBOBS.obs_hotkey_get_name, LIBOBS.obs_hotkey_get_description):
    function.restype, function.argtypes = ctypes.c_char_p, (ctypes.c_void_p,)

def read(event):
    if event != obs.OBS_FRONTEND_EVENT_FINISHED_LOADING:
        return
    source = obs.obs_get_source_by_name("Avatar")
    made = obs.obs_source_properties(source)
    panel = dict()
    for name in NAMES:
        found = obs.obs_properties_get(made, name)
        panel[name] = [obs.obs_property_description(found), obs.obs_property_long_description(found)]
    obs.obs_properties_destroy(made)
    obs.obs_source_release(source)
    hotkeys = dict()

    @EACH
    def each(_data, _number, key):
        hotkeys[LIBOBS.obs_hotkey_get_name(key).decode()] = LIBOBS.obs_hotkey_get_description(key).decode()
        return True

    LIBOBS.obs_enum_hotkeys(each, None)
    temporary = FOUND.with_suffix(".tmp")
    temporary.write_text(json.dumps(dict(
        panel=panel,
        hotkeys=hotkeys,
        script=ezvtb_avatar.script_description(),
        type=obs.obs_source_get_display_name("ezvtb_avatar"),
        has_camera_icon=obs.obs_source_get_icon_type("ezvtb_avatar") == obs.OBS_ICON_TYPE_CAMERA,
        locale=obs.obs_get_locale(),
    )))
    temporary.replace(FOUND)

def script_load(_settings):
    obs.obs_frontend_add_event_callback(read)
"""


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("ja-JP", "ja-JP"),
        pytest.param("zh-CN", "zh-CN", marks=pytest.mark.long),
        pytest.param("zh-TW", "zh-TW", marks=pytest.mark.long),
        pytest.param("ko-KR", "ko-KR", marks=pytest.mark.long),
        pytest.param("en-US", "en-US", marks=pytest.mark.long),
        pytest.param("fr-FR", "en-US", marks=pytest.mark.long),  # which has no file of ours
    ],
)
def test_everything_is_in_obs_s_language(
    tmp_path: Path, server: Xvfb, picture: Path, language: str, shown: str
) -> None:
    reader = tmp_path / "ezvtb_test_languages.py"
    reader.write_text(READER.format(names=NAMES), "utf-8")
    port = free_port()
    home = ObsHome(
        tmp_path / "home",
        free_port(),
        sources=[avatar_source(AVATAR, picture=str(picture), port=port)],
        items=[scene_item(AVATAR)],
        scripts=[SCRIPT, CONTROL, reader],
        language=language,
    ).write()
    stage = start(home, server, port)
    try:
        stage.wait_visible()
        until(reader.with_name("found").exists, "nothing was read")
        found: Any = json.loads(reader.with_name("found").read_text("utf-8"))
        words = texts.load(shown)
        assert found["locale"] == language
        assert found["type"] == "EZVTB Avatar"
        assert found["has_camera_icon"]
        assert found["script"] == words["script"]
        assert {name: found["hotkeys"][name] for name in HOTKEYS} == {
            name: words[name.partition(".")[2]] for name in HOTKEYS
        }
        preset = words["presets.now"].format(preset=words["preset_balanced.name"])
        for name in NAMES:
            label, tip = found["panel"][name]
            hint = as_typed(words.get(f"{name}.hint", "").format(raw_port=raw.DEFAULT_PORT, usual_fps=DEFAULT_FPS))
            assert (label, tip or "") == (preset if name == "presets" else words[name], hint)
        items = stage.obs.websocket.get_input_properties_list_property_items(AVATAR, "simplify").property_items
        assert items[0]["itemName"] == words["simplify.0"]
        alive, waiting = words["status.playing"].partition("{")[0], words["heard.nothing"]
        until(lambda: alive in stage.status() and waiting in stage.status(), "the status speaks otherwise")
        tells_what_is_wrong_in(shown, stage, tmp_path)
        give_latin_title(stage)
        stage.quit()
    finally:
        stage.obs.kill()


def tells_what_is_wrong_in(language: str, stage: Stage, folder: Path) -> None:
    """A picture that can't be read, a device that there isn't: the engine says it in English, the panel doesn't."""
    broken = folder / "broken.png"
    broken.write_text("no picture")
    stage.obs.websocket.set_input_settings(AVATAR, {"picture": str(broken), "device": 7}, True)
    book = Phrasebook(sentences.load(language))
    for english in (
        "broken.png is no picture that can be read. Save it as PNG and choose that.",
        "There is no device 7; the best one that is there is used.",
    ):
        wanted = book.translate(english)
        assert (wanted == english) == (language == texts.ENGLISH)
        until(lambda wanted=wanted: wanted in stage.status(), f"it isn't told in {language}: {english}")  # type: ignore[misc]
    if language != texts.ENGLISH:
        assert not [line for line in stage.status().splitlines() if line.isascii()]


def give_latin_title(stage: Stage) -> None:
    """Names OBS's window anew: `x11.close_window` finds no title that has other letters."""
    stage.xdotool("search", "--name", "^OBS [0-9]", "set_window", "--name", "OBS ", "%@")
