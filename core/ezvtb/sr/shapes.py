"""Which pixels the super resolution graphs take, and which they give back, for the graph builder and for the engine."""

from dataclasses import dataclass
from typing import NamedTuple

FRAME, ENLARGED = 512, 1024
"""Pixels: width and height of a frame before and after."""


class Area(NamedTuple):
    """A rectangle of pixels."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def moved(self, down: int, across: int) -> "Area":
        """The same rectangle elsewhere."""
        return Area(self.top + down, self.left + across, self.bottom + down, self.right + across)

    def inside(self, other: "Area") -> "Area":
        """The same rectangle, counted from the corner of `other`."""
        return self.moved(-other.top, -other.left)

    def times(self, scale: int) -> "Area":
        """The rectangle in the enlarged picture."""
        return Area(*(scale * value for value in self))


@dataclass(frozen=True)
class Shape:
    """What a graph takes and which part of it the graph gives back enlarged.

    Attributes:
        given: the input's name.
        size: the input's height and width.
        filled: the part whose colours and alpha are prepared: all that the result depends on. Its sides are multiples
            of `ezvtb.models.sr_pixels.FILL_STEP`.
        seen: the part of it that the network gets.
        shown: the part that comes back, enlarged.
        scale: how many times.
        lost: how many pixels the network itself cuts off each side.
    """

    given: str
    size: tuple[int, int]
    filled: Area
    seen: Area
    shown: Area
    scale: int
    lost: int = 0


FACE_AND_SHOULDERS = Area(0, 128, 256, 384)
"""What AnimeVideo enlarges. THA3 wants the middle of the face at x = 256, y = 128: this is the square around it."""

ANIMEVIDEO = Shape(
    given="frame",
    size=(FRAME, FRAME),
    filled=Area(0, 120, 264, 392),
    # 4 pixels more than shown, where there are any: at a border, where it sees zeros, the last 2 to 3 pixels are wrong
    # by up to 65 levels of 255. Costs 5 %.
    seen=Area(0, 124, 260, 388),
    shown=FACE_AND_SHOULDERS,
    scale=4,
)

WINDOW = (224, 216)
WINDOW_TOP, WINDOW_MARGIN = 32, 8
"""Pixels: height and width of a part of `FACE_AND_SHOULDERS`, its first row, and what its graph has around it.

A figure as THA3 wants it leaves 32 rows above it empty and is 161 to 202 columns wide there (twelve frames of six
characters): what is visible fits into a window that moves sideways, which costs 0.76 of the whole."""

ANIMEVIDEO_WINDOW = Shape(
    given="window",
    size=(WINDOW[0] + 2 * WINDOW_MARGIN, WINDOW[1] + 2 * WINDOW_MARGIN),
    filled=Area(0, 0, WINDOW[0] + 2 * WINDOW_MARGIN, WINDOW[1] + 2 * WINDOW_MARGIN),
    seen=Area(4, 4, WINDOW[0] + 12, WINDOW[1] + 12),
    shown=Area(WINDOW_MARGIN, WINDOW_MARGIN, WINDOW_MARGIN + WINDOW[0], WINDOW_MARGIN + WINDOW[1]),
    scale=4,
)

TILE = (128, 96)
MARGIN, REACH = 16, 7
"""Pixels: height and width of what a tile shows, what it has around that, and how much of it UpConv7's layers need.

A frame's tiles are laid where there is something to see (`ezvtb.sr.enlarger`): of what all of a frame would cost, tiles
of this size take 0.57 on average over six posed frames of three characters, the least of all sizes with bands of 128
rows; bands of 64 rows take 0.53 and twice the runs, tiles of 128x128 in a fixed grid 0.76."""

UPCONV7 = Shape(
    given="tile",
    size=(TILE[0] + 2 * MARGIN, TILE[1] + 2 * MARGIN),
    filled=Area(0, 0, TILE[0] + 2 * MARGIN, TILE[1] + 2 * MARGIN),
    seen=Area(MARGIN - REACH, MARGIN - REACH, MARGIN + TILE[0] + REACH, MARGIN + TILE[1] + REACH),
    shown=Area(MARGIN, MARGIN, MARGIN + TILE[0], MARGIN + TILE[1]),
    scale=2,
    lost=REACH,
)
