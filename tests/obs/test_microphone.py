"""The loudness of a media source in a real OBS, and what may happen to that source."""

import json
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

import numpy as np
import pytest

from ezvtb.setup.headless_obs import Xvfb
from ezvtb.setup.obs_config import COLLECTION
from ezvtb_obs.microphone import SILENCE

from .conftest import OpenStage
from .stage import CONTROL, SCENE, SCRIPT, SCRIPTS, Stage, control_file, open_stage, start, until
from .test_lifetime import has_input

SENSES = SCRIPTS / "ezvtb_test_senses.py"
RATE, SECONDS = 48000, 0.4
LOUD, QUIET = -20.0, -40.0
"""RMS of the tone in the two channels, dB of full scale."""


class Look(NamedTuple):
    """What the script in OBS wrote down at one moment."""

    seconds: float
    decibels: Optional[float]
    name: str


def looks(stage: Stage) -> "list[Look]":
    """All so far."""
    file = control_file(stage.obs.home).with_name("heard")
    return [Look(*json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def hear(stage: Stage, seconds: float) -> "list[Optional[float]]":
    """The decibels of that time from now on."""
    before = len(looks(stage))
    time.sleep(seconds)
    return [look.decibels for look in looks(stage)[before:]]


def levels(stage: Stage) -> "tuple[float, float]":
    """The lowest and the highest level over two rounds of silence and tone."""
    heard = [each for each in until(lambda: hear(stage, 4 * SECONDS), "the script hears nothing") if each is not None]
    return min(heard), max(heard)


def at(decibels: float) -> Any:
    """That level, as it is measured."""
    return pytest.approx(decibels, abs=1.5)


def reload(stage: Stage) -> None:
    """Reloads the script that listens: its microphone is closed and another one opened."""
    ends, written = stage.obs.log_text().count("stopped listening"), len(looks(stage))
    stage.command("reload", SENSES.stem)
    until(lambda: stage.obs.log_text().count("stopped listening") > ends, "it still listens")
    until(lambda: len(looks(stage)) > written + 10, "it doesn't listen again")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Silence, then 440 Hz: left LOUD, right QUIET."""
    path = tmp_path_factory.mktemp("sound") / "voice.wav"
    times = np.arange(int(RATE * SECONDS)) / RATE
    sine = np.sqrt(2) * np.sin(2 * np.pi * 440 * times)
    tone = np.stack([10 ** (level / 20) * sine for level in (LOUD, QUIET)], axis=1)
    samples = np.concatenate([np.zeros_like(tone), tone])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Path, sound: Path) -> Iterator[Stage]:
    scripts = SCRIPT, CONTROL, SENSES
    opened = open_stage(tmp_path_factory.mktemp("stage") / "home", server, picture, scripts=scripts)
    try:
        until(lambda: looks(opened), "the script hears nothing")
        assert set(until(lambda: hear(opened, 0.5), "the script hears nothing")) == {None}
        play(opened, sound)
        yield opened
        opened.quit()
        assert "stopped listening" in opened.obs.log_text()
    finally:
        opened.obs.kill()


def play(stage: Stage, sound: Path, name: str = "Voice") -> None:
    """A media source that repeats the sound, created while the avatar lives."""
    stage.obs.websocket.create_input(SCENE, name, "ffmpeg_source", media(sound), True)
    until(lambda: is_loud(stage), "the tone was not heard")


def media(sound: Path) -> "dict[str, object]":
    """The settings of a media source that repeats that file, whether it is seen or not."""
    return {"local_file": str(sound), "is_local_file": True, "looping": True, "close_when_inactive": False}


def is_loud(stage: Stage) -> bool:
    """Whether the tone is heard now."""
    return any(look.decibels is not None and look.decibels > LOUD - 3 for look in looks(stage)[-1:])


def test_the_names_on_offer_are_those_with_sound(stage: Stage) -> None:
    """Without the background and the avatar."""
    reload(stage)
    assert json.loads(control_file(stage.obs.home).with_name("audio_sources").read_text()) == ["Voice"]


def test_silence_and_tone_have_their_levels(stage: Stage) -> None:
    until(lambda: levels(stage) == (SILENCE, at(LOUD)), "silence and tone aren't told")


def test_the_volume_counts_and_a_muted_source_is_silent(stage: Stage) -> None:
    websocket = stage.obs.websocket
    websocket.set_input_volume("Voice", vol_db=-10)
    until(lambda: levels(stage)[1] == at(LOUD - 10), "the volume doesn't count")
    websocket.set_input_volume("Voice", vol_db=0)
    websocket.set_input_mute("Voice", True)
    until(lambda: levels(stage) == (SILENCE, SILENCE), "it isn't muted")
    websocket.set_input_mute("Voice", False)
    until(lambda: levels(stage)[1] == at(LOUD), "it stays muted")


def test_a_source_that_has_ended_gives_nothing(stage: Stage) -> None:
    websocket = stage.obs.websocket
    stop = "OBS_WEBSOCKET_MEDIA_INPUT_ACTION_STOP"
    websocket.trigger_media_input_action("Voice", stop)
    until(lambda: looks(stage)[-1].decibels is None, "it is still heard")
    websocket.trigger_media_input_action("Voice", stop.replace("STOP", "RESTART"))
    until(lambda: looks(stage)[-1].decibels is not None, "it is not heard again")


def test_a_renamed_source_is_followed_and_a_removed_one_is_found_again(stage: Stage, sound: Path) -> None:
    websocket = stage.obs.websocket
    websocket.set_input_name("Voice", "Tenor")
    until(lambda: looks(stage)[-1].name == "Tenor", "it was not followed")
    until(lambda: (heard := hear(stage, 0.3)) and None not in heard, "it is lost by its new name")
    websocket.remove_input("Tenor")
    until(lambda: looks(stage)[-1].decibels is None, "it is still heard")
    play(stage, sound, "Tenor")
    websocket.set_input_name("Tenor", "Voice")


def test_it_is_heard_again_after_each_of_ten_reloads(stage: Stage) -> None:
    for _ in range(10):
        reload(stage)
        until(lambda: looks(stage)[-1].decibels is not None, "it is not heard again")


def test_a_global_audio_device_is_on_offer_and_is_heard(open_obs: OpenStage, sound: Path) -> None:
    """As the microphone in OBS's audio settings is. It belongs to no scene."""
    stage = open_obs(scripts=(SCRIPT, CONTROL, SENSES))
    stage.quit()
    file = stage.obs.home.config / "obs-studio/basic/scenes" / f"{COLLECTION}.json"
    scenes = json.loads(file.read_text("utf-8"))
    scenes["AuxAudioDevice1"] = {"id": "ffmpeg_source", "name": "Voice", "settings": media(sound)}
    file.write_text(json.dumps(scenes), "utf-8")
    again = start(stage.obs.home, stage.server, stage.port)
    try:
        assert again.obs.websocket.get_special_inputs().mic1 == "Voice"
        until(lambda: is_loud(again), "it is not heard")
        assert json.loads(control_file(again.obs.home).with_name("audio_sources").read_text()) == ["Voice"]
        again.quit()
    finally:
        again.obs.kill()


@pytest.mark.long
def test_it_ends_well_beside_bad_scripts_however_often_the_source_comes_and_goes(
    open_obs: OpenStage, sound: Path
) -> None:
    """A script that never rests and one that looks up sources make every moment long; OBS must neither hang nor die."""
    others = [SCRIPTS / f"ezvtb_test_{name}.py" for name in ("busy", "lookup")]
    stage = open_obs(scripts=(SCRIPT, CONTROL, SENSES, *others))
    until(lambda: looks(stage), "the script hears nothing")
    for number in range(40):
        play(stage, sound)
        if number % 4 == 0:
            reload(stage)
        stage.obs.websocket.remove_input("Voice")
        until(lambda: not has_input(stage, "Voice"), "it was not removed")
        until(lambda: looks(stage)[-1].decibels is None, "it is still heard")
    play(stage, sound)
    stage.quit()
