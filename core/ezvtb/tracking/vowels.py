"""From ARKit's jaw and lips to the vowels that THA3's mouths say.

`tha3/mocap/ifacialmocap_poser_converter_25.py` of pkhungurn/talking-head-anime-3-demo gives each vowel a point in the
space of (jaw open, lower lip down, funnel, pucker) and looks for the mixture d of vowels, 0..1 each, that comes
nearest to the face's point p:

    minimise |d·POINTS - p| + 0.01·sum(d)

There a general optimiser searches for it in every frame. Here it is solved as what it is: at the minimum some vowels
are at 0, some at 1, and for the others a linear equation holds; which is which is found by pivoting, a dozen times
at most. The root is dealt with by noting that |r| + w·sum(d) and |r|²/2 + w·|r|·sum(d) have the same minimum.
"""

import functools
from collections.abc import Sequence

_VOWELS = ("aaa", "iii", "uuu", "ooo")
_POINTS = ((1.0, 1.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.5, 0.3, 0.25, 0.75), (1.0, 0.5, 0.5, 0.4))
_SPARSENESS = 0.01

_ALL = range(len(_VOWELS))
_PRODUCTS = tuple(tuple(sum(a * b for a, b in zip(one, other)) for other in _POINTS) for one in _POINTS)
_AT_ZERO, _BETWEEN, _AT_ONE = range(3)
_MOST_PIVOTS = 3 ** len(_VOWELS)
_NEGLIGIBLE = 1e-12

_State = tuple[int, ...]
"""For each vowel: _AT_ZERO, _BETWEEN or _AT_ONE."""


def decompose(jaw_open: float, lower_lip: float, funnel: float, pucker: float) -> "tuple[float, float, float, float]":
    """The shares of aaa, iii, uuu and ooo, 0..1 each, for a face whose four values are 0..1."""
    point = (jaw_open, lower_lip, funnel, pucker)
    towards = [a * jaw_open + b * lower_lip + c * funnel + d * pucker for a, b, c, d in _POINTS]
    state, shares = _nearest(towards, (_BETWEEN,) * len(_VOWELS))
    missed = sum((value - sum(s * vowel[axis] for s, vowel in zip(shares, _POINTS))) ** 2
                 for axis, value in enumerate(point)) ** 0.5  # fmt: skip
    if missed > _NEGLIGIBLE:  # |r| of the plain solution: that of the sparse one differs by a ten-thousandth of it
        state, shares = _nearest([value - _SPARSENESS * missed for value in towards], state)
    a, i, u, o = (min(1.0, max(0.0, share)) for share in shares)
    return a, i, u, o


def _nearest(towards: "Sequence[float]", state: _State) -> "tuple[_State, list[float]]":
    """The shares d within 0..1 that minimise d·_PRODUCTS·d/2 - towards·d, by Murty's pivoting from a first guess."""
    a, i, u, o = towards
    for _ in range(_MOST_PIVOTS):
        inverse, constant = _solved(state)
        shares = [c + a * by_a + i * by_i + u * by_u + o * by_o
                  for (by_a, by_i, by_u, by_o), c in zip(inverse, constant)]  # fmt: skip
        for index in reversed(_ALL):
            wanted = _wanted(state[index], shares[index], towards[index], shares, _PRODUCTS[index])
            if wanted != state[index]:
                state = (*state[:index], wanted, *state[index + 1 :])
                break
        else:
            break
    return state, shares


def _wanted(state: int, share: float, towards: float, shares: "Sequence[float]", products: "Sequence[float]") -> int:
    """Where a vowel should be, seen from the others."""
    if state == _BETWEEN:
        return _AT_ZERO if share < -_NEGLIGIBLE else _AT_ONE if share > 1 + _NEGLIGIBLE else _BETWEEN
    (a, i, u, o), (by_a, by_i, by_u, by_o) = shares, products
    pull = towards - a * by_a - i * by_i - u * by_u - o * by_o
    inward = pull if state == _AT_ZERO else -pull
    return _BETWEEN if inward > _NEGLIGIBLE else state


@functools.cache
def _solved(state: _State) -> "tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]":
    """The shares as a linear function of `towards` where this state holds: (matrix, constant)."""
    free = [index for index in _ALL if state[index] == _BETWEEN]
    ones = [index for index in _ALL if state[index] == _AT_ONE]
    inverse = _inverse([[_PRODUCTS[row][column] for column in free] for row in free])
    matrix = [[0.0] * len(_VOWELS) for _ in _ALL]
    constant = [1.0 if index in ones else 0.0 for index in _ALL]
    for row, index in enumerate(free):
        for column, other in enumerate(free):
            matrix[index][other] = inverse[row][column]
            constant[index] -= inverse[row][column] * sum(_PRODUCTS[other][one] for one in ones)
    return tuple(map(tuple, matrix)), tuple(constant)


def _inverse(matrix: "list[list[float]]") -> "list[list[float]]":
    """Of a positive definite matrix, by Gauss and Jordan."""
    size = len(matrix)
    rows = [[*row, *(float(index == number) for index in range(size))] for number, row in enumerate(matrix)]
    for pivot in range(size):
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for number in range(size):
            if number != pivot:
                factor = rows[number][pivot]
                rows[number] = [value - factor * by for value, by in zip(rows[number], rows[pivot])]
    return [row[size:] for row in rows]
