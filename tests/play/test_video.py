"""What is written is decoded again, alpha and all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.errors import OutputError
from ezvtb.play.stage import Pixels

av = pytest.importorskip("av")

from ezvtb.play.__main__ import _VIDEOS  # noqa: E402
from ezvtb.play.pictures import image_of  # noqa: E402
from ezvtb.play.video import FORMATS, Video, spread  # noqa: E402

FPS = 30


def decoded(path: Path) -> "list[Any]":
    """Every frame as (H, W, 4) int RGBA, and the rate. FFmpeg's own VP9 decoder leaves alpha out: libvpx has it."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == FPS
        libvpx = path.suffix == ".webm"
        decoder = av.CodecContext.create("libvpx-vp9", "r") if libvpx else stream.codec_context
        frames = [frame for packet in container.demux(stream) if packet.size for frame in decoder.decode(packet)]
        frames += decoder.decode(None)
    assert all("yuva" in frame.format.name for frame in frames)
    assert {int(frame.colorspace) for frame in frames} == {1}, "BT.709, by its number in ITU-T H.273"
    return [
        frame.reformat(format="rgba", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray().astype(int)
        for frame in frames
    ]


def over(rgba: Any, grey: int) -> Any:
    alpha = rgba[..., 3:] / 255
    return rgba[..., :3] * alpha + grey * (1 - alpha)


def test_the_command_knows_every_format() -> None:
    assert set(_VIDEOS) == set(FORMATS)


@pytest.mark.parametrize("suffix", FORMATS)
def test_colour_and_alpha_read_back(tmp_path: Path, suffix: str, figure: Pixels) -> None:
    path = tmp_path / f"film{suffix}"
    film = Video(path, FPS)
    film.add(figure, 2)
    film.add(np.ascontiguousarray(np.roll(figure, 40, axis=1)), 3)
    assert film.close() == str(path)
    frames = decoded(path)
    assert len(frames) == 5
    for number, right in ((1, 0), (4, 40)):
        drawn = np.roll(figure, right, axis=1)[..., [2, 1, 0, 3]].astype(int)
        assert np.abs(frames[number][..., 3] - drawn[..., 3]).max() <= 12
        assert np.abs(frames[number][..., 3] - drawn[..., 3]).mean() < 0.1
        edge = (drawn[..., 3] > 8) & (drawn[..., 3] < 248)
        for grey in (0, 255):
            difference = over(frames[number], grey) - over(drawn, grey)
            assert np.abs(difference).mean() < 1
            assert abs(difference[edge].mean()) < 2, "a fringe"


def test_a_larger_picture_makes_a_larger_video(tmp_path: Path, figure: Pixels) -> None:
    film = Video(tmp_path / "film.webm", FPS)
    film.add(np.ascontiguousarray(figure.repeat(2, axis=0).repeat(2, axis=1)), 1)
    film.close()
    assert decoded(tmp_path / "film.webm")[0].shape == (1024, 1024, 4)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, figure: Pixels) -> None:
    film = Video(tmp_path / "missing" / "film.webm", FPS)
    with pytest.raises(OutputError, match=r"film\.webm can't be written: No such file"):
        film.add(figure, 1)
        film.close()  # the encoder may have kept the first pictures to itself


def test_spreading_changes_only_what_is_not_seen(figure: Pixels) -> None:
    image = image_of(figure)
    after = np.asarray(spread(image))
    before = np.asarray(image)
    np.testing.assert_array_equal(after[..., 3], before[..., 3])
    seen = before[..., 3] > 0
    np.testing.assert_array_equal(after[seen], before[seen])
    beside = ~seen & np.roll(seen, 1, axis=1)
    assert beside.sum() > 100
    np.testing.assert_allclose(after[beside][:, :3], np.broadcast_to((240, 120, 40), (beside.sum(), 3)), atol=24)
    assert not after[0, 0].any()
