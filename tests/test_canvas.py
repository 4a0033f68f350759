from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from ezvtb.canvas import draw
from ezvtb.placement import REST, Placement, canvas

from .test_placement import PLACEMENTS

SIDE = 128
COLOUR = (200, 120, 40)


def picture(bottom: int = 100, soft: bool = True) -> Any:
    """A figure of one colour with a soft edge, down to that row."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    alpha = np.clip((26 - np.abs(columns - 63.5)) / (6 if soft else 0.5), 0, 1) * np.clip((rows - 20) / 6, 0, 1)
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[..., 3] = np.rint(alpha * 255) * (rows < bottom)
    pixels[pixels[..., 3] > 0, :3] = COLOUR
    return pixels


def middle(pixels: Any) -> "tuple[float, float]":
    """Where a figure is: x and y of its centre of mass."""
    alpha = pixels[..., 3].astype(float)
    rows, columns = np.mgrid[0 : alpha.shape[0], 0 : alpha.shape[1]]
    return float((alpha * columns).sum() / alpha.sum()), float((alpha * rows).sum() / alpha.sum())


def test_at_rest_the_pixels_are_the_frame_s_own_above_the_middle_of_the_lower_edge() -> None:
    frame = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    drawn = draw(frame, REST)
    width, height = canvas(SIDE)
    left = (width - SIDE) // 2
    assert drawn.shape == (height, width, 4)
    assert np.array_equal(drawn[height - SIDE :, left : left + SIDE], frame)
    drawn[height - SIDE :, left : left + SIDE] = 0
    assert not drawn.any()


@pytest.mark.parametrize(
    ("at", "shift"),
    [
        (Placement(8 / SIDE, 0, 0, 1), (8, 0)),
        (Placement(-0.1, 0.05, 0, 1), (-12.8, -6.4)),
        (Placement(0.0005, 0, 0, 1), (0.064, 0)),
        (Placement(0, -0.03, 0, 1), (0, 3.84)),
    ],
)
def test_the_figure_moves_by_parts_of_a_pixel(at: Placement, shift: "tuple[float, float]") -> None:
    rest, moved = middle(draw(picture(), REST)), middle(draw(picture(), at))
    assert (moved[0] - rest[0], moved[1] - rest[1]) == pytest.approx(shift, abs=0.02)


def test_it_tilts_clockwise_and_grows_about_the_middle_of_its_lower_edge() -> None:
    rest, tilted = middle(draw(picture(), REST)), middle(draw(picture(), Placement(0, 0, 5, 1)))
    height = canvas(SIDE)[1] - 0.5 - rest[1]
    assert tilted[0] - rest[0] == pytest.approx(height * np.sin(np.radians(5)), abs=0.1)
    grown = draw(picture(), Placement(0, 0, 0, 1.1))
    assert canvas(SIDE)[1] - 0.5 - middle(grown)[1] == pytest.approx(1.1 * height, abs=0.1)
    assert grown[..., 3].sum() == pytest.approx(1.21 * picture()[..., 3].sum(), rel=0.01)


@settings(max_examples=30)
@given(PLACEMENTS)
def test_the_figure_s_colour_has_no_fringe_and_nothing_of_it_is_lost(at: Placement) -> None:
    figure = picture()
    drawn = draw(figure, at)
    wrong = np.abs(drawn[..., :3].astype(int) - COLOUR) * (drawn[..., 3:] / 255)
    assert wrong.max() <= 2  # as one sees it: no more than the rounding of premultiplied colour
    low = canvas(SIDE)[1] - 1
    assert not drawn[0, :, 3].any()
    assert not drawn[:, (0, -1), 3].any()
    if not drawn[low, :, 3].any():
        assert drawn[..., 3].sum() == pytest.approx(at.scale**2 * figure[..., 3].sum(), rel=0.02)


@settings(max_examples=30)
@given(PLACEMENTS)
def test_a_figure_cut_by_the_picture_s_lower_edge_stands_on_the_canvas_s(at: Placement) -> None:
    drawn = draw(picture(SIDE, soft=False), at)
    whole = drawn[..., 3] == 255
    for row in whole[-30:]:
        first, *_, last = np.flatnonzero(row)
        assert row[first : last + 1].all()
        assert last + 1 - first >= 50 * at.scale - 2


def test_nothing_is_drawn_of_an_empty_frame() -> None:
    assert not draw(np.zeros((SIDE, SIDE, 4), np.uint8), Placement(0.1, 0, 3, 1)).any()


def test_a_figure_cut_at_the_side_gets_a_soft_edge_there() -> None:
    frame = np.full((SIDE, SIDE, 4), 255, np.uint8)
    alpha = draw(frame, Placement(0.1, 0, 5, 1))[..., 3]
    assert ((alpha > 0) & (alpha < 255)).any(axis=1).sum() > SIDE * 0.9
