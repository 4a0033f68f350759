import argparse

import numpy as np
import pytest

from ezvtb.play.background import CHECKERBOARD, colour, fitting, over
from ezvtb.play.stage import Pixels


@pytest.mark.parametrize(
    ("text", "rgb"),
    [("green", (0, 128, 0)), ("#00FF00", (0, 255, 0)), ("#0f0", (0, 255, 0)), ("#00ff0080", (0, 255, 0))],
)
def test_a_colour_is_read(text: str, rgb: "tuple[int, int, int]") -> None:
    assert colour(text) == rgb


@pytest.mark.parametrize("text", ["", "greenish", "#12", "00FF00"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no colour"):
        colour(text)


@pytest.mark.parametrize(
    ("room", "size"), [((512, 512), (512, 512)), ((1280, 720), (720, 720)), ((100, 700), (100, 100)), ((0, 5), (1, 1))]
)
def test_a_picture_fits(room: "tuple[int, int]", size: "tuple[int, int]") -> None:
    assert fitting((512, 512), room) == size


def test_the_avatar_is_drawn_over_its_background(figure: Pixels) -> None:
    drawn = np.asarray(over(figure, (512, 512), (0, 0, 255)).convert("RGB")).astype(int)
    alpha = figure[..., 3:] / 255
    expected = figure[..., [2, 1, 0]] * alpha + np.array((0, 0, 255)) * (1 - alpha)
    assert np.abs(drawn - expected).max() <= 1


def test_it_stands_in_the_middle_of_a_wide_one_without_a_dark_edge(figure: Pixels) -> None:
    drawn = np.asarray(over(figure, (1280, 720), (240, 120, 40)).convert("RGB")).astype(int)
    assert drawn.shape == (720, 1280, 3)
    assert np.abs(drawn - (240, 120, 40)).max() <= 2, "the disc has the background's colour and so has its edge"
    wide = np.asarray(over(figure, (1280, 720), (0, 0, 0)).convert("L")).nonzero()
    assert abs(wide[0].mean() - 359.5) < 1
    assert abs(wide[1].mean() - 639.5) < 1


def test_a_checkerboard_has_two_greys() -> None:
    nothing = np.zeros((512, 512, 4), np.uint8)
    drawn = np.asarray(over(nothing, (64, 48), CHECKERBOARD).convert("RGB"))
    assert drawn.shape == (48, 64, 3)
    assert drawn[0, 0, 0] == drawn[16, 16, 0] == 255
    assert drawn[0, 16, 0] == drawn[16, 0, 0] == 204
