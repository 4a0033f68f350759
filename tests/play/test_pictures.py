from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ezvtb.errors import OutputError
from ezvtb.play.pictures import Numbered, Still
from ezvtb.play.stage import Pixels, Shown


def read(path: Path) -> Pixels:
    """BGRA."""
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        return np.asarray(image)[..., [2, 1, 0, 3]]


def shades(count: int) -> "list[Pixels]":
    return [np.full((4, 6, 4), 10 * number, np.uint8) for number in range(count)]


@pytest.mark.parametrize(
    ("seconds", "kept"), [(0.0, 0), (1.5, 1), (9.0, 3), (None, 3)], ids=["the first", "then", "the last", "the end"]
)
def test_a_still_is_what_is_shown_at_its_moment(tmp_path: Path, seconds: "float | None", kept: int) -> None:
    frames = shades(4)
    still = Still(tmp_path / "still.png", seconds)
    for number, pixels in enumerate(frames):
        still.write(Shown(100.0 + number, pixels))
    assert still.finish(104.0) == f"{tmp_path / 'still.png'}: 6x4."
    np.testing.assert_array_equal(read(tmp_path / "still.png"), frames[kept])


def test_a_still_keeps_every_pixel_and_its_alpha(tmp_path: Path, figure: Pixels) -> None:
    still = Still(tmp_path / "still.png", None)
    still.write(Shown(0.0, figure))
    still.finish(1.0)
    np.testing.assert_array_equal(read(tmp_path / "still.png"), figure)


def test_a_folder_is_made_and_its_files_are_numbered(tmp_path: Path) -> None:
    film = Numbered(tmp_path / "new" / "folder")
    first, second = shades(2)
    film.add(first, 2)
    film.add(second, 1)
    assert film.close() == str(tmp_path / "new" / "folder")
    found = sorted((tmp_path / "new" / "folder").iterdir())
    assert [path.name for path in found] == ["frame_000000.png", "frame_000001.png", "frame_000002.png"]
    np.testing.assert_array_equal(read(found[1]), first)
    np.testing.assert_array_equal(read(found[2]), second)


def test_frames_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "frame_000007.png").touch()
    with pytest.raises(OutputError, match=r"holds frame_000007\.png already"):
        Numbered(tmp_path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can't be written"):
        Numbered(tmp_path / "file" / "folder")
    still = Still(tmp_path / "missing" / "still.png", None)
    still.write(Shown(0.0, shades(1)[0]))
    with pytest.raises(OutputError, match=r"still\.png can't be written"):
        still.finish(1.0)
