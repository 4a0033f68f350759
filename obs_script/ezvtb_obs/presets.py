"""Ready-made choices for computers of different strength: each sets several settings at once."""

from typing import Any

from ezvtb.tracking.simplify import Level
from ezvtb_obs.settings import CACHE_IN_RAM, DEFAULTS, OFF, SR_FACE

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
    # a graphics card with nothing else to do: every other frame is drawn, the face in four times the size
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
