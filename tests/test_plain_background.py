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
