"""Where the whole figure is on a canvas larger than the picture. Standard library only, as both processes know it."""

import math
from typing import NamedTuple


class Placement(NamedTuple):
    """The figure moved, tilted and enlarged as a whole, about the middle of the picture's lower edge."""

    x: float
    """To the right as one sees it, in parts of the picture's side."""
    y: float
    """Up, in the same parts."""
    tilt: float
    """Degrees, clockwise."""
    scale: float


REST = Placement(0.0, 0.0, 0.0, 1.0)

MOST_SIDEWAYS, MOST_UP, MOST_DOWN = 0.18, 0.06, 0.1
"""Little upwards: what the picture doesn't show of the figure, below its edge, would come up."""
MOST_TILT = 7.0
MOST_SCALE = 1.12
"""And 1 / 1.12 at the least."""

_ACROSS, _HIGH = 7 / 4, 5 / 4
"""Of the picture's side: so large that none of its upper corners leaves the canvas at the limits above. At the farthest
one is 1.12 · (½ cos 7° + sin 7°) + 0.18 = 0.872 beside the middle and 1.12 · (cos 7° + ½ sin 7°) + 0.06 = 1.24 up."""

_SINE, _COSINE = math.sin(math.radians(MOST_TILT)), math.cos(math.radians(MOST_TILT))
MOST_BELOW = (MOST_UP * MOST_SCALE + _SINE / 2) / _COSINE
"""How far under the picture's lower edge, at one of its ends, the canvas's may lie: in parts, along the figure."""


def canvas(side: int) -> "tuple[int, int]":
    """Width and height of the canvas of a picture; its lower edge at rest is in the middle of the canvas's."""
    return round(_ACROSS * side), round(_HIGH * side)


def between(before: Placement, after: Placement, count: int) -> "list[Placement]":
    """So many placements on the way from one to another, evenly spread; the last is `after` itself."""
    ways = (number / count for number in range(1, count))
    return [*(Placement(*(a + (b - a) * way for a, b in zip(before, after))) for way in ways), after]
