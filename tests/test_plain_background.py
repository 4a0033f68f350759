import numpy as np
import pytest

from ezvtb import plain_background

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


COLOURS = {"white": (255, 255, 255), "a green screen": (0, 200, 60), "grey": (127.5, 128, 127.5)}


@pytest.mark.parametrize("case", COLOURS)
def test_mixed_pixels_get_their_share_of_the_figure_and_its_colour(case: str) -> None:
    figure = np.array([200, 30, 180])
    plain = np.array(COLOURS[case])
    rgba = np.full((100, 100, 4), 255, np.uint8)
    rgba[..., :3] = plain
    rgba[30:, 30:70, :3] = figure
    rgba[29, 30:70, :3] = (figure + plain) / 2
    cut = plain_background.without(rgba, plain)
    rim = cut[29, 30:70].astype(int)
    assert (rim[:, 3] > 0).all()
    assert np.array_equal(cut[30:, 30:70], rgba[30:, 30:70])
    assert not np.delete(cut, np.s_[30:70], axis=1).any()
    over = rim[:, :3] * rim[:, 3:] / 255 + (1 - rim[:, 3:] / 255) * plain
    assert np.abs(over - (figure + plain) / 2).max() <= 1.5  # over its own background it is what it was
