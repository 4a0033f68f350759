"""Takes a picture's background away by a network made for anime: ISNet of SkyTNT/anime-segmentation, run by rembg.

rembg is the optional extra `background`. It brings no inference runtime of its own: ours is used, on the CPU, once a
picture, in a process of its own (`job`). What came out is kept on disk by the picture's content.
"""

import contextlib
import hashlib
import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ezvtb.paths import PROJECT, cache_folder

KEPT = 50
"""Pictures on disk; those that were made longest ago go first."""
_NETWORK = b"isnet-anime 1"
"""What made them: other networks or edges need other files."""

Pixels = NDArray[np.uint8]


def is_installed() -> bool:
    """Whether this environment has rembg."""
    return importlib.util.find_spec("rembg") is not None


def remedy(name: str) -> str:
    """What its user can do about the background of the picture of that name."""
    if is_installed():
        return f"{name} has a background, which an avatar in OBS has taken away."
    python = Path(sys.executable)
    command = python.relative_to(PROJECT) if python.is_relative_to(PROJECT) else python.name
    return (
        f"{name} has a background. To have it taken away, run `{command} -m pip install rembg` in the project's folder "
        "and restart OBS; or save it as PNG with transparency from a paint program."
    )


def stored(rgba: Pixels) -> "Pixels | None":
    """What was made of that picture, (H, W, 4) uint8 RGBA, straight alpha; None if nothing readable is there."""
    broken = OSError, SyntaxError, ValueError  # so does Pillow call what it finds in a damaged PNG
    with contextlib.suppress(*broken), Image.open(path_of(rgba)) as image:
        if image.mode == "RGBA" and image.size == (rgba.shape[1], rgba.shape[0]):
            return np.array(image)
    return None


def store(rgba: Pixels, cut: Pixels) -> None:
    """Keeps what was made of a picture, and drops what is too much. OSError if it can't."""
    path = path_of(rgba)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")  # two avatars may have the same picture
    Image.fromarray(cut).save(part, "PNG")
    part.replace(path)
    with contextlib.suppress(FileNotFoundError):  # another process drops them, too
        for old in sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime)[:-KEPT]:
            old.unlink()


def path_of(rgba: Pixels) -> Path:
    """Where what was made of that picture lies."""
    key = hashlib.blake2b(_NETWORK + repr(rgba.shape).encode() + rgba.tobytes(), digest_size=16).hexdigest()
    return cache_folder() / "cutouts" / f"{key}.png"
