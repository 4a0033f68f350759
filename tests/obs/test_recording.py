"""What OBS records of the avatar: with its transparency, and beside a replay buffer and a virtual camera."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import obsws_python  # type: ignore[import-untyped]
import pytest

from ezvtb.backends.null import PIXELS_PER_UNIT, move
from ezvtb.setup.headless_obs import Xvfb

from .stage import BACKGROUND, LEFT, SCENE, Pixels, Stage, middle, until, visible_stage
from .test_picture import linear, srgb

CODECS = ("png", pytest.param("qtrle", marks=pytest.mark.long))
"""Of OBS's custom FFmpeg output, in QuickTime's container: without loss, and with alpha. So is FFV1 in Matroska;
ProRes 4444 keeps alpha, too, but is off by 1 here and there."""


def frames(path: Path) -> "Iterator[Pixels]":
    """A recording's, as (height, width, RGBA)."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgba")


def with_alpha(codec: str, folder: Path) -> "dict[str, dict[str, str]]":
    """The profile of an OBS that records so: Settings > Output > Recording > Custom output, Advanced > BGRA."""
    encoder, sound = av.codec.Codec(codec, "w"), av.codec.Codec("pcm_s16le", "w")
    output = {
        "RecType": "FFmpeg",
        "FFOutputToFile": "true",
        "FFFilePath": str(folder),
        "FFFormat": "mov",
        "FFExtension": "mov",
        "FFVEncoder": encoder.name,
        "FFVEncoderId": str(encoder.id),
        "FFAEncoder": sound.name,
        "FFAEncoderId": str(sound.id),
        "FFAudioMixes": "1",
    }
    return {"Video": {"ColorFormat": "RGB"}, "Output": {"Mode": "Advanced"}, "AdvOut": output}


@pytest.mark.parametrize("codec", CODECS)
def test_each_recorded_frame_is_one_of_the_engine_s_with_its_alpha(
    tmp_path: Path, server: Xvfb, picture: Path, figure: Any, codec: str
) -> None:
    with visible_stage(tmp_path / "home", server, picture, profile=with_alpha(codec, tmp_path)) as stage:
        item = stage.obs.websocket.get_scene_item_id(SCENE, BACKGROUND).scene_item_id
        stage.obs.websocket.set_scene_item_enabled(SCENE, item, False)
        with stage.swinging():
            time.sleep(0.5)
            recording = stage.obs.record(1.5)
        places = set()
        for frame in frames(recording):
            seen = frame[:, LEFT : LEFT + 512].astype(int)
            down, right = place(seen) - place(figure)
            expected = move(figure, np.array([down, right]) / PIXELS_PER_UNIT).astype(int)
            assert np.array_equal(seen[..., 3], expected[..., 3]), f"another alpha at {right}, {down}"
            visible = expected[..., 3] > 8  # what is nearly nothing has no room for its colour
            off = [np.abs(seen[..., :3] - colours)[visible].max() for colours in recorded(expected)]
            assert min(off) <= 4
            places.add((down, right))
        assert len(places) > 2, "it hardly moves"  # how often is the computer's affair


def recorded(figure: Any) -> "tuple[Any, Any]":
    """The figure's colours as OBS 29 records them, and as 30.2 and 32.2 do: multiplied by their alpha."""
    return figure[..., :3], srgb(linear(figure[..., :3]) * figure[..., 3:] / 255)


def place(pixels: Any) -> Any:
    """Where the figure is: its middle's row and column, in whole pixels."""
    return np.array([round(middle(pixels.transpose(1, 0, 2))), round(middle(pixels))])


def test_the_replay_buffer_has_the_avatar_and_a_virtual_camera_does_no_harm(
    tmp_path: Path, server: Xvfb, picture: Path
) -> None:
    profile = {"SimpleOutput": {"RecRB": "true", "RecRBTime": "5"}}
    with visible_stage(tmp_path / "home", server, picture, profile=profile) as stage, stage.swinging():
        websocket = stage.obs.websocket
        websocket.start_replay_buffer()
        until(lambda: websocket.get_replay_buffer_status().output_active, "no replay buffer")
        time.sleep(1.5)
        has_camera = start_virtual_camera(stage)
        websocket.save_replay_buffer()
        saved = Path(until(lambda: last_replay(stage), "nothing was saved"))
        until(lambda: "Wrote replay buffer" in stage.obs.log_text(), "it isn't finished")
        assert stage.is_moving()
        websocket.stop_replay_buffer()
        # OBS 30.2 crashes when it ends meanwhile, without any script too
        until(lambda: not websocket.get_replay_buffer_status().output_active, "it doesn't stop")
        if has_camera:
            websocket.stop_virtual_cam()
        seen = list(frames(saved))
        assert len(seen) > 30
        assert all(shows_it(each) for each in seen)
        assert len({place_on_green(each) for each in seen}) > 2, "it hardly moves"


def start_virtual_camera(stage: Stage) -> bool:
    """Whether OBS has one: on Linux without v4l2loopback it says "VirtualCam is not available"."""
    try:
        stage.obs.websocket.start_virtual_cam()
    except obsws_python.error.OBSSDKRequestError as error:
        assert error.code == 604
        return False
    return True


def last_replay(stage: Stage) -> str:
    """The path of the last saved replay; empty: there is none."""
    try:
        return str(stage.obs.websocket.get_last_replay_buffer_replay().saved_replay_path)
    except obsws_python.error.OBSSDKRequestError:
        return ""


def on_green(frame: Pixels) -> Any:
    """Where a frame, however it was compressed, shows the pale figure and not the green background."""
    return frame[..., 0] > 128


def shows_it(frame: Pixels) -> bool:
    """Whether the whole disc is to be seen."""
    return int(on_green(frame).sum()) > 40000


def place_on_green(frame: Pixels) -> "tuple[int, int]":
    rows, columns = np.nonzero(on_green(frame))
    return int(rows.mean()), int(columns.mean())
