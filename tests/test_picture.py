import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw

from ezvtb import cutout, picture
from ezvtb.errors import PictureError
from ezvtb.picture_fit import Pixels


def figure(size: int = 512, background: Any = (0, 0, 0, 0), mode: str = "RGBA") -> Image.Image:
    """A red disc with soft edges, white eyes in it, standing on the bottom edge."""
    large = Image.new("RGBA", (size * 4, size * 4), background)
    draw = ImageDraw.Draw(large)
    at = size * 4
    draw.ellipse((at * 0.25, at * 0.2, at * 0.75, at * 0.7), fill=(200, 30, 40, 255))
    draw.rectangle((at * 0.3, at * 0.6, at * 0.7, at), fill=(200, 30, 40, 255))
    draw.ellipse((at * 0.4, at * 0.4, at * 0.45, at * 0.45), fill=(255, 255, 255, 255))
    return large.convert("RGBa").resize((size, size), Image.Resampling.BOX).convert("RGBA").convert(mode)


def saved(folder: Path, image: Image.Image, name: str = "me.png", **options: Any) -> Path:
    image.save(folder / name, **options)
    return folder / name


def centre(pixels: Pixels) -> list[int]:
    return [int(value) for value in pixels[300, 256]]


def test_a_picture_of_the_right_size_with_alpha_is_taken_as_it_is(tmp_path: Path) -> None:
    image = figure()
    loaded = picture.load(saved(tmp_path, image))
    original = np.asarray(image)
    visible = original[..., 3] > 0
    assert loaded.note == ""
    assert np.array_equal(loaded.pixels[visible], original[visible][:, [2, 1, 0, 3]])
    assert not loaded.pixels[~visible].any()


def test_colour_under_full_transparency_is_dropped(tmp_path: Path) -> None:
    image = np.array(figure())
    image[image[..., 3] == 0] = (0, 255, 0, 0)
    assert not picture.load(saved(tmp_path, Image.fromarray(image))).pixels[0, 0].any()


CONVERTED = {
    "palette with transparency": ("P", "me.png", {}),
    "grey with alpha": ("LA", "me.png", {}),
    "webp": ("RGBA", "me.webp", {"lossless": True}),
    "tga": ("RGBA", "me.tga", {}),
    "gif": ("RGBA", "me.gif", {}),
    "unusual file name": ("RGBA", "私の アバター.png", {}),
}


@pytest.mark.parametrize("case", CONVERTED)
def test_other_modes_and_formats_are_converted(tmp_path: Path, case: str) -> None:
    mode, name, options = CONVERTED[case]
    pixels = picture.load(saved(tmp_path, figure(mode=mode), name, **options)).pixels
    assert pixels.shape == (512, 512, 4)
    assert pixels.dtype == np.uint8
    assert pixels[0, 0, 3] == 0
    assert centre(pixels)[3] >= 250
    if mode != "LA":
        assert centre(pixels) == pytest.approx([40, 30, 200, 255], abs=6)


@pytest.mark.parametrize("size", [(300, 300), (1024, 1024), (700, 1000), (2000, 900), (64, 64), (4000, 5000)])
def test_other_sizes_are_fitted_without_distortion_and_the_head_goes_into_the_face_box(
    tmp_path: Path, size: Any
) -> None:
    image = Image.new("RGBA", size)
    square = figure(min(size))
    image.paste(square, ((size[0] - square.width) // 2, size[1] - square.height))
    loaded = picture.load(saved(tmp_path, image))
    alpha = loaded.pixels[..., 3] > 128
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    assert abs(rows[0] - 64) <= 20
    assert abs((columns[0] + columns[-1]) / 2 - 255.5) <= 2
    assert 100 <= np.ptp(columns) <= 200  # as wide as its head
    assert np.ptp(rows) / np.ptp(columns) == pytest.approx(0.8 / 0.5, rel=0.05)
    assert f"{size[0]}x{size[1]}" in loaded.note


def test_a_figure_without_a_head_stands_on_the_bottom(tmp_path: Path) -> None:
    image = Image.new("RGBA", (700, 1000))
    image.paste((200, 30, 40, 255), (100, 100, 600, 1000))
    alpha = picture.load(saved(tmp_path, image)).pixels[..., 3] > 128
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    assert (rows[0], rows[-1]) == (51, 511)
    assert abs((columns[0] + columns[-1]) / 2 - 255.5) <= 1


def test_scaling_darkens_no_edge(tmp_path: Path) -> None:
    pixels = picture.load(saved(tmp_path, figure(1024))).pixels
    soft = (pixels[..., 3] > 32) & (pixels[..., 3] < 240)
    assert soft.sum() > 100
    assert np.abs(pixels[soft][:, :3].astype(int) - (40, 30, 200)).max() <= 12


@pytest.mark.parametrize("background", [(0, 255, 0, 255), (255, 255, 255, 255), (10, 20, 30, 255)])
@pytest.mark.parametrize("size", [512, 800])
def test_a_plain_background_is_taken_away_without_leaving_a_fringe(tmp_path: Path, background: Any, size: int) -> None:
    loaded = picture.load(saved(tmp_path, figure(size, background, "RGB")))
    transparent = picture.load(saved(tmp_path, figure(size), "transparent.png"))
    wanted = transparent.pixels.astype(int)
    pixels = loaded.pixels.astype(int)
    assert "background" in loaded.note
    assert not pixels[0, 0].any()
    assert np.abs(pixels[..., 3] - wanted[..., 3]).mean() < 1.5
    eyes = (wanted[..., :3] > 250).all(axis=2)
    assert eyes.sum() > 20
    assert np.abs(pixels[eyes] - 255).max() <= 16  # inside the figure nothing is taken away
    solid = pixels[..., 3] > 128
    over_black = pixels[solid][:, :3] * pixels[solid][:, 3:] / 255
    assert (over_black[:, 1] > 150).sum() < 0.05 * solid.sum() if background[1] == 255 else True


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_that_is_halved_while_it_is_decoded_is_the_picture_that_its_png_is(
    tmp_path: Path, orientation: int
) -> None:
    large = figure(1100, (255, 255, 255, 255), "RGB").resize((4400, 4400))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    large.save(tmp_path / "me.jpg", quality=95, exif=exif)
    large.save(tmp_path / "me.png", exif=exif, compress_level=1)
    jpeg, png = (picture.read(tmp_path / name) for name in ("me.jpg", "me.png"))
    assert jpeg.size == png.size == (4400, 4400)
    assert jpeg.rgba.shape == png.rgba.shape == (2048, 2048, 4)
    shown = [picture.figure(each).avatar().astype(int) for each in (jpeg, png)]
    assert np.abs(shown[0] - shown[1])[..., 3].mean() < 0.1


def test_a_jpeg_with_a_plain_background_serves(tmp_path: Path) -> None:
    loaded = picture.load(saved(tmp_path, figure(512, (255, 255, 255, 255), "RGB"), "me.jpg", quality=90))
    assert loaded.pixels[0, 0, 3] == 0
    assert centre(loaded.pixels) == pytest.approx([40, 30, 200, 255], abs=8)


def test_a_picture_turned_by_the_cameras_note_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    upright = picture.load(saved(tmp_path, figure().rotate(180), exif=exif)).pixels
    assert np.array_equal(upright, picture.load(saved(tmp_path, figure(), "b.png")).pixels)


def noise(size: Any = (512, 512)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8))


def truncated(folder: Path) -> Path:
    path = saved(folder, noise())
    path.write_bytes(path.read_bytes()[:50000])
    return path


def with_bytes(folder: Path, content: bytes) -> Path:
    (folder / "me.png").write_bytes(content)
    return folder / "me.png"


def broken_avif() -> bytes:
    """An AVIF whose coded picture is overwritten: Pillow raises RuntimeError."""
    stream = io.BytesIO()
    figure(128).save(stream, "AVIF")
    content = bytearray(stream.getvalue())
    content[-len(content) // 2 :] = bytes(len(content[-len(content) // 2 :]))
    return bytes(content)


BROKEN_AVIF = broken_avif()
REFUSED = {
    "missing": (lambda folder: folder / "me.png", "doesn't exist"),
    "a folder": (lambda folder: folder, "no picture but a folder"),
    "a decoder's own error": (lambda folder: with_bytes(folder, BROKEN_AVIF), "can't be read"),
    "empty": (lambda folder: with_bytes(folder, b""), "no picture"),
    "text": (lambda folder: with_bytes(folder, b"hello" * 99), "no picture"),
    "truncated": (truncated, "can't be read"),
    "one pixel": (lambda folder: saved(folder, Image.new("RGBA", (1, 1), "red")), "too small"),
    "8000 x 8000": (lambda folder: saved(folder, Image.new("1", (8000, 8000))), "far too large"),
    "a bomb": (lambda folder: saved(folder, Image.new("1", (30000, 30000))), "far too large"),
    "wholly transparent": (lambda folder: saved(folder, Image.new("RGBA", (512, 512))), "wholly transparent"),
    "one colour": (lambda folder: saved(folder, Image.new("RGB", (512, 512), "red")), "nothing but one colour"),
    "16 bits grey": (lambda folder: saved(folder, Image.new("I;16", (512, 512), 40000)), "nothing but one colour"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_serve_gets_a_sentence_that_names_it_and_a_remedy(tmp_path: Path, case: str) -> None:
    make, words = REFUSED[case]
    path = make(tmp_path)
    with pytest.raises(PictureError, match=words) as caught:
        picture.load(path)
    assert path.name in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_background_that_is_not_plain_stays_and_what_to_do_is_said(
    tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cutout, "is_installed", lambda: False)
    loaded = picture.load(saved(tmp_path, noise().convert(mode)))
    assert (loaded.pixels[..., 3] == 255).all()
    assert "me.png has a background" in loaded.note
    assert "-m pip install rembg" in loaded.note


def test_an_opaque_picture_whose_background_is_wanted_is_taken_as_it_is(tmp_path: Path) -> None:
    source = picture.read(saved(tmp_path, figure(512, (0, 255, 0, 255), "RGB")))
    made = picture.figure(source, remove_background=False)
    assert (made.note, made.has_background) == ("", False)
    assert tuple(made.avatar()[0, 0]) == (0, 255, 0, 255)


def test_no_picture_at_all_asks_for_one() -> None:
    with pytest.raises(PictureError, match="No picture is chosen"):
        picture.load("")


def test_16_bit_grey_is_scaled_to_8_bits(tmp_path: Path) -> None:
    values = np.full((512, 512), 65535, np.uint16)
    values[100:, 100:400] = 20000
    pixels = picture.load(saved(tmp_path, Image.fromarray(values))).pixels
    assert centre(pixels) == pytest.approx([78, 78, 78, 255], abs=2)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "me.png")
    with pytest.raises(PictureError, match="device"):
        picture.load(tmp_path / "me.png")
