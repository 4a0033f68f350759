import numpy as np
import pytest

from ezvtb.cutout import edges

FIGURE = np.array([200, 60, 30])
BACKGROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "green": (0, 255, 0)}


@pytest.mark.parametrize("case", BACKGROUNDS)
@pytest.mark.parametrize("size", [200, 1200])
def test_soft_edges_get_the_figures_own_colour(case: str, size: int) -> None:
    columns = np.arange(size, dtype=float)[None, :].repeat(100, axis=0)
    alpha = np.clip((columns - size / 2) / 6, 0, 1)  # an edge of 6 pixels
    mixed = alpha[..., None] * FIGURE + (1 - alpha[..., None]) * BACKGROUNDS[case]
    rgba = edges.cut(np.rint(mixed).astype(np.uint8), alpha)
    assert np.array_equal(rgba[..., 3], np.rint(alpha * 255).astype(np.uint8))
    soft = (alpha > 0.1) & (alpha < 1)
    was = np.abs(mixed - FIGURE)[soft].mean()
    assert np.abs(rgba[..., :3] - FIGURE)[soft].mean() < was / 4
    assert np.abs(rgba[..., :3] - FIGURE)[alpha == 1].max() <= 1
    assert not rgba[alpha == 0].any()


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_all_or_nothing_stays_what_it_is(alpha: float) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    rgba = edges.cut(rgb, np.full((40, 50), alpha))
    assert np.array_equal(rgba[..., :3], rgb if alpha else np.zeros_like(rgb))
