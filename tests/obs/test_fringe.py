"""The real network in a real OBS: the edges of its figure have no more of a fringe than the picture itself has.

A fringe is what is darker or lighter than both the figure nearby and the background.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from ezvtb.paths import models_folder

from .conftest import OpenStage
from .stage import BACKGROUND, LEFT, SCENE, Pixels, Stage, until
from .test_picture import linear, srgb
from .test_tha3 import posed

BACKGROUNDS = {"white": 0xFFFFFFFF, "black": 0xFF000000, "green": 0xFF00FF00}
REACH = 4
"""Pixels around an edge pixel in which the figure's own colours are looked for: an edge is 2 to 3 wide."""
ROUNDING = 2
"""Both composites are rounded to whole values."""


class Seen(NamedTuple):
    """One figure at rest, alone and in front of each background."""

    alone: Pixels
    scenes: "dict[str, Any]"


class Range:
    """The colours that the picture has around each pixel, where it is more figure than background."""

    def __init__(self, picture: Pixels) -> None:
        figure = (picture[..., 3] >= 128)[..., None]
        colour = picture[..., :3].astype(float)
        self._lowest = around(np.where(figure, colour, 256), np.minimum)
        self._highest = around(np.where(figure, colour, -1), np.maximum)

    def fringe(self, scene: Any) -> Any:
        """By how much each pixel of a scene is out of that range and its background, 0 … 255."""
        behind = scene[2, 2]
        below = np.minimum(self._lowest, behind) - scene
        above = scene - np.maximum(self._highest, behind)
        return np.maximum(np.maximum(below, above), 0).max(axis=2)


def edge(alone: Pixels) -> Any:
    """Pixels that the figure covers in part."""
    return (alone[..., 3] > 0) & (alone[..., 3] < 255)


def around(values: Any, choose: Any) -> Any:
    """The smallest or largest value within REACH pixels."""
    for axis in (0, 1):
        shifted = [np.roll(values, step, axis) for step in range(-REACH, REACH + 1)]
        values = choose.reduce(shifted)
    return values


def look(stage: Stage) -> Seen:
    alone = posed(stage)
    scenes = {}
    for name, color in BACKGROUNDS.items():
        stage.obs.websocket.set_input_settings(BACKGROUND, {"color": color}, True)
        wanted = [color & 0xFF, color >> 8 & 0xFF, color >> 16 & 0xFF]

        def behind(wanted: "list[int]" = wanted) -> Any:
            scene = stage.pixels(SCENE)
            return scene if scene is not None and scene[2, 2, :3].tolist() == wanted else None

        scene = until(behind, "the background isn't changed")
        scenes[name] = scene[:512, LEFT : LEFT + 512, :3].astype(float)
    stage.quit()
    return Seen(alone, scenes)


@pytest.mark.skipif(not any(models_folder().rglob("*.onnx")), reason="no model is installed")
def test_the_network_adds_no_fringe_to_the_picture_s_own(open_obs: OpenStage, avatar_file: Path) -> None:
    # the null backend shows the picture as it is, through the very same source and blending
    picture = look(open_obs(picture=avatar_file, idle=False))
    network = look(open_obs(picture=avatar_file, idle=False, backend=""))
    colours = Range(picture.alone)
    assert edge(network.alone).sum() > 500
    # how far the network's colours are off where no edge is
    solid = (picture.alone[..., 3] == 255) & (network.alone[..., 3] == 255)
    off = np.abs(network.alone[..., :3].astype(float) - picture.alone[..., :3])[solid].max(axis=1)
    for name in BACKGROUNDS:
        own = colours.fringe(picture.scenes[name])[edge(picture.alone)]
        found = colours.fringe(network.scenes[name])[edge(network.alone)]
        print(f"{name}: the picture's own {own.max():.0f}; the network's {found.max():.0f}, of 999 in 1000 pixels "
              f"{np.quantile(found, 0.999):.0f}; its colours are off by {np.quantile(off, 0.99):.0f}")  # fmt: skip
        assert np.quantile(found, 0.999) <= own.max() + ROUNDING
        assert found.max() <= own.max() + ROUNDING + np.quantile(off, 0.99)


@pytest.mark.parametrize("background", [255.0, 0.0])
def test_a_fringe_would_be_found(avatar_file: Path, background: float) -> None:
    """Edges of a figure that was cut out of the opposite background, with some of that left in their colour."""
    from PIL import Image

    picture = np.array(Image.open(avatar_file).convert("RGBA"))
    alpha = picture[..., 3:] / 255.0
    light = linear(picture[..., :3])
    wrong = light * alpha + linear(255 - background) * (1 - alpha)
    scenes = [srgb(colour * alpha + linear(background) * (1 - alpha)).round() for colour in (light, wrong)]
    good, bad = (Range(picture).fringe(scene)[edge(picture)] for scene in scenes)
    assert np.quantile(good, 0.999) <= ROUNDING
    assert np.quantile(bad, 0.999) > 2 * ROUNDING
