"""Three characters of our own, drawn with Pillow, laid out as THA3 expects: the face about x 192..320, y 64..192.

`make_goldens.py` draws them once; the tests read the PNG files, so another Pillow can't change what is compared.
Drawn at four times the size and reduced, so that every edge has soft alpha, as a painted character has.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

SIZE = 512
SCALE = 4

Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Character:
    """Colours, and what differs in shape."""

    name: str
    hair: Colour
    shade: Colour
    eyes: Colour
    skin: Colour
    clothes: Colour
    long_hair: bool = False
    open_mouth: bool = False
    veil: bool = False
    """A translucent shawl: large areas with alpha between 0 and 1."""


CHARACTERS = (
    Character("ash", (104, 116, 140), (72, 82, 108), (60, 130, 190), (252, 226, 208), (48, 58, 92), open_mouth=True),
    Character("coral", (232, 120, 110), (190, 84, 84), (90, 160, 90), (246, 214, 190), (240, 236, 224), long_hair=True),
    Character("umber", (84, 54, 44), (54, 34, 30), (190, 120, 40), (216, 168, 136), (120, 60, 120), veil=True),
)


class _Canvas:
    """Pillow's drawing calls in pixels of the final picture."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE))
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: list[Point], colour: Colour) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def ellipse(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self._draw.ellipse([value * SCALE for value in (left, top, right, bottom)], fill=colour)

    def arc(
        self, box: tuple[float, float, float, float], start: float, end: float, colour: Colour, width: float
    ) -> None:
        self._draw.arc([value * SCALE for value in box], start, end, fill=colour, width=round(width * SCALE))

    def lay(self, other: "_Canvas", opacity: float, blur: float = 0.0) -> None:
        """Put `other` over this, translucent and blurred."""
        layer = other.image.convert("RGBa").filter(ImageFilter.GaussianBlur(blur * SCALE)).convert("RGBA")
        layer.putalpha(layer.getchannel("A").point(lambda value: round(value * opacity)))
        self.image.alpha_composite(layer)


def draw(character: Character) -> Image.Image:
    """The character as a 512x512 RGBA picture with straight alpha."""
    canvas = _Canvas()
    _back_hair(canvas, character)
    _body(canvas, character)
    _head(canvas, character)
    for side in (-1, 1):
        _eye(canvas, character, side)
    _mouth(canvas, character)
    _fringe(canvas, character)
    for side in (-1, 1):
        # Eyebrows show through the hair, as they do in such drawings.
        canvas.arc((256 + side * 22 - 14, 110, 256 + side * 22 + 14, 130), 205, 335, character.shade, 2.5)
    if character.veil:
        veil = _Canvas()
        veil.polygon(
            [(150, 300), (215, 205), (256, 240), (297, 205), (362, 300), (330, 470), (182, 470)], (180, 200, 255)
        )
        canvas.lay(veil, 0.5, blur=3.0)
    return _reduced(canvas.image)


def _reduced(image: Image.Image) -> Image.Image:
    """A quarter of the size, averaged on premultiplied colour so that no edge darkens."""
    return image.convert("RGBa").resize((SIZE, SIZE), Image.Resampling.BOX).convert("RGBA")


def _back_hair(canvas: _Canvas, c: Character) -> None:
    canvas.ellipse(192, 58, 320, 196, c.shade)
    if c.long_hair:
        canvas.polygon([(194, 120), (176, 330), (214, 350), (256, 300), (298, 350), (336, 330), (318, 120)], c.shade)


def _body(canvas: _Canvas, c: Character) -> None:
    canvas.polygon([(240, 170), (240, 215), (272, 215), (272, 170)], _dark(c.skin))
    canvas.polygon([(238, 200), (190, 222), (162, 300), (150, 440), (186, 446), (196, 512), (316, 512), (326, 446),
                    (362, 440), (350, 300), (322, 222), (274, 200), (256, 226)], c.clothes)  # fmt: skip
    canvas.polygon([(196, 290), (190, 446), (197, 446), (204, 290)], _dark(c.clothes))
    canvas.polygon([(316, 290), (322, 446), (315, 446), (308, 290)], _dark(c.clothes))
    canvas.polygon([(243, 204), (256, 232), (269, 204), (256, 214)], c.skin)


def _head(canvas: _Canvas, c: Character) -> None:
    canvas.ellipse(206, 72, 306, 172, c.skin)
    canvas.polygon([(208, 136), (216, 164), (240, 185), (256, 191), (272, 185), (296, 164), (304, 136)], c.skin)
    blush = _Canvas()
    blush.ellipse(216, 158, 236, 168, (240, 120, 120))
    blush.ellipse(276, 158, 296, 168, (240, 120, 120))
    canvas.lay(blush, 0.4, blur=2.0)
    canvas.arc((253, 160, 260, 166), 20, 120, _dark(c.skin), 1.2)


def _eye(canvas: _Canvas, c: Character, side: int) -> None:
    x = 256 + side * 22
    canvas.ellipse(x - 12, 135, x + 12, 161, (255, 252, 250))
    canvas.ellipse(x - 8, 135, x + 8, 160, _dark(c.eyes))
    canvas.ellipse(x - 7, 142, x + 7, 160, c.eyes)
    canvas.ellipse(x - 4, 143, x + 4, 154, (20, 20, 30))
    canvas.ellipse(x - 6, 138, x - 1, 143, (255, 255, 255))
    canvas.arc((x - 14, 132, x + 14, 166), 200, 340, (40, 28, 32), 3.0)
    canvas.arc((x - 12, 135, x + 12, 162), 40, 140, _dark(c.skin), 1.0)


def _mouth(canvas: _Canvas, c: Character) -> None:
    if c.open_mouth:
        canvas.ellipse(249, 170, 263, 180, (150, 50, 60))
        canvas.ellipse(251, 175, 261, 180, (230, 130, 130))
    else:
        canvas.arc((246, 164, 266, 178), 30, 150, (150, 60, 60), 1.8)


def _fringe(canvas: _Canvas, c: Character) -> None:
    crown: list[Point] = [(194, 150), (196, 100), (216, 72), (256, 58), (296, 72), (316, 100), (318, 150), (308, 176)]
    tips: list[Point] = [(304, 124), (286, 104), (278, 126), (262, 98), (246, 128), (236, 102), (220, 122), (208, 124)]
    canvas.polygon([*crown, *tips, (204, 176)], c.hair)
    red, green, blue = (min(255, value + 50) for value in c.hair)
    canvas.arc((220, 70, 292, 110), 200, 340, (red, green, blue), 3.0)


def _dark(colour: Colour) -> Colour:
    red, green, blue = (value * 3 // 4 for value in colour)
    return red, green, blue
