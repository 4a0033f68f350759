"""The frames between two frames: their number and order, their edges, and what is done when frames hardly differ."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ezvtb.backends.base import Backend
from ezvtb.backends.null import RIFE_GRAPHS, NullBackend
from ezvtb.rife import interpolator
from ezvtb.rife.blend import CLOSE, change
from rife.conftest import Between, Picture, premultiplied, psnr

Load = Callable[[str, int], Picture]


def over(frame: Picture, background: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The frame over a grey: (512, 512, 3), 0..255."""
    planes = premultiplied(frame)
    return planes[..., :3] + (255 - planes[..., 3:]) * background / 255


def disc(x: float, radius: float = 60.0, colour: int = 255) -> Picture:
    """A disc of one colour with a soft edge, on nothing."""
    rows, columns = np.mgrid[:512, :512]
    alpha = np.clip(radius + 0.5 - np.hypot(rows - 256, columns - x), 0, 1)
    frame = np.full((512, 512, 4), colour, np.uint8)
    frame[..., 3] = np.rint(alpha * 255)
    frame[frame[..., 3] == 0] = 0
    return frame


def centre(frame: Picture) -> float:
    """The column in which the frame's alpha is balanced."""
    alpha = frame[..., 3].astype(np.float64)
    return float((alpha.sum(axis=0) * np.arange(512)).sum() / alpha.sum())


@pytest.fixture(scope="module")
def doubled(backend: Backend, graphs: dict[str, Path]) -> Between:
    return Between(backend, graphs, 2)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("x", [200.0, 256.0])
def test_a_disc_that_moves_is_where_it_should_be_at_each_time(
    scale: int, x: float, backend: Backend, graphs: dict[str, Path]
) -> None:
    frames = Between(backend, graphs, scale).between(disc(x), disc(x + 12))
    assert len(frames) == scale - 1
    for i, frame in enumerate(frames, 1):
        assert frame.shape == (512, 512, 4)
        assert frame.dtype == np.uint8
        assert centre(frame) == pytest.approx(x + 12 * i / scale, abs=0.4)


@pytest.mark.parametrize("background", [0.0, 255.0])
def test_a_white_edge_that_moves_over_nothing_neither_darkens_nor_shines(background: float, doubled: Between) -> None:
    before, after = disc(240), disc(252)
    (between,) = doubled.between(before, after)
    assert doubled.statistics["interpolated"]
    visible = between[..., 3] > 8
    assert between[visible][:, :3].min() >= 250
    pictures = [over(each, background) for each in (before, after)]
    assert over(between, background).min() >= min(each.min() for each in pictures) - 2
    assert over(between, background).max() <= max(each.max() for each in pictures) + 2


def test_alpha_stays_as_it_is_where_nothing_changes(doubled: Between, frame: Load) -> None:
    before, after = frame("umber", 4), frame("umber", 13)
    (between,) = doubled.between(before, after)
    window = [np.stack([np.roll(each, (y, x), (0, 1))[..., 3] for y in range(-8, 9, 4) for x in range(-8, 9, 4)])
              for each in (before, after)]  # fmt: skip
    lowest, highest = np.min(window, axis=(0, 1)), np.max(window, axis=(0, 1))
    calm = lowest == highest
    assert calm.mean() > 0.5
    assert np.abs(between[..., 3].astype(int) - before[..., 3])[calm].max() <= 1


def test_equal_frames_cost_nothing_and_are_the_frame_itself(backend: Backend, graphs: dict[str, Path]) -> None:
    tripled = Between(backend, graphs, 3)
    frame = disc(256)
    for before, equal in ((frame, False), (frame.copy(), False), (disc(250), True)):
        assert all(each is frame for each in tripled.between(before, frame, equal=equal))
    assert tripled.statistics == {"equal": 3, "blended": 0, "interpolated": 0}


def test_close_frames_are_blended(backend: Backend, graphs: dict[str, Path]) -> None:
    tripled = Between(backend, graphs, 3)
    before, after = disc(256, colour=200), disc(256, colour=216)
    first, second = tripled.between(before, after)
    assert tripled.statistics == {"equal": 0, "blended": 1, "interpolated": 0}
    assert first[256, 256].tolist() == [205, 205, 205, 255]
    assert second[256, 256].tolist() == [211, 211, 211, 255]
    assert not first[256, 20].any()


def test_what_moves_across_the_whole_frame_is_interpolated_too(doubled: Between) -> None:
    wide = np.maximum(disc(80), disc(430)), np.maximum(disc(86), disc(424))
    (between,) = doubled.between(*wide)
    assert psnr(between, np.maximum(disc(83), disc(427))) > 35


def test_a_window_gives_what_the_whole_frame_gives(
    backend: Backend, graphs: dict[str, Path], frame: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = frame("coral", 8), frame("coral", 12)
    (between,) = Between(backend, graphs, 2).between(before, after)
    monkeypatch.setattr(interpolator, "WIDTHS", (512,))
    (whole,) = Between(backend, graphs, 2).between(before, after)
    assert psnr(between, whole) > 45


def test_frames_are_the_interpolators_own_memory(doubled: Between) -> None:
    before, after = disc(240), disc(252)
    kept = before.copy(), after.copy()
    first = doubled.between(before, after)[0]
    assert doubled.between(after, before)[0] is not before
    assert np.shares_memory(first, doubled.between(before, after)[0])
    np.testing.assert_array_equal((before, after), kept)


def test_the_null_backend_needs_no_model() -> None:
    frames = Between(NullBackend(), RIFE_GRAPHS, 4).between(disc(200, colour=0), disc(300, colour=255))
    assert len(frames) == 3
    assert change(disc(200, colour=0), disc(300)).strength > CLOSE
    assert [int(frame[256, 250, 0]) for frame in frames] == [64, 128, 191]
