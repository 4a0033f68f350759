"""Whether results that are kept, in the device's memory, in RAM or as finished frames, are the same as new ones."""

from typing import Any

from ezvtb.core import Core
from ezvtb.trials import goldens
from ezvtb.trials.place import Outcome, Place

ALIKE = 55.0
"""dB: that of the same frame drawn twice, where a device adds in another order; a wrong one is below 45."""

ONE_STAGE = 0.002
"""GB: room for two or three results, so that the oldest go all the time."""

KEEPING: "dict[str, dict[str, Any]]" = {
    "on the device": {},
    "in RAM": {"model_vram_cache": False},
    "hardly any": {"model_cache_size": ONE_STAGE},
    "as frames": {"use_cacher": True, "cacher_quality": 100, "cacher_ram_size": 0.1},
}
"""How results are kept -> its options."""


def trial(place: Place) -> "list[Outcome]":
    """Poses that come again, against a core that keeps nothing."""
    poses = goldens.poses()[: 3 if place.brief else 8]
    order = [*range(len(poses)), *range(len(poses)), *reversed(range(len(poses)))]
    new = place.core(model_cache=False)
    new.setImage(goldens.picture("ash"))
    truth = [new.inference(poses[i : i + 1])[0].copy() for i in range(len(poses))]
    found = []
    for how in KEEPING if not place.brief else ("on the device", "as frames"):
        core = place.core(**KEEPING[how])
        core.setImage(goldens.picture("ash"))
        worst = min(goldens.likeness(core.inference(poses[i : i + 1])[0], truth[i])[0] for i in order)
        recalled = _recalled(core)
        core.close()
        found.append(Outcome(how, worst >= ALIKE and recalled > 0, f"{worst:.0f} dB, {recalled} of them recalled"))
    return found


def _recalled(core: Core) -> int:
    counts = core.statistics
    return int(sum(counts.get(name, 0) for name in ("combiner_skipped", "frames_recalled", "cacher_hits")))
