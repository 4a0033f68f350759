import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking.vowels import decompose

POINTS = {"aaa": (1, 1, 0, 0), "iii": (0, 1, 0, 0), "uuu": (0.5, 0.3, 0.25, 0.75), "ooo": (1, 0.5, 0.5, 0.4)}
"""Of the reference converter; written out again, so that a slip in the source shows."""

# scipy.optimize.minimize (SciPy 1.17) on the reference's own loss, from seven starts, polished by Nelder-Mead
ANSWERS = [
    ((0, 0, 0, 0), (0, 0, 0, 0)),
    ((1, 0, 0, 0), (0.14861, 0, 0, 0.4644)),
    ((1, 1, 0, 0), (1, 0, 0, 0)),
    ((0.5, 0.5, 0, 0), (0.5, 0, 0, 0)),
    ((0.2, 0.8, 0, 0), (0.2, 0.6, 0, 0)),
    ((0.1, 0.9, 0.2, 0), (0, 0.82787, 0, 0.14132)),
    ((0.5, 0.3, 0.25, 0.75), (0, 0, 1, 0)),
    ((1, 0.5, 0.5, 0.4), (0, 0, 0, 1)),
    ((0.3, 0.1, 0.6, 0.9), (0, 0, 1, 0)),
    ((0.8, 0.2, 0.9, 0.1), (0, 0, 0, 0.83386)),
    ((0.4, 0.4, 0.4, 0.4), (0, 0.13955, 0.3757, 0.2919)),
    ((1, 1, 1, 1), (0, 0.34887, 0.93925, 0.72976)),
    ((0.05, 0.02, 0.1, 0.7), (0, 0, 0.59802, 0)),
    ((0.6, 0.1, 0.05, 0.1), (0.08325, 0, 0, 0.3539)),
    ((0, 0, 1, 0), (0, 0, 0, 0.29565)),
    ((0.9, 0.7, 0.3, 0.2), (0.33941, 0.07998, 0, 0.56059)),
]

UNIT = st.floats(0, 1) | st.sampled_from([0.0, 1.0])


def loss(shares: tuple[float, ...], point: tuple[float, ...]) -> float:
    """What the reference minimises."""
    reached = [sum(s * vowel[axis] for s, vowel in zip(shares, POINTS.values(), strict=True)) for axis in range(4)]
    return sum((a - b) ** 2 for a, b in zip(reached, point, strict=True)) ** 0.5 + 0.01 * sum(shares)


@pytest.mark.parametrize(("point", "answer"), ANSWERS)
def test_the_answers_are_those_of_a_general_optimiser(
    point: tuple[float, float, float, float], answer: tuple[float, ...]
) -> None:
    assert decompose(*point) == pytest.approx(answer, abs=2e-5)


@given(UNIT, UNIT, UNIT, UNIT)
def test_no_mixture_nearby_or_at_a_corner_is_better(jaw: float, lip: float, funnel: float, pucker: float) -> None:
    point = (jaw, lip, funnel, pucker)
    shares = decompose(*point)
    assert all(0 <= share <= 1 for share in shares)
    found = loss(shares, point)
    for corner in itertools.product((0.0, 0.5, 1.0), repeat=4):
        for step in (1.0, 0.01):
            other = tuple(share + (end - share) * step for share, end in zip(shares, corner, strict=True))
            assert loss(other, point) >= found - 1e-5


@given(UNIT, UNIT, UNIT, UNIT, st.sampled_from(range(4)))
def test_a_small_change_of_the_face_changes_the_mouth_a_little(
    jaw: float, lip: float, funnel: float, pucker: float, axis: int
) -> None:
    point = [jaw, lip, funnel, pucker]
    moved = [*point[:axis], abs(point[axis] - 0.001), *point[axis + 1 :]]
    change = max(abs(a - b) for a, b in zip(decompose(*point), decompose(*moved), strict=True))
    assert change < 0.01
