from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ezvtb import face_box, picture_fit
from ezvtb.paths import CHARACTER
from ezvtb.picture_fit import FACE_BOX, MIDDLE, Framing, Pixels
from ezvtb.protocol import Layout

VESPER_HAIR, VESPER_CHIN = 60, 188
"""Rows: above the hair there is a stray lock."""


@pytest.fixture(scope="module")
def vesper() -> Image.Image:
    with Image.open(CHARACTER) as image:
        return image.copy()


def on_canvas(figure: Image.Image, scale: float, size: "tuple[int, int]", at: "tuple[int, int]") -> Pixels:
    canvas = Image.new("RGBA", size)
    canvas.paste(figure.resize((round(figure.width * scale), round(figure.height * scale))), at)
    return np.asarray(canvas)


CANVASES = {
    "large with margins": (2.0, (1600, 1400), (500, 300), None),
    "a narrow portrait": (2.0, (700, 1024), (-150, 0), None),
    "small": (0.5, (300, 280), (20, 20), None),
    "down to the waist": (3.0, (1400, 1000), (0, 0), 330),
    "hardly any shoulders": (3.0, (1400, 780), (0, 0), 255),
}


@pytest.mark.parametrize("case", CANVASES)
def test_a_head_is_found_by_the_figures_outline(vesper: Image.Image, case: str) -> None:
    scale, size, at, cut = CANVASES[case]
    figure = vesper.crop((0, 0, 512, cut)) if cut else vesper
    rgba = on_canvas(figure, scale, size, at)
    head = picture_fit.find_head(rgba[..., 3])
    assert head is not None
    assert head.height / scale == pytest.approx(VESPER_CHIN - VESPER_HAIR, rel=0.2)
    assert (head.middle - at[0]) / scale == pytest.approx(256, abs=10)
    assert (head.top - at[1]) / scale == pytest.approx(VESPER_HAIR, abs=16)
    placed = picture_fit.place(rgba, picture_fit.framing(rgba[..., 3]))
    eye = np.asarray(vesper)[147, 236]
    assert (np.abs(placed[120:175, 200:312].astype(int) - eye).sum(axis=2) < 60).any(), "no eye in the face box"


@pytest.mark.parametrize("shape", ["a rectangle", "a triangle", "a line", "one pixel", "nothing"])
def test_what_is_no_figure_has_no_head(shape: str) -> None:
    image = Image.new("L", (600, 800))
    draw = ImageDraw.Draw(image)
    if shape == "a rectangle":
        draw.rectangle((50, 50, 550, 800), fill=255)
    elif shape == "a triangle":
        draw.polygon(((0, 0), (600, 0), (300, 800)), fill=255)
    elif shape == "a line":
        draw.line((300, 0, 300, 800), fill=255)
    elif shape == "one pixel":
        draw.point((300, 400), fill=255)
    alpha = np.asarray(image)
    assert picture_fit.find_head(alpha) is None
    scale, x, y = picture_fit.framing(alpha)
    assert (scale, x, y + 800 * scale) == pytest.approx((0.64, (512 - 384) / 2, 512))


def test_a_square_picture_that_is_laid_out_already_is_only_scaled(vesper: Image.Image) -> None:
    large = vesper.resize((1500, 1500))
    assert picture_fit.framing(np.asarray(large)[..., 3]) == Framing(512 / 1500, 0, 0)


NUDGES = {
    "none": (Layout(), Framing(0.5, 100, 50), Framing(0.5, 100, 50)),
    "right and down": (Layout(x=10, y=20), Framing(0.5, 100, 50), Framing(0.5, 110, 70)),
    "twice as large about the face": (Layout(scale=200), Framing(1, 0, 0), Framing(2, -256, -128)),
    "both": (Layout(50, 1, -1), Framing(1, 0, 0), Framing(0.5, 129, 63)),
}


@pytest.mark.parametrize("case", NUDGES)
def test_a_nudge_scales_about_the_face_box_and_then_moves(case: str) -> None:
    layout, found, expected = NUDGES[case]
    assert picture_fit.nudged(found, layout) == pytest.approx(expected)


PLACES = {
    "as it is": (Framing(1, 0, 0), (100, 100, 300, 200)),
    "moved": (Framing(1, 10, -20), (110, 80, 310, 180)),
    "half": (Framing(0.5, 0, 0), (50, 50, 150, 100)),
    "over the edge": (Framing(2, -300, 300), (0, 500, 300, 512)),
    "far away": (Framing(1, 900, 0), None),
    "far left": (Framing(1, -900, 0), None),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_picture_is_placed_where_it_should_be(case: str) -> None:
    at, expected = PLACES[case]
    rgba = np.zeros((512, 512, 4), np.uint8)
    rgba[100:200, 100:300] = (10, 20, 30, 255)
    rgba[rgba[..., 3] == 0] = (255, 0, 255, 0)  # must not bleed into the edges
    placed = picture_fit.place(rgba, at)
    assert placed.shape == (512, 512, 4)
    assert Image.fromarray(placed[..., 3]).point(lambda value: 255 * (value > 127)).getbbox() == expected
    visible = placed[placed[..., 3] > 64]
    if case != "as it is" and expected:
        assert np.abs(visible[:, :3].astype(int) - (10, 20, 30)).max() <= 8


def test_moving_by_a_fraction_of_a_pixel_shares_the_edge() -> None:
    rgba = np.full((100, 100, 4), 255, np.uint8)
    placed = picture_fit.place(rgba, Framing(1, 50.5, 60))
    assert placed[80, [49, 50, 51, 149, 150, 151], 3] == pytest.approx([0, 128, 255, 255, 128, 0], abs=24)


@pytest.mark.parametrize("side", [512, 1024])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_the_face_boxs_lines_show_on_any_picture(side: int, shade: int) -> None:
    avatar = np.full((512, 512, 4), (shade, shade, shade, 255), np.uint8)
    shown = face_box.drawn_over(avatar, side)
    assert shown.shape == (side, side, 4)
    scale = side // 512
    left, top, right, bottom = (edge * scale for edge in FACE_BOX)
    around = shown[top - 4 * scale : top + 5 * scale, (left + right) // 2 + 20 * scale, :3].astype(int)
    assert (np.abs(around - shade).max(axis=1) > 100).any()
    inside = shown[int(MIDDLE[1]) * scale, int(MIDDLE[0] + 20) * scale]
    assert tuple(inside) == (shade, shade, shade, 255)  # the face itself stays to be seen
    assert bottom - top == right - left == 128 * scale


def test_the_character_that_ships_stands_in_the_box(vesper: Image.Image, tmp_path: Path) -> None:
    head = picture_fit.find_head(np.asarray(vesper)[..., 3])
    assert head is not None
    assert (head.middle, head.top, head.height) == pytest.approx((256, 60, 128), abs=16)
