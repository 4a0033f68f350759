"""The stored answers in `tests/goldens`: what the PyTorch reference drew of three characters of our own.

`tests/goldens/make_goldens.py` and `make_rife.py` made them; they say how.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from ezvtb.backends.base import Array
from ezvtb.errors import BackendError
from ezvtb.paths import PROJECT

FOLDER = PROJECT / "tests" / "goldens"
CHARACTERS = ("ash", "coral", "umber")
PAIRS = (("ash", 0, 9), ("coral", 8, 12), ("umber", 4, 13))
"""Character and two of its frames, half-way between which RIFE's picture is stored."""

WHITE = 4095
"""The stored number for 1 of RIFE's pictures."""


def poses() -> Array:
    """(n, 45) float32. BackendError if the folder isn't there."""
    if not FOLDER.is_dir():
        raise BackendError("The folder tests/goldens is missing.", "Use a complete copy of the project.")
    loaded: Array = np.load(FOLDER / "poses.npy")
    return loaded


def picture(character: str) -> Array:
    """The character: (512, 512, 4) uint8 BGRA."""
    return _bgra(FOLDER / f"{character}.png")


def frame(character: str, number: int) -> Array:
    """The reference's frame of the character at the pose of that number: (512, 512, 4) uint8 BGRA."""
    return _bgra(FOLDER / "frames" / f"{character}_{number:02}.webp")


def between(character: str, first: int, second: int) -> Array:
    """RIFE's picture between two frames, over black: (512, 512, 3) RGB, 0..1."""
    with np.load(FOLDER / "rife" / f"{character}_{first:02}_{second:02}.npz") as file:
        levels = np.cumsum(file["differences"], axis=-1, dtype=np.uint16)
    made: Array = levels.transpose(1, 2, 0) / WHITE
    return made


def premultiplied(image: Array) -> Array:
    """A frame's colour times alpha, and alpha: 0..255, float64."""
    levels = image.astype(np.float64)
    levels[..., :3] *= levels[..., 3:] / 255
    return levels


def likeness(image: Array, truth: Array) -> "tuple[float, float]":
    """PSNR in dB, and the largest difference in levels of 255, of two frames, over premultiplied colour and alpha."""
    difference = premultiplied(image) - premultiplied(truth)
    error = float(np.mean(difference**2))
    return 10 * np.log10(255**2 / error) if error else float("inf"), float(np.abs(difference).max())


def _bgra(path: Path) -> Array:
    with Image.open(path) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]])
