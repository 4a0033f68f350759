"""In-between frames, cache and super resolution in a real OBS, without models."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ezvtb.setup.headless_obs import Xvfb

from .stage import AVATAR, Stage, middle, open_stage, until


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    opened = open_stage(
        tmp_path_factory.mktemp("options") / "home", server, picture, fps=60, interpolation=4, cache="ram"
    )
    try:
        opened.wait_visible()
        yield opened
        opened.quit()
    finally:
        opened.obs.kill()


def choose(stage: Stage, **values: Any) -> None:
    stage.obs.websocket.set_input_settings(AVATAR, values, True)


def test_frames_between_poses_come_evenly_and_in_order(stage: Stage) -> None:
    """The head turns at a steady pace: so must the picture, at OBS's 60 frames a second, limit 30, 7.5 poses."""
    choose(stage, idle=False)
    begin = time.monotonic()
    looks: list[tuple[float, float]] = []
    while (now := time.monotonic() - begin) < 6:
        stage.send(head_y=min(1.0, now / 6 * 2 - 1))
        pixels = stage.pixels()
        if now > 2.5 and pixels is not None:
            looks.append((now, middle(pixels)))
    # the head goes 128 pixels in 6 s; a frame moves it by 128 / 6 / 30 = 0.7, a pose by 2.8
    times, places = np.array(looks).T
    backwards = -np.diff(places).min()
    line = np.polynomial.Polynomial.fit(times, places, 1)
    deviation = places - line(times)
    print(f"{len(looks)} looks, deviation from a steady pace {deviation.std():.2f} px, backwards {backwards:.2f} px")
    assert backwards <= 0.5
    # frames that come in bunches of four would stray by half a pose's way
    assert np.quantile(np.abs(deviation), 0.9) < 1.4


def test_changes_restart_the_engine_behind_the_last_frame_and_1024_arrives(stage: Stage) -> None:
    engines = len(stage.engines())
    choose(stage, sr="x2", interpolation=2)
    while len(stage.engines()) == engines:
        assert stage.pixels() is not None  # the last frame stays
        time.sleep(0.05)
    pixels = until(lambda: (p := stage.pixels()) is not None and p.shape[0] == 1024 and p, 20, "never 1024")
    assert pixels.shape == (1024, 1024, 4)
    assert "sr: null" in stage.status()
    assert stage.obs.websocket.get_input_settings(AVATAR).input_settings["sr"] == "x2"
    choose(stage, sr="off", interpolation=4)
    until(lambda: (p := stage.pixels()) is not None and p.shape[0] == 512 and p, 20, "never 512 again")


def test_the_status_has_the_hit_rate_and_no_line_for_what_is_off(stage: Stage) -> None:
    choose(stage, idle=True)
    text = until(lambda: "Cache: " in stage.status() and stage.status(), 10, "no hit rate")
    assert "TensorRT" not in text
    assert "VRAM" not in text
    assert "sr: " not in text
    assert "cacher: RAM" in text
    assert "rife: null" in text


def test_the_lists_are_there(stage: Stage) -> None:
    lists = stage.obs.websocket.get_input_properties_list_property_items
    names = {
        name: [(item["itemName"], item["itemValue"]) for item in lists(AVATAR, name).property_items]
        for name in ("interpolation", "cache", "sr", "simplify")
    }
    assert names["interpolation"] == [("Off", 1), ("x2", 2), ("x3", 3), ("x4", 4)]
    assert names["cache"] == [("Off", "off"), ("RAM", "ram"), ("Database", "database")]
    assert names["sr"] == [("Off", "off"), ("Face x4 (1024x1024)", "x4"), ("Whole x2 (1024x1024)", "x2")]
    assert names["simplify"][0] == ("Off", 0)
    assert names["simplify"][-1] == ("Gaming", 8)


def test_the_panel_survives_being_rebuilt_while_it_is_open(stage: Stage) -> None:
    stage.obs.websocket.open_input_properties_dialog(AVATAR)
    for value in ("x2", "off", "x4", "off"):
        choose(stage, sr=value)
        time.sleep(0.4)
    assert stage.is_moving()
    stage.click(829, 584)  # Cancel: OBS asks no questions when it ends
