"""Ten thousand poses: whether memory grows, on the device or in RAM."""

import statistics
from collections.abc import Sequence

import numpy as np

from ezvtb.backends.base import Array
from ezvtb.trials import goldens, memory
from ezvtb.trials.memory import OnCards
from ezvtb.trials.place import Outcome, Place

POSES, BRIEF = 10_000, 100
PARTS = 10
"""What is in use is looked at after each. After the first, every cache is full and every window has been used."""

MOST = 64 << 20
"""Bytes that may come: a leak of one frame in ten poses would be 16 times that after 10,000."""

_CACHE_GB = 0.02
"""So small that it is full soon: results of one stage are up to 0.6 MB."""


def trial(place: Place) -> "list[Outcome]":
    """A default core with small caches and poses that never come again."""
    core = place.core(use_interpolation=True, use_cacher=True, cacher_ram_size=_CACHE_GB, model_cache_size=_CACHE_GB)
    core.setImage(goldens.picture("ash"))
    count = BRIEF if place.brief else POSES
    base, random = goldens.poses(), np.random.default_rng(7)
    resident, cards = [], []
    for _ in range(PARTS):
        for _ in range(count // PARTS):
            core.inference(_pose(base, random))
        resident.append(memory.resident())
        cards.append(memory.on_cards())
    core.close()
    found = [_judged("RAM", resident[-1] - resident[0], count)]
    known = [each for each in cards if each is not None]
    if len(known) == len(cards):
        found.append(_of_cards(known, count))
    return found


def _pose(base: Array, random: np.random.Generator) -> Array:
    """Between two of the poses, so that none comes again."""
    first, second = random.integers(0, len(base), 2)
    share = np.float32(random.random())
    mixed: Array = (base[first] * share + base[second] * (1 - share))[None]
    return mixed


def _of_cards(cards: "Sequence[OnCards]", poses: int) -> Outcome:
    """By this process's own share. Where the driver tells only what all programs use, a leak comes with every part: a
    game that is started or ended meanwhile comes with one."""
    own = [each.own for each in cards if each.own is not None]
    if len(own) == len(cards):
        return _judged("the card's memory", own[-1] - own[0], poses)
    steps = [after.all - before.all for before, after in zip(cards, cards[1:])]
    usual = int(statistics.median(steps)) * len(steps)
    return _judged("the card's memory, by what all programs use", usual, poses)


def _judged(what: str, growth: int, poses: int) -> Outcome:
    return Outcome(what, growth <= MOST, f"{growth / 2**20:+.0f} MB over {poses} poses, {MOST >> 20} at most")
