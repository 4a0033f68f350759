"""What is to be seen: one OBS for all of these."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ezvtb.setup.headless_obs import Xvfb

from .stage import AVATAR, BACKGROUND, HEIGHT, LEFT, SCENE, WIDTH, Pixels, Stage, middle, until, visible_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage") / "home"
    with visible_stage(folder, server, picture, idle=False) as opened:
        yield opened


@pytest.fixture
def still(stage: Stage, figure: Any) -> Pixels:
    """The avatar at rest."""

    def rests() -> Any:
        pixels = stage.pixels()
        return pixels if pixels is not None and abs(middle(pixels) - middle(figure)) < 0.5 else None

    pixels: Pixels = until(rests, "the avatar never rested")
    return pixels


def linear(values: Any) -> Any:
    """sRGB 0..255 to linear light 0..1."""
    values = np.asarray(values, np.float64) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb(light: Any) -> Any:
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def test_the_source_shows_the_picture_with_straight_alpha(still: Pixels, figure: Any) -> None:
    assert still.shape == (512, 512, 4)
    seen = still.astype(int)
    assert np.abs(seen[..., 3] - figure[..., 3]).max() == 0
    opaque = figure[..., 3] > 0
    assert np.abs(seen[opaque] - figure[opaque].astype(int)).max() <= 1


@pytest.mark.parametrize("background", [(0, 255, 0), (255, 255, 255), (0, 0, 0), (250, 240, 230)])
def test_the_background_shines_through_and_edges_have_no_fringe(
    stage: Stage, still: Pixels, figure: Any, background: "tuple[int, int, int]"
) -> None:
    red, green, blue = background
    color = 0xFF000000 | blue << 16 | green << 8 | red
    stage.obs.websocket.set_input_settings(BACKGROUND, {"color": color}, True)

    def behind() -> Any:
        scene = stage.pixels(SCENE)
        return scene if scene is not None and tuple(scene[5, WIDTH - 5][:3]) == background else None

    scene = until(behind, "the background isn't changed")
    assert scene.shape == (HEIGHT, WIDTH, 4)
    part = scene[:512, LEFT : LEFT + 512, :3].astype(float)
    alpha = figure[..., 3:] / 255.0
    expected = srgb(linear(figure[..., :3]) * alpha + linear(background) * (1 - alpha))
    assert np.abs(part - expected).max() <= 2.5
    # whatever the blending: nothing darker than both, or lighter than both, which is what a fringe is
    lowest = np.minimum(figure[..., :3], background)
    highest = np.maximum(figure[..., :3], background)
    visible = figure[..., 3] > 0
    assert (part >= lowest - 2)[visible].all()
    assert (part <= highest + 2)[visible].all()
    assert (part[~visible] == background).all()


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_pose_over_udp_moves_the_head_to_that_side(stage: Stage, still: Pixels, side: float) -> None:
    def moved() -> bool:
        stage.send(head_y=side)
        pixels = stage.pixels()
        return pixels is not None and (middle(pixels) - middle(still)) * side > 40

    until(moved, "the head did not turn")
    assert "Tracker: Raw poses from 127.0.0.1" in stage.status()


def test_the_picture_keeps_changing_while_poses_stream(stage: Stage) -> None:
    spans: list[str] = []

    def keeps_changing() -> bool:
        """For three seconds. A computer that others work on may stand still for itself."""
        looks: list[tuple[float, bytes]] = []
        end = time.monotonic() + 3
        while (now := time.monotonic()) < end:
            stage.send(head_y=np.sin(now * 3), head_x=np.sin(now * 2))
            looks.append((now, stage.obs.screenshot(AVATAR, 128, 128)))
        changes = [now for (_, former), (now, picture) in zip(looks, looks[1:]) if former != picture]
        moments = [looks[0][0], *changes, looks[-1][0]]
        frozen = max(later - earlier for earlier, later in zip(moments, moments[1:]))
        spans.append(f"{len(changes)} changes in {len(looks)} looks, none for {frozen:.2f} s")
        return frozen < 0.8

    assert any(keeps_changing() for _ in range(5)), spans


def test_settings_are_read_back_and_defaults_are_there(stage: Stage) -> None:
    websocket = stage.obs.websocket
    settings = websocket.get_input_settings(AVATAR).input_settings
    assert settings["port"] == stage.port
    assert settings["idle"] is False
    assert stage.command("status", AVATAR)["defaults"] == {
        "port": stage.port,
        "fps_limit": 30,
        "device": 0,
        "simplify": 0,
    }
    websocket.set_input_settings(AVATAR, {"fps_limit": 12}, True)
    assert websocket.get_input_settings(AVATAR).input_settings["fps_limit"] == 12
    until(lambda: "at most 12 frames" in stage.status(), "the limit was not taken over")
    websocket.set_input_settings(AVATAR, {"fps_limit": 30}, True)


def test_the_status_names_rate_engine_and_tracker(stage: Stage, still: Pixels) -> None:
    lines = until(lambda: "Alive: " in stage.status() and stage.status(), "it isn't alive").splitlines()
    assert any(line.startswith("Alive: ") and "at most 30 frames a second" in line for line in lines)
    assert any(line.startswith("Figure: null on none, full precision.") for line in lines)
    assert any(line.startswith("Tracker: ") and str(stage.port) in line for line in lines)


def test_the_properties_work_from_the_websocket_too(stage: Stage, still: Pixels) -> None:
    """Its requests call our properties on threads of its own."""
    websocket = stage.obs.websocket
    devices = websocket.get_input_properties_list_property_items(AVATAR, "device").property_items
    assert devices[0]["itemValue"] == ""
    assert devices[0]["itemName"].startswith("Automatic")
    websocket.press_input_properties_button(AVATAR, "refresh")


def test_another_picture_takes_effect_and_a_bad_one_is_refused(
    stage: Stage, still: Pixels, picture: Any, tmp_path: Any
) -> None:
    other, broken = tmp_path / "other.png", tmp_path / "broken.png"
    image = Image.new("RGBA", (512, 512))
    image.paste((200, 0, 100, 255), (100, 100, 400, 500))
    image.save(other)
    broken.write_bytes(b"this is no picture")
    engines = stage.engines()
    websocket = stage.obs.websocket

    def colour() -> Any:
        pixels = stage.pixels()
        assert pixels is not None, "nothing is shown in between"
        assert pixels[256, 256, 3] == 255, "a blank frame is shown in between"
        return tuple(pixels[256, 256])

    websocket.set_input_settings(AVATAR, {"picture": str(other)}, True)
    until(lambda: colour() == (200, 0, 100, 255), "the new picture never came")
    websocket.set_input_settings(AVATAR, {"picture": str(broken)}, True)
    until(lambda: "The last good picture stays." in stage.status(), "the refusal was not told")
    trouble = stage.command("status", AVATAR)["trouble"]
    assert trouble.startswith(broken.name)
    assert "\n" not in trouble  # the rest of the status is as ordinary as before
    assert colour() == (200, 0, 100, 255)
    websocket.set_input_settings(AVATAR, {"picture": str(picture)}, True)
    until(lambda: colour() != (200, 0, 100, 255), "the old picture never came back")
    assert stage.engines() == engines  # none of this needed another engine


def test_a_new_source_gets_a_status_and_an_avatar(stage: Stage, picture: Any) -> None:
    websocket = stage.obs.websocket
    websocket.create_input(SCENE, "New", "ezvtb_avatar", {}, True)
    until(lambda: stage.pixels("New") is not None, "a new avatar has a picture of its own")
    websocket.set_input_settings("New", {"picture": ""}, True)
    until(lambda: "Choose a picture" in stage.status("New"), "the new source has no status")
    until(lambda: stage.pixels("New") is None, "what nobody wants is still shown")
    websocket.set_input_settings("New", {"picture": str(picture), "port": stage.port}, True)
    until(lambda: stage.pixels("New") is not None, "the new avatar never came")
    until(lambda: "Shared by 2 avatars" in stage.status("New"), "the port is not shared")
    websocket.remove_input("New")
    until(lambda: "'New' is gone" in stage.obs.log_text(), "the avatar outlived its source")
    assert "Shared" not in stage.status()
