"""What the enlarged picture looks like: edges over any background, alpha, noise levels. On real weights."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from ezvtb.sr.shapes import FACE_AND_SHOULDERS
from sr.conftest import Open

Frame = npt.NDArray[np.uint8]
Picture = npt.NDArray[np.float64]

BACKGROUNDS = {"black": (0, 0, 0), "white": (255, 255, 255), "green": (0, 177, 0)}
BACKENDS = ["openvino", "onnxruntime"]


def over(frame: Frame, background: tuple[int, int, int]) -> Picture:
    """The frame over one colour, as OBS shows it: (H, W, 3), 0..255."""
    alpha = frame[..., 3:] / 255.0
    return frame[..., :3] * alpha + np.array(background) * (1 - alpha)


def resized(picture: npt.NDArray[Any], size: int) -> Picture:
    """Bicubic, plane by plane."""
    planes = (Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(np.atleast_3d(picture), -1, 0))
    return np.stack([np.asarray(plane.resize((size, size), Image.Resampling.BICUBIC)) for plane in planes], axis=-1)


def strands(colour: tuple[int, int, int], hidden: int) -> Frame:
    """Hair-like curves of one colour, 1 to 4 pixels wide, with soft edges; `hidden` is what is under no alpha."""
    rows, columns = np.mgrid[:512, :512].astype(float)
    coverage = np.zeros((512, 512))
    for number in range(9):
        middle = 150 + 26 * number + 18 * np.sin(rows / (22 + 5 * number))
        coverage = np.maximum(coverage, np.clip(0.5 + number / 6 - np.abs(columns - middle) / 1.2, 0, 1))
    frame = np.full((512, 512, 4), hidden, np.uint8)
    frame[..., 3] = np.rint(coverage * 255)
    frame[frame[..., 3] > 0, :3] = colour
    return frame


@pytest.mark.parametrize("x4", [True, False])
def test_strands_keep_their_colour_whatever_is_hidden_around_them(x4: bool, open_enlarger: Open) -> None:
    """A dark or a bright fringe would be another colour at the edge."""
    colour = (60, 150, 230)
    enlarger = open_enlarger(x4)
    results = [enlarger.enlarge(strands(colour, hidden)).copy() for hidden in (0, 255, 128)]
    visible = results[0][..., 3] > 0
    for result in results:
        assert np.array_equal(result[visible], results[0][visible])
    worst = np.abs(results[0][results[0][..., 3] > 8][:, :3].astype(int) - colour).max()
    print(f"x4 {x4}: {worst} levels")
    assert worst <= 12


@pytest.mark.parametrize("x4", [True, False])
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_edges_are_as_bright_as_before_over_any_background(
    x4: bool, background: str, coral: Frame, open_enlarger: Open
) -> None:
    """A fringe would make all edges together darker or brighter than the poser's own, enlarged as a plain picture."""
    colour = BACKGROUNDS[background]
    part = coral[FACE_AND_SHOULDERS.slices] if x4 else coral
    alpha = resized(part[..., 3], 1024)[..., 0]
    edge = (alpha > 10) & (alpha < 245)
    difference = (over(open_enlarger(x4).enlarge(coral), colour) - resized(over(part, colour), 1024))[edge]
    print(f"x4 {x4}, {background}: mean {difference.mean():.1f} levels")
    assert np.abs(difference.mean(axis=0)).max() < 6


@pytest.mark.parametrize("x4", [True, False])
@pytest.mark.parametrize("background", ["black", "white", pytest.param("green", marks=pytest.mark.long)])
def test_a_composite_is_close_to_the_enlarged_composite(
    x4: bool, background: str, coral: Frame, open_enlarger: Open
) -> None:
    colour = BACKGROUNDS[background]
    opaque = np.dstack([np.rint(over(coral, colour)).astype(np.uint8), np.full((512, 512), 255, np.uint8)])
    enlarger = open_enlarger(x4)
    expected = over(enlarger.enlarge(opaque), colour)
    composite = over(enlarger.enlarge(coral), colour)
    part = coral[FACE_AND_SHOULDERS.slices] if x4 else coral
    alpha = resized(part[..., 3], 1024)[..., 0]
    edge = (alpha > 10) & (alpha < 245)
    psnr = 10 * np.log10(255**2 / np.mean((composite - expected)[edge] ** 2))
    print(f"x4 {x4}, {background}: {psnr:.1f} dB on edges")
    assert psnr >= 20


@pytest.mark.parametrize("kind", BACKENDS)
@pytest.mark.parametrize("x4", [True, False])
def test_opaque_stays_opaque_and_empty_stays_empty(x4: bool, kind: str, open_enlarger: Open) -> None:
    frame = np.full((512, 512, 4), 90, np.uint8)
    frame[..., 3] = 0
    frame[64:160, 200:296, 3] = 255
    frame[64:160, 310:350, 3] = 120
    enlarged = open_enlarger(x4, kind=kind).enlarge(frame)[..., 3]
    scale, top, left = (4, 0, 128) if x4 else (2, 0, 0)

    def part(first: int, last: int, begin: int, end: int) -> Frame:
        return enlarged[(first - top) * scale : (last - top) * scale, (begin - left) * scale : (end - left) * scale]

    inside, outside = 2, 3
    assert (part(64 + inside, 160 - inside, 200 + inside, 296 - inside) == 255).all()
    assert (part(64 + inside, 160 - inside, 310 + inside, 350 - inside) == 120).all()
    assert not part(0, 64 - outside, 128, 384).any()
    assert not part(160 + outside, 256, 128, 384).any()
    assert not part(64, 160, 296 + outside, 310 - outside).any()


@pytest.mark.parametrize("x4", [True, False])
def test_the_backends_agree(x4: bool, coral: Frame, open_enlarger: Open) -> None:
    first, second = (open_enlarger(x4, kind=kind).enlarge(coral).astype(int) for kind in BACKENDS)
    assert np.abs(first - second).max() <= 2


@pytest.mark.parametrize("x4", [True, False])
def test_what_the_machine_calls_half_precision_is_close(x4: bool, coral: Frame, open_enlarger: Open) -> None:
    full = over(open_enlarger(x4).enlarge(coral), (128, 128, 128))
    half = over(open_enlarger(x4, half=True).enlarge(coral), (128, 128, 128))
    psnr = 10 * np.log10(255**2 / max(float(np.mean((full - half) ** 2)), 1e-9))
    print(f"x4 {x4}: {psnr:.1f} dB")
    assert psnr >= 38


def test_noise_levels_differ_and_the_highest_leaves_least(open_enlarger: Open) -> None:
    random = np.random.default_rng(0)
    frame = np.zeros((512, 512, 4), np.uint8)
    frame[140:240, 210:300] = np.clip(random.normal(150, 12, (100, 90, 1)), 0, 255).astype(np.uint8)
    frame[140:240, 210:300, 3] = 255
    inside = slice(300, 460), slice(440, 580)
    results = [open_enlarger(False, level).enlarge(frame)[inside][..., :3].astype(float) for level in range(4)]
    spreads = [float(result.std()) for result in results]
    print(f"noise left: {[round(spread, 1) for spread in spreads]}")
    assert spreads[3] < min(spreads[:3])
    assert spreads[0] > max(spreads[1:])
    for first, second in zip(results, results[1:]):
        assert np.abs(first - second).max() > 5


def test_tiles_meet_without_a_seam(coral: Frame, open_enlarger: Open) -> None:
    """The figure moved by whole bands and columns is cut elsewhere, and enlarged the same."""
    enlarger = open_enlarger(False)
    first = enlarger.enlarge(coral).copy()
    down, across = 40, 24
    moved = np.zeros_like(coral)
    moved[down:, across:] = coral[:-down, :-across]
    second = enlarger.enlarge(moved)[2 * down :, 2 * across :]
    first = first[: second.shape[0], : second.shape[1]]
    # the frame's own border is mirrored, so what is near it is another picture
    inner = slice(0, 2 * (512 - down - 24)), slice(0, 2 * (512 - across - 24))
    difference = np.abs(over(first[inner], (255, 255, 255)) - over(second[inner], (255, 255, 255)))
    print(f"largest difference {difference.max():.1f} levels")
    assert difference.max() <= 3


def test_the_window_shows_what_the_whole_does(coral: Frame, open_enlarger: Open) -> None:
    """A pixel far away that fits into no window makes the whole of it be enlarged."""
    enlarger = open_enlarger(True)
    window = over(enlarger.enlarge(coral), (255, 255, 255))
    marked = coral.copy()
    marked[0, 128] = (0, 0, 0, 255)
    whole = over(enlarger.enlarge(marked), (255, 255, 255))
    difference = np.abs(window - whole)[32:, 32:]
    print(f"largest difference {difference.max():.1f} levels, mean {difference.mean():.3f}")
    assert difference.max() <= 8
    assert difference.mean() < 0.05
