"""The character that ships: what THA3 and `picture.load` want of a picture, kept through every redrawing."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ezvtb import picture

FOLDER = Path(__file__).resolve().parents[1] / "demo" / "character"
PNG = FOLDER / "character.png"
SVG = FOLDER / "character.svg"

Point = tuple[int, int]


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    """(512, 512, 4) uint8 RGBA as it is in the file."""
    with Image.open(PNG) as image:
        assert (image.mode, image.size) == ("RGBA", (512, 512))
        return np.array(image)


def is_skin(colour: NDArray[np.uint8]) -> bool:
    red, green, blue = (int(value) for value in colour[:3])
    return red > 235 and green > 180 and red > green > blue


def test_the_character_is_taken_as_she_is(pixels: NDArray[np.uint8]) -> None:
    loaded = picture.load(PNG)
    visible = pixels[..., 3] > 0
    assert loaded.note == ""
    assert np.array_equal(loaded.pixels[visible], pixels[visible][:, [2, 1, 0, 3]])


@pytest.mark.parametrize(
    ("part", "at"),
    [
        ("hair", (256, 75)),
        ("left eye", (236, 147)),
        ("right eye", (276, 147)),
        ("chin", (256, 186)),
        ("neck", (256, 203)),
        ("left shoulder", (202, 240)),
        ("right shoulder", (310, 240)),
        ("chest", (256, 290)),
        ("bottom edge", (232, 511)),
    ],
)
def test_every_part_stands_opaque_where_tha3_expects_it(pixels: NDArray[np.uint8], part: str, at: Point) -> None:
    assert pixels[at[1], at[0], 3] == 255, part


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("above the head", (0, 0, 512, 32)),
        ("left of the head", (0, 0, 150, 200)),
        ("right of the head", (362, 0, 512, 200)),
        ("left of the arms", (0, 0, 120, 512)),
        ("right of the arms", (392, 0, 512, 512)),
    ],
)
def test_around_her_all_is_transparent(pixels: NDArray[np.uint8], place: str, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    assert not pixels[top:bottom, left:right, 3].any(), place


@pytest.mark.parametrize("x", [230, 282])
def test_between_bangs_brow_and_lash_is_skin(pixels: NDArray[np.uint8], x: int) -> None:
    skin = [is_skin(colour) for colour in pixels[100:140, x]]
    runs = [kind for index, kind in enumerate(skin) if index == 0 or kind != skin[index - 1]]
    assert runs[:5] == [False, True, False, True, False]  # hair, skin, brow, skin, lash


def test_the_face_is_within_the_middle_128_pixels(pixels: NDArray[np.uint8]) -> None:
    skin = np.array([[is_skin(colour) for colour in row] for row in pixels[128:192, 160:352]])
    columns = np.flatnonzero(skin.sum(axis=0) >= 3) + 160
    assert columns.min() >= 192 and columns.max() < 320
    assert abs((columns.min() + columns.max()) / 2 - 256) < 4


def test_soft_edges_keep_their_colour(pixels: NDArray[np.uint8]) -> None:
    alpha = pixels[..., 3]
    faint = (alpha > 16) & (alpha < 64)
    brightest = pixels[..., :3].max(axis=2)
    assert faint.sum() > 100, "the edges are not antialiased"
    assert brightest[faint].min() > 64, "premultiplied colour would show as a dark fringe"


def test_her_source_is_a_plain_vector_drawing_of_the_same_size() -> None:
    root = ElementTree.parse(SVG).getroot()
    assert root.get("viewBox") == "0 0 512 512"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags.isdisjoint({"image", "script", "foreignObject", "text", "filter"})
    assert SVG.stat().st_size < 60_000
    assert PNG.stat().st_size < 250_000


def test_she_is_free_for_all() -> None:
    assert "CC0 1.0 Universal" in (FOLDER / "LICENSE").read_text()
