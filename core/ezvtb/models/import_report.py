"""What every kind of import shares: the report, how files are called in it, the space that graphs need."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ezvtb.errors import ModelError
from ezvtb.paths import models_folder

from .tha3_shapes import Kind

MODELS: dict[Kind, str] = {"separable": "tha3_separable", "standard": "tha3_standard"}
"""What THA3 with either kind of convolution is installed as."""

EXPORT_AGAIN = "The program's own models do without: run `python -m ezvtb.models install`."
"""What to do where a user's graphs don't do their work."""


@dataclass
class Report:
    """What an import has come to, in sentences for the user."""

    found: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    models: set[str] = field(default_factory=set)
    """The names under which something was imported."""


def shown(path: Path, folder: Path) -> str:
    """How messages call `path`: as seen from the user's folder."""
    place = path.relative_to(folder).as_posix()
    return folder.resolve().name if place == "." else place


def need_space(size: int) -> None:
    """ModelError unless `size` bytes of graphs fit onto the disk; what they replace is removed only afterwards."""
    size += 16 << 20  # the graphs' constants, and so that the disk isn't filled to the last byte
    free = disk_free(models_folder())
    if free < size:
        raise ModelError(
            f"There is too little space: the graphs need {size / 1e6:.0f} MB in {models_folder()}, "
            f"and {free / 1e6:.0f} MB are free.",
            "Free some space, or set EZVTB_MODELS to a folder on another disk, and run the import again.",
        )


def disk_free(folder: Path) -> int:
    """How many bytes there is room for in `folder`."""
    return shutil.disk_usage(folder).free
