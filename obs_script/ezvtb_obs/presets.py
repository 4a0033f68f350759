"""Ready-made choices for computers of different strength: each sets several settings at once."""

import os
from typing import Any, Optional

from ezvtb.tracking.simplify import Level
from ezvtb_obs import lacking
from ezvtb_obs.settings import CACHE_IN_RAM, DEFAULTS, OFF, SR_FACE, Settings

FEW_PROCESSORS = 4
"""Up to so many, as the system counts them, a new avatar gets the light preset: two cores without a graphics card draw
6 to 12 poses a second (docs/performance.md), and OBS and a game want some of that. Nobody gets the quality preset
unasked: what else a strong graphics card has to do, only its user knows."""

_SET = ("fps_limit", "interpolation", "simplify", "cache", "cache_gb", "sr")
"""What a preset sets; everything else stays as it is."""

PRESETS: "dict[str, dict[str, Any]]" = {
    # a game beside it, or an old CPU: 5 poses a second are drawn, rounded so that many come again from the cache
    "preset_light": {
        "fps_limit": 20,
        "interpolation": 4,
        "simplify": int(Level.MEDIUM),
        "cache": CACHE_IN_RAM,
        "cache_gb": 1.0,
        "sr": OFF,
    },
    "preset_balanced": {name: DEFAULTS[name] for name in _SET},
    # a graphics card with nothing else to do: every other frame is drawn, the face in four times the size, if it can be
    "preset_quality": {
        "fps_limit": 60,
        "interpolation": 2,
        "simplify": int(Level.OFF),
        "cache": CACHE_IN_RAM,
        "cache_gb": 4.0,
        "sr": SR_FACE,
    },
}
"""By the names of their buttons."""


def for_this_computer(processors: "Optional[int]" = None) -> str:
    """The preset of a new avatar, by the number of processors: this computer's, unless another is given."""
    return "preset_light" if (processors or os.cpu_count() or 1) <= FEW_PROCESSORS else "preset_balanced"


def values(name: str) -> "dict[str, Any]":
    """What that preset sets on this computer: super resolution only where its model is installed."""
    found = PRESETS[name]
    return {**found, "sr": OFF} if ("sr", found["sr"]) in lacking.choices() else found


def like(present: Settings) -> str:
    """The preset that these settings are like; "": none."""
    return next((name for name in PRESETS if values(name).items() <= vars(present).items()), "")
