"""Four avatars with four pictures and one tracker in one OBS."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ezvtb.setup.headless_obs import Xvfb

from .heartbeat import Heartbeat
from .stage import AVATAR, SCENE, Stage, is_running, middle, until, visible_stage

NAMES = (AVATAR, "Avatar 2", "Avatar 3", "Avatar 4")
COLOURS = ((250, 240, 230), (200, 40, 40), (40, 160, 60), (60, 80, 220))


def paint(folder: Path, figure: Any) -> "list[Path]":
    """The figure in four colours."""
    folder.mkdir()
    paths = []
    for name, colour in zip(NAMES, COLOURS):
        pixels = figure.copy()
        pixels[pixels[..., 3] > 0, :3] = colour
        paths.append(folder / f"{name}.png")
        Image.fromarray(pixels, "RGBA").save(paths[-1])
    return paths


def use_of(stage: Stage, seconds: float) -> str:
    """What OBS and the engines take: megabytes, and percent of one processor over that time."""

    def ticks(pid: int) -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    processes = {"OBS": stage.obs.pid, **{f"engine {pid}": pid for pid in stage.engines() if is_running(pid)}}
    before = {name: ticks(pid) for name, pid in processes.items()}
    time.sleep(seconds)
    lines = []
    for name, pid in processes.items():
        megabytes = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
        percent = (ticks(pid) - before[name]) / os.sysconf("SC_CLK_TCK") / seconds
        lines.append(f"{name}: {megabytes} MB, {percent:.0%}")
    return "; ".join(lines)


def test_all_follow_one_tracker_each_in_its_picture_and_go_one_by_one(
    tmp_path: Path, server: Xvfb, figure: Any
) -> None:
    pictures = paint(tmp_path / "pictures", figure)
    with visible_stage(tmp_path / "home", server, pictures[0], avatars=len(NAMES), idle=False) as stage:
        websocket = stage.obs.websocket
        for name, picture in zip(NAMES, pictures):
            websocket.set_input_settings(name, {"picture": str(picture)}, True)

        def places() -> "dict[str, float]":
            return {name: middle(pixels) for name in NAMES if (pixels := stage.pixels(name)) is not None}

        def colours() -> "list[tuple[int, ...]]":
            seen = [stage.pixels(name) for name in NAMES]
            return [tuple(map(int, pixels[220, 256, :3])) for pixels in seen if pixels is not None]

        until(lambda: colours() == list(COLOURS), "not every avatar has its picture")
        (engine,) = set(stage.engines())  # one for all
        rest = places()

        with Heartbeat(stage) as heart:
            for side in (1.0, -1.0):

                def all_turned(side: float = side) -> bool:
                    stage.send(head_y=side)
                    now = places()
                    return all((now[name] - rest[name]) * side > 40 for name in NAMES)

                until(all_turned, f"not all turned to {side}")
            with stage.swinging():
                print(use_of(stage, 0.5))
                assert "Shared by 4 avatars" in stage.status()
                os.kill(engine, signal.SIGKILL)
                until(lambda: all(is_followed(stage, name) for name in NAMES), "not all come back")
                _, engine = dict.fromkeys(stage.engines())
                for left in range(len(NAMES) - 1, 0, -1):
                    gone = NAMES[left]
                    websocket.remove_input(gone)
                    until(lambda gone=gone: f"{gone!r} is gone" in stage.obs.log_text(), f"{gone} stays")
                    assert is_running(engine)
                    assert all(is_followed(stage, name) for name in NAMES[:left])
        assert heart.longest["render"] < 1, str(heart)
        assert "Shared" not in stage.status()
        assert [each["sourceName"] for each in websocket.get_scene_item_list(SCENE).scene_items][1:] == [AVATAR]


def is_followed(stage: Stage, name: str) -> bool:
    """Whether it moves as widely as the swinging tracker does."""
    places: list[float] = []
    end = time.monotonic() + 10
    while time.monotonic() < end:
        pixels = stage.pixels(name)
        if pixels is not None:
            places.append(middle(pixels))
            if np.ptp(places) > 10:
                return True
        time.sleep(0.03)
    return False
