from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ezvtb.connected import reached_from_border


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


@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_what_is_reached_from_the_border_is_what_a_walk_reaches(passable: Any) -> None:
    assert np.array_equal(reached_from_border(passable), reached_step_by_step(passable))


@pytest.mark.parametrize("density", [0.3, 0.5, 0.6, 0.7, 0.95, 0.0, 1.0])
def test_so_it_is_in_a_larger_mask(density: float) -> None:
    passable = np.random.default_rng(3).random((40, 60)) < density
    assert np.array_equal(reached_from_border(passable), reached_step_by_step(passable))


def test_a_spiral_is_reached_to_its_end() -> None:
    side = 41
    passable = np.zeros((side, side), bool)
    row, column, (down, right) = 0, 0, (0, 1)
    for length in [side - 1, *(each for each in range(side - 1, 0, -2) for _ in range(2))]:
        for _ in range(length):
            passable[row, column] = True
            row, column = row + down, column + right
        down, right = right, -down
    passable[row, column] = True
    assert reached_from_border(passable)[row, column]
    assert np.array_equal(reached_from_border(passable), passable)
    passable[0, 1:], passable[:, 0], passable[1:, -1], passable[-1] = False, False, False, False
    assert not reached_from_border(passable).any()


def test_corners_do_not_connect() -> None:
    passable = np.eye(5, dtype=bool)
    passable[-1, -1] = False
    assert np.argwhere(reached_from_border(passable)).tolist() == [[0, 0]]


def test_the_bottom_edge_is_the_figures() -> None:
    passable = np.zeros((5, 5), bool)
    passable[3:, 2] = True
    assert not reached_from_border(passable).any()
