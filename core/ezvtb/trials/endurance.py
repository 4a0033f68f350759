"""Ten thousand poses: whether memory grows, on the device or in RAM."""

import time

import numpy as np

from ezvtb.backends.base import Array
from ezvtb.trials import goldens, memory
from ezvtb.trials.place import Outcome, Place

POSES, BRIEF = 10_000, 100
WARM_UP = 0.1
"""Of all: by then every cache is full and every window has been used."""

MOST = 64 << 20
"""Bytes that may come: a leak of one frame in ten poses would be 16 times that after 10,000."""

SECONDS = 420.0
"""No longer than this, and at least a tenth of the poses."""

_CACHE_GB = 0.02
"""So small that it is full soon: results of one stage are up to 0.6 MB."""


def trial(place: Place) -> "list[Outcome]":
    """A default core with small caches and poses that never come again."""
    core = place.core(use_interpolation=True, use_cacher=True, cacher_ram_size=_CACHE_GB, model_cache_size=_CACHE_GB)
    core.setImage(goldens.picture("ash"))
    count = BRIEF if place.brief else POSES
    base, random = goldens.poses(), np.random.default_rng(7)
    started = time.monotonic()
    before: tuple[int, int | None] = (0, None)
    done = 0
    while done < count and (done < count * 2 * WARM_UP or time.monotonic() - started < SECONDS):
        if done == round(count * WARM_UP):
            before = memory.resident(), memory.on_cards()
        core.inference(_pose(base, random))
        done += 1
    resident, card = memory.resident() - before[0], memory.on_cards()
    core.close()
    found = [_judged("RAM", resident, done)]
    if card is not None and before[1] is not None:
        found.append(_judged("the card's memory", card - before[1], done))
    return found


def _pose(base: Array, random: np.random.Generator) -> Array:
    """Between two of the poses, so that none comes again."""
    first, second = random.integers(0, len(base), 2)
    share = np.float32(random.random())
    mixed: Array = (base[first] * share + base[second] * (1 - share))[None]
    return mixed


def _judged(what: str, growth: int, poses: int) -> Outcome:
    return Outcome(what, growth <= MOST, f"{growth / 2**20:+.0f} MB over {poses} poses, {MOST >> 20} at most")
