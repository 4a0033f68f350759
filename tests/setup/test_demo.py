"""The demo of --launch, as far as it can be looked at without a person."""

import json
import os
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from ezvtb.errors import SetupError
from ezvtb.setup import background, demo, obs_ini, scene, system_packages, user_obs
from ezvtb.setup.obs_program import ObsProgram, find
from ezvtb.setup.recording import measure


def film(path: Path, shades: "list[int]") -> Path:
    """A recording whose right half has these shades of grey, one a picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        for shade in shades:
            picture = np.zeros((64, 128, 3), np.uint8)
            picture[:, 64:] = shade
            picture[:, :64] = np.arange(64).reshape(1, 64, 1) * 3
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_recording_is_measured_by_what_is_new_in_the_avatars_place(tmp_path: Path) -> None:
    path = film(tmp_path / "moving.mkv", [shade for shade in range(40, 240, 20) for _ in range(6)])
    right, left = scene.Place(64, 0, 64, 64), scene.Place(0, 0, 56, 64)
    motion = measure(path, right)
    assert motion.pictures == 60
    assert motion.seconds == pytest.approx(2, abs=0.05)
    assert 10 <= motion.distinct <= 30
    assert measure(path, left).distinct <= 2  # an encoder retouches its first picture


def test_what_is_no_recording_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "broken.mkv").write_bytes(b"no matroska at all")
    with pytest.raises(SetupError, match=r"broken\.mkv can't be decoded"):
        measure(tmp_path / "broken.mkv", scene.Place(0, 0, 8, 8))


def test_the_background_has_light_and_dark_behind_the_avatar(tmp_path: Path) -> None:
    from PIL import Image

    background.draw(tmp_path / "new" / "background.png")
    place = scene.avatar_place(demo.CANVAS)
    with Image.open(tmp_path / "new" / "background.png") as picture:
        assert picture.size == demo.CANVAS
        box = (place.left, place.top, place.left + place.width, place.top + place.height)
        levels = np.asarray(picture.convert("L").crop(box))
    assert levels.min() < 110 and levels.max() > 220


@pytest.mark.parametrize("canvas", [scene.Canvas(1280, 720), scene.Canvas(1920, 1080), scene.Canvas(640, 360)])
def test_the_avatar_stands_in_the_lower_right_corner_of_any_canvas(canvas: scene.Canvas) -> None:
    place = scene.avatar_place(canvas)
    assert (place.left + place.width, place.top + place.height) == canvas
    assert place.left > 0 and place.top > 0


def test_an_activated_environment_is_kept_from_obs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "tools").mkdir()
    folders = [str(tmp_path / "venv" / "bin"), str(tmp_path / "tools")]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    assert demo.path_for_obs() == folders[1]


def test_the_engines_backends_are_read_from_obs_log() -> None:
    part = {"component": "tha", "backend": "OpenVINO", "device": "CPU", "precision": "fp32", "why": ""}
    report = [part, part | {"component": "rife", "backend": "off"}, part | {"component": "sr", "backend": "absent"}]
    log = f"info: [ezvtb] engine 17 is ready: {json.dumps(report)}\ninfo: something\n"
    assert demo.backends(log) == ["tha: OpenVINO, CPU, fp32"]
    assert demo.backends("nothing of it") == []


def test_what_the_avatar_complains_about_is_said_while_it_is_waited_for() -> None:
    log = "info: [ezvtb] script loaded\nwarning: [ezvtb] A model is missing. Install it.\nwarning: something else\n"
    assert demo.last_trouble(log) == "A model is missing. Install it."
    assert demo.last_trouble("info: [ezvtb] script loaded\n") == ""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObsProgram:
    """An OBS that notes its arguments and ends with the code in `code`; the user's configuration is another too."""
    if sys.platform == "win32":
        pytest.skip("the stand-in for OBS is a shell script")
    program = tmp_path / "obs program"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > "{tmp_path}/arguments"\nexit $(cat "{tmp_path}/code")\n')
    program.chmod(0o755)
    (tmp_path / "code").write_text("0")
    monkeypatch.setattr(user_obs, "is_running", lambda: False)
    monkeypatch.setattr(user_obs, "config_folder", lambda: tmp_path / "obs-studio")
    return ObsProgram(program, (29, 0, 2))


def test_in_a_window_the_users_obs_opens_the_demos_collection(tmp_path: Path, stand_in: ObsProgram) -> None:
    config = tmp_path / "obs-studio"
    config.mkdir()
    (config / "global.ini").write_text("[Basic]\nSceneCollection=Mine\n")
    assert demo.in_a_window(stand_in, lambda _: None) == 0
    assert (tmp_path / "arguments").read_text() == "--collection|EZVTB Avatar|"
    assert obs_ini.ini_value((config / "global.ini").read_text(), "Basic", "SceneCollection") == "Mine"
    assert len(list(config.glob("*.ezvtb-backup"))) == 1


def test_an_obs_that_fails_in_its_window_fails_the_command(tmp_path: Path, stand_in: ObsProgram) -> None:
    (tmp_path / "code").write_text("3")
    with pytest.raises(SetupError, match="exit code 3"):
        demo.in_a_window(stand_in, lambda _: None)


@pytest.mark.obs
@pytest.mark.parametrize("backend", ["null", pytest.param("", marks=pytest.mark.long)])
def test_without_a_display_the_moving_avatar_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], backend: str
) -> None:
    from PIL import Image

    program = find()
    missing = system_packages.decide(system_packages.gather(headless=True))
    if program is None or missing.install or missing.problem:
        pytest.skip(f"OBS or Xvfb is missing: {missing}")
    monkeypatch.setattr(demo, "OUT", tmp_path / "out")
    if backend:  # it plays from the first moment on
        monkeypatch.setenv("EZVTB_BACKEND", backend)
        monkeypatch.setattr(demo, "RECORDED_SECONDS", 4)
        monkeypatch.setattr(demo, "COUNTED_SECONDS", 1)
    assert demo.recorded(program) == 0
    said = capsys.readouterr().out
    assert "frames per second delivered" in said
    assert "frames lagged" in said
    with Image.open(tmp_path / "out" / "screenshot.png") as screenshot:
        assert screenshot.size == demo.CANVAS
        shown = np.asarray(screenshot.convert("RGB")).astype(int)
    background.draw(tmp_path / "background.png")
    with Image.open(tmp_path / "background.png") as picture:
        changed = np.abs(np.asarray(picture.convert("RGB")).astype(int) - shown).max(axis=2) > 24
    place = scene.avatar_place(demo.CANVAS)
    assert changed[place.top :, place.left :].mean() > 0.15, "the avatar is in its corner"
    assert changed[:, : place.left].mean() < 0.01, "and nothing else has changed the scene"
