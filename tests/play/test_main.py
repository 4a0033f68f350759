"""The command with the real driver and engine process (null backend)."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ezvtb.play.__main__ import _take_over, main
from ezvtb.play.stage import Pixels
from ezvtb.setup.headless_obs import Xvfb, free_port
from ezvtb.tracking.protocols import raw
from ezvtb_obs.settings import Settings
from repeating import repeated

pytestmark = pytest.mark.usefixtures("null_engine")


@pytest.fixture
def still_avatar(picture: Path) -> "list[str]":
    """Options of an avatar that doesn't move by itself."""
    quiet = ("idle=off", "cache=off", "interpolation=1")
    return [
        "--picture",
        str(picture),
        "--port",
        str(free_port()),
        *(word for each in quiet for word in ("--set", each)),
    ]


@pytest.fixture
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a file in it, and without pyvirtualcam."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    (tmp_path / "taken.webm").touch()


def alpha_of(path: Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image)[..., 3]


def test_a_png_is_the_first_frame(still_avatar: "list[str]", tmp_path: Path, figure: Pixels) -> None:
    assert main([*still_avatar, "--out", str(tmp_path / "still.png")]) == 0
    np.testing.assert_array_equal(alpha_of(tmp_path / "still.png"), figure[..., 3])


def test_a_tracker_moves_it_as_in_obs(still_avatar: "list[str]", tmp_path: Path) -> None:
    pose = [0.0] * 45
    pose[40] = 1.0
    packet, to = raw.encode(pose), ("127.0.0.1", int(still_avatar[3]))
    with socket.socket(type=socket.SOCK_DGRAM) as tracker, repeated(lambda: tracker.sendto(packet, to), 0.03):
        assert main([*still_avatar, "--out", str(tmp_path / "still.png"), "--seconds", "1.5"]) == 0
    assert alpha_of(tmp_path / "still.png").nonzero()[1].mean() > 256 + 50


def test_a_video_lasts_as_long_as_asked(still_avatar: "list[str]", tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    assert main([*still_avatar, "--out", str(tmp_path / "film.webm"), "--seconds", "1"]) == 0
    with av.open(str(tmp_path / "film.webm")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


def test_a_folder_gets_every_frame(still_avatar: "list[str]", tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    assert main([*still_avatar, "--out", str(folder), "--seconds", "0.5", "--set", "fps_limit=20"]) == 0
    assert len(list(folder.iterdir())) == 10


@pytest.mark.skipif(os.name == "nt", reason="SIGINT can't be sent to one process there")
def test_ctrl_c_finishes_what_is_being_written(still_avatar: "list[str]", tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "film.mov"
    command = [sys.executable, "-m", "ezvtb.play", *still_avatar, "--out", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        try:
            for line in playing.stdout:
                if line.startswith("Alive"):
                    break
            playing.send_signal(signal.SIGINT)
            said, failed = playing.communicate(timeout=60)
        finally:
            playing.kill()
    assert (playing.returncode, failed) == (0, "")
    assert str(path) in said
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) > 60


def test_it_is_shown_in_a_window_until_that_is_closed(
    still_avatar: "list[str]", tmp_path: Path, server: Xvfb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", server.display)
    command = [sys.executable, "-m", "ezvtb.play", *still_avatar, "--background", "#0000FF"]
    with subprocess.Popen(command) as playing:
        end = time.perf_counter() + 60
        while True:
            server.screenshot(tmp_path / "shot.png")
            with Image.open(tmp_path / "shot.png") as image:
                if image.convert("RGB").getpixel((256, 200)) == (240, 120, 40):
                    break
            assert time.perf_counter() < end
            time.sleep(0.1)
        subprocess.run(["xdotool", "mousemove", "50", "50", "key", "Escape"], check=True)
        assert playing.wait(60) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["--picture", "nothing.png", "--out", "a.png"], "nothing.png doesn't exist"),
        (["--picture", ""], "No picture is chosen"),
        (["--out", "taken.webm"], "taken.webm is there already"),
        (["--out", "missing/film.webm"], "There is no folder missing"),
        (["--camera"], "pip install pyvirtualcam"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    changes: "list[str]", said: str, still_avatar: "list[str]", in_a_folder: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*still_avatar, *changes]) == 1
    assert said in capsys.readouterr().err


def test_an_engine_that_does_not_start_ends_it(
    still_avatar: "list[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EZVTB_PYTHON", str(tmp_path / "no-python"))
    assert main([*still_avatar, "--out", str(tmp_path / "still.png")]) == 1
    assert "The engine's Python is not there" in capsys.readouterr().err
    assert not (tmp_path / "still.png").exists()


def test_a_video_without_pyav_is_said_with_the_command(
    still_avatar: "list[str]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "ezvtb.play.video", raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    assert main([*still_avatar, "--out", str(tmp_path / "film.webm")]) == 1
    assert "-m pip install av" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "film.avi"], "neither .png, .webm, .mov nor a folder"),
        (["--seconds", "soon"], "no number of seconds"),
        (["--background", "greenish"], "is no colour"),
        (["--port", "70000"], "port is a number from 0 to 65535"),
    ],
)
def test_a_wrong_option_is_named(words: "list[str]", said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err


def test_the_list_of_settings_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert "fps_limit" in capsys.readouterr().out


def test_what_a_key_changes_is_taken_over_with_the_picture_s_own_fit() -> None:
    unsaved: dict[str, Any] = {"mirror": not Settings().mirror, "picture": "/b.png"}
    taken: list[Settings] = []
    senses = SimpleNamespace(take_unsaved=lambda: unsaved)
    former = Settings(picture="/a.png", fit_x=20, fits='{"/a.png": [100, 20, 0], "/b.png": [50, 0, 0]}')
    driver: Any = SimpleNamespace(settings=former, senses=senses, apply=taken.append)
    _take_over(driver)
    assert taken == [replace(former, **unsaved, fit_scale=50, fit_x=0)]
