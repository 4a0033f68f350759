"""Pictures: what it takes from the file to the 512x512 pixels that the poser gets, by size, format and background."""

import tempfile
import time
from pathlib import Path

from PIL import Image

from ezvtb import picture
from ezvtb.bench.table import Table

_ROUNDS = 3
_SIZES = ((512, 512), (2048, 2867), (4096, 5734))
"""Pixels: the poser's own, and A4 with 250 and 500 dots an inch."""
_KINDS = {"transparent": "png", "plain background": "png", "plain background, JPEG": "jpg"}
_WHITE = (255, 255, 255, 255)


def measure(file: Path) -> Table:
    """The table of that character, enlarged to the sizes that artists deliver."""
    timed: dict[str, tuple[list[float], float]] = {}
    with tempfile.TemporaryDirectory() as folder, Image.open(file) as character:
        for width, height in _SIZES:
            for kind, ending in _KINDS.items():
                saved = Path(folder) / f"picture.{ending}"
                _drawn(character, width, height, kind != "transparent").save(saved)
                timed[f"{width}x{height}, {kind}"] = _time(saved)
    (_, first), *_ = timed.values()
    rows = [
        [name, *(f"{each * 1e3:.0f}" for each in (*steps, sum(steps), processor)), f"{processor / first:.1f}"]
        for name, (steps, processor) in timed.items()
    ]
    columns = ["", "read ms", "cut out ms", "lay out ms", "together ms", "processor ms", "of the first's"]
    note = f"The quickest of {_ROUNDS} times. Cut out: and find the head. The poser's own work comes on top."
    return Table("Pictures", columns, rows, note)


def _drawn(character: Image.Image, width: int, height: int, opaque: bool) -> Image.Image:
    """The character enlarged, at the lower edge of a picture of that size."""
    large = character.convert("RGBA").resize((width, width), Image.Resampling.LANCZOS)
    drawn = Image.new("RGBA", (width, height), _WHITE if opaque else (0, 0, 0, 0))
    drawn.alpha_composite(large, (0, height - width))
    return drawn.convert("RGB") if opaque else drawn


def _time(file: Path) -> "tuple[list[float], float]":
    """Seconds of each step, and the processor's seconds of all, of the quickest round."""
    rounds = []
    for _ in range(_ROUNDS):
        busy, marks = time.process_time(), [time.perf_counter()]
        source = picture.read(file)
        marks.append(time.perf_counter())
        figure = picture.figure(source)
        marks.append(time.perf_counter())
        figure.avatar()
        marks.append(time.perf_counter())
        steps = [later - earlier for earlier, later in zip(marks, marks[1:])]
        rounds.append((steps, time.process_time() - busy))
    return min(rounds, key=lambda each: sum(each[0]))
