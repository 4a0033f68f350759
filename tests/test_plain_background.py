from typing import Any

import numpy as np
import pytest

from ezvtb import plain_background


def reached_step_by_step(passable: Any) -> Any:
    """The plain way: one pixel further in each direction until nothing changes."""
    reached = np.zeros_like(passable)
    reached[0], reached[:, 0], reached[:, -1] = passable[0], passable[:, 0], passable[:, -1]
    while True:
        before = reached.sum()
        reached[1:] |= reached[:-1] & passable[1:]
        reached[:-1] |= reached[1:] & passable[:-1]
        reached[:, 1:] |= reached[:, :-1] & passable[:, 1:]
        reached[:, :-1] |= reached[:, 1:] & passable[:, :-1]
        if reached.sum() == before:
            return reached


@pytest.mark.parametrize("density", [0.3, 0.5, 0.6, 0.7, 0.95, 0.0, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (40, 60)])
def test_what_is_reached_from_the_border_is_what_a_walk_reaches(density: float, size: "tuple[int, int]") -> None:
    passable = np.random.default_rng(3).random(size) < density
    assert np.array_equal(plain_background.reached_from_border(passable), reached_step_by_step(passable))


def test_the_bottom_edge_is_the_figures() -> None:
    passable = np.zeros((5, 5), bool)
    passable[3:, 2] = True
    assert not plain_background.reached_from_border(passable).any()


BORDERS = {"plain": (0, True), "a line at the bottom": (1, True), "a quarter of another colour": (2, False)}


@pytest.mark.parametrize("case", BORDERS)
def test_a_background_is_plain_if_nearly_all_of_the_border_is(case: str) -> None:
    other, is_plain = BORDERS[case]
    rgba = np.full((100, 100, 4), 255, np.uint8)
    if other == 1:
        rgba[-1, 1:-1, :3] = 0
    if other == 2:
        rgba[:, -1, :3] = 0
    colour = plain_background.plain_colour(rgba)
    assert (colour is not None) == is_plain
    assert colour is None or list(colour) == [255, 255, 255]


@pytest.mark.parametrize("coat", [(255, 246, 232), (240, 240, 240), (230, 235, 240)])
def test_clothes_nearly_of_the_backgrounds_colour_stay(coat: "tuple[int, int, int]") -> None:
    """Between the sleeves, which are open above: the background touches the coat there."""
    rgba = np.full((512, 512, 4), 255, np.uint8)
    rgba[100:, 150:362, :3] = (60, 60, 160)
    rgba[100:, 200:312, :3] = coat
    alpha = plain_background.without(rgba, np.array([255, 255, 255]))[..., 3]
    assert alpha[110:, 200:312].min() == 255
    assert not alpha[:100].any()


def test_a_background_that_varies_a_little_goes() -> None:
    shades = np.linspace(215, 255, 512).astype(np.uint8)  # from left to right
    rgba = np.full((512, 512, 4), 255, np.uint8)
    rgba[..., :3] = shades[:, None]
    rgba[200:, 200:300, :3] = (60, 60, 160)
    plain = plain_background.plain_colour(rgba)
    assert plain is not None
    alpha = plain_background.without(rgba, plain)[..., 3]
    assert alpha[200:, 200:300].min() == 255
    assert not np.delete(alpha, np.s_[200:300], axis=1).any()
