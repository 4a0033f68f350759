import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.placement import (
    MOST_BELOW,
    MOST_DOWN,
    MOST_SCALE,
    MOST_SIDEWAYS,
    MOST_TILT,
    MOST_UP,
    REST,
    Placement,
    between,
    canvas,
)

PLACEMENTS = st.builds(
    Placement,
    st.floats(-MOST_SIDEWAYS, MOST_SIDEWAYS),
    st.floats(-MOST_DOWN, MOST_UP),
    st.floats(-MOST_TILT, MOST_TILT),
    st.floats(1 / MOST_SCALE, MOST_SCALE),
)


def on_canvas(at: Placement, across: float, up: float) -> "tuple[float, float]":
    """Where a point of the picture is, in parts right of and above the middle of the canvas's lower edge."""
    angle = math.radians(at.tilt)
    right = across * math.cos(angle) + up * math.sin(angle)
    high = up * math.cos(angle) - across * math.sin(angle)
    return at.x + at.scale * right, at.y + at.scale * high


@given(PLACEMENTS, st.sampled_from([-0.5, 0.5]))
def test_no_corner_of_the_picture_leaves_the_canvas_but_below(at: Placement, across: float) -> None:
    width, height = canvas(512)
    for up in (0.0, 1.0):
        x, y = on_canvas(at, across, up)
        assert abs(x) * 512 <= width / 2
        assert y * 512 <= height


@given(PLACEMENTS, st.floats(-0.5, 0.5))
def test_the_figure_continued_below_reaches_the_canvas_s_lower_edge(at: Placement, across: float) -> None:
    assert on_canvas(at, across, -MOST_BELOW)[1] <= 1e-9


@pytest.mark.parametrize(("side", "size"), [(512, (896, 640)), (1024, (1792, 1280))])
def test_the_canvas_grows_with_the_picture(side: int, size: "tuple[int, int]") -> None:
    assert canvas(side) == size


def test_what_lies_between_two_placements_is_evenly_spread() -> None:
    end = Placement(0.1, -0.05, 4.0, 1.1)
    assert between(REST, end, 1) == [end]
    first, middle, third, last = between(REST, end, 4)
    assert middle == pytest.approx(Placement(0.05, -0.025, 2.0, 1.05))
    assert (first.tilt, third.tilt, last) == (1.0, 3.0, end)
