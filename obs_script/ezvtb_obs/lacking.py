"""Choices that need a model which an install leaves out: which of them lack it.

Looked up anew for each panel: a user may install it while OBS runs.
"""

from ezvtb.paths import RECORD, models_folder
from ezvtb_obs.settings import SR_FACE, SR_WHOLE, STANDARD

SERVING = {
    ("sr", SR_FACE): ("realesr_animevideov3", "realesrgan_imported"),
    ("sr", SR_WHOLE): ("waifu2x_upconv7", "waifu2x_imported"),
    ("model", STANDARD): ("tha3_standard",),
}
"""Of each the models that it can do with, any one: the manifest's, and what a user may import."""


def choices() -> "frozenset[tuple[str, str]]":
    """Those for which nothing is installed. Whether what there is serves, the engine finds out."""
    return frozenset(choice for choice, names in SERVING.items() if not any(map(_is_installed, names)))


def _is_installed(name: str) -> bool:
    return (models_folder() / name / RECORD).exists()
