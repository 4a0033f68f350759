"""Which pixels of a mask are connected with its border: by the runs of its rows, which are far fewer than pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def reached_from_border(passable: Mask) -> Mask:
    """The pixels of a mask, (H, W), that are connected with its top, left or right border through pixels of it.

    Connected are pixels beside, above and below each other.
    """
    height, width = passable.shape
    line = width + 1  # one pixel more, of no run: so no run goes on in the next row
    padded = np.zeros(height * line + 1, bool)
    padded[1:].reshape(height, line)[:, :width] = passable
    starts, ends = np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2).T
    at_border = (starts < width) | (starts % line == 0) | (ends % line == width)
    group = _groups(len(starts), *_touching(starts, ends, line))
    reached = np.isin(group, group[at_border])
    steps = np.zeros(height * line, np.int8)
    steps[starts[reached]], steps[ends[reached]] = 1, -1
    whole: Mask = np.cumsum(steps, dtype=np.int8).reshape(height, line)[:, :width] > 0
    return whole


def _touching(starts: NDArray[Any], ends: NDArray[Any], line: int) -> "tuple[NDArray[Any], NDArray[Any]]":
    """The numbers of all pairs of runs that touch: of the upper ones, and of those below them."""
    first = np.searchsorted(ends, starts + line, "right")
    counts = np.searchsorted(starts, ends + line, "left") - first
    upper = np.repeat(np.arange(len(starts)), counts)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(counts) - counts, counts)
    return upper, first[upper] + within


def _groups(count: int, one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """For each of `count` runs the least number in its group, given the pairs that are in one group.

    Each group takes its least neighbour's number until there are no neighbours: Y. Shiloach and U. Vishkin, "An
    O(log n) parallel connectivity algorithm" (Journal of Algorithms 3, 1982), with arrays for its processors.
    """
    group = np.arange(count)
    while len(one):
        np.minimum.at(group, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(nearer := group[group], group):
            group = nearer
        one, other = group[one], group[other]
        apart = one != other
        one, other = one[apart], other[apart]
    return group
