"""The next picture in the folder of the present one, for a hotkey."""

from pathlib import Path
from typing import Optional

SUFFIXES = frozenset((".png", ".webp", ".jpg", ".jpeg", ".bmp", ".tga", ".gif", ".tif", ".tiff"))
"""Of pictures, as the panel's file dialog offers them."""


def after(present: str) -> "Optional[str]":
    """The path of the picture that follows by name, after the last the first; None if there is no other.

    OSError if the folder can't be read. May take as long as its drive.
    """
    path = Path(present)
    names = sorted(each.name for each in path.parent.iterdir() if each.suffix.lower() in SUFFIXES)
    later = [name for name in names if name > path.name] or names
    found = str(path.with_name(later[0])) if later else present
    return None if found == present else found
