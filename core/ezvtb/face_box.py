"""What a picture's layout has to match, drawn over it: the face box, the eyes' line and the shoulders' line."""

import numpy as np
from PIL import Image, ImageDraw

from ezvtb.picture_fit import FACE_BOX, MIDDLE, SIZE, Pixels

EYES = 144
"""The row of the eyes, 138..147 in the pictures that `picture_fit._OUTLINE` was measured on."""
SHOULDERS = 216
"""The row where the shoulders begin, 210..225 in these."""
_SHOULDERS_SPAN = 150, 362
_LIGHT, _DARK = (0, 255, 255, 255), (0, 0, 0, 255)
"""RGBA. Every line is drawn twice, so that it shows on any picture."""
_BACKDROP = 96
"""Alpha of the grey behind the figure: the frame's extent is seen, and still what lies below."""


def drawn_over(avatar: Pixels, side: int = SIZE) -> Pixels:
    """The picture, (512, 512, 4) uint8 BGRA, with the lines over it: (side, side, 4)."""
    rgba = Image.fromarray(avatar[..., [2, 1, 0, 3]])
    shown = Image.new("RGBA", rgba.size, (128, 128, 128, _BACKDROP))
    shown.alpha_composite(rgba)
    shown = shown.resize((side, side), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(shown)
    for colour, width in ((_DARK, 5), (_LIGHT, 2)):
        _draw_lines(draw, side / SIZE, colour, width)
    return np.ascontiguousarray(np.asarray(shown)[..., [2, 1, 0, 3]])


def _draw_lines(draw: ImageDraw.ImageDraw, scale: float, colour: "tuple[int, ...]", width: int) -> None:
    left, top, right, bottom = FACE_BOX
    lines = [
        ((left, top), (right, top), (right, bottom), (left, bottom), (left, top)),
        ((left - 20, EYES), (left + 10, EYES)),  # beside the eyes, which must be seen
        ((right - 10, EYES), (right + 20, EYES)),
        ((_SHOULDERS_SPAN[0], SHOULDERS), (_SHOULDERS_SPAN[1], SHOULDERS)),
        ((MIDDLE[0], 0), (MIDDLE[0], top)),
        ((MIDDLE[0], bottom), (MIDDLE[0], SHOULDERS)),
        ((1, 1), (SIZE - 2, 1), (SIZE - 2, SIZE - 2), (1, SIZE - 2), (1, 1)),
    ]
    for line in lines:
        points = [(x * scale, y * scale) for x, y in line]
        draw.line(points, colour, round(width * scale), joint="curve")
