"""Draws the demo's background: something like a game, with light and dark behind the avatar's edges."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 720
GROUND = 560
"""The line where the grass begins."""


def draw(path: Path) -> None:
    """Writes the picture as a PNG."""
    picture = _sky()
    pen = ImageDraw.Draw(picture)
    for centre, width, top, colour in (
        (180, 620, 300, "#6f86b8"),
        (620, 760, 240, "#8094c4"),
        (1080, 700, 330, "#647bad"),
    ):
        pen.polygon([(centre - width // 2, GROUND), (centre, top), (centre + width // 2, GROUND)], fill=colour)
    pen.ellipse((970, 60, 1080, 170), fill="#fff6cf")
    pen.rectangle((0, GROUND, WIDTH, HEIGHT), fill="#4f9a4b")
    pen.rectangle((0, GROUND, WIDTH, GROUND + 14), fill="#77c45d")
    for column in range(0, WIDTH, 40):  # the soil's bricks
        for row in range(GROUND + 40, HEIGHT, 40):
            pen.rectangle((column, row, column + 38, row + 38), fill="#8a5d3b", outline="#6d472c", width=3)
    for left, top, count in ((140, 430, 4), (480, 340, 3), (800, 420, 5)):  # platforms and their coins
        for number in range(count):
            x = left + 48 * number
            pen.rectangle((x, top, x + 46, top + 46), fill="#c98b4a", outline="#7d4f22", width=4)
            pen.ellipse((x + 10, top - 44, x + 36, top - 14), fill="#ffd23f", outline="#b98900", width=3)
    _hud(pen)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def _sky() -> Image.Image:
    """From deep blue at the top to nearly white at the horizon, with soft clouds."""
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        part = min(1.0, y / GROUND)
        column.putpixel((0, y), (int(64 + 150 * part), int(128 + 100 * part), int(214 + 36 * part)))
    picture = column.resize((WIDTH, HEIGHT))
    clouds = Image.new("L", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(clouds)
    for x, y in ((210, 130), (270, 105), (330, 135), (640, 80), (700, 100), (860, 190), (920, 170), (985, 195)):
        pen.ellipse((x - 70, y - 32, x + 70, y + 32), fill=210)
    picture.paste("#ffffff", mask=clouds.filter(ImageFilter.GaussianBlur(9)))
    return picture


def _hud(pen: ImageDraw.ImageDraw) -> None:
    """Health and a map, as games show them."""
    pen.rounded_rectangle((24, 24, 324, 56), 10, fill="#1d2433", outline="#ffffff", width=3)
    pen.rounded_rectangle((29, 29, 249, 51), 7, fill="#e2504c")
    pen.rounded_rectangle((24, 66, 264, 88), 8, fill="#1d2433", outline="#ffffff", width=3)
    pen.rounded_rectangle((28, 70, 188, 84), 5, fill="#4c8ee2")
    pen.ellipse((1130, 24, 1256, 150), fill="#1d2433", outline="#ffffff", width=4)
    pen.polygon([(1193, 64), (1205, 100), (1193, 92), (1181, 100)], fill="#77c45d")
