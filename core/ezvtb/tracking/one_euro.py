"""The One Euro filter: smooth while the face rests, quick while it moves.

Casiez, Roussel, Vogel: "1€ Filter", CHI 2012 (https://gery.casiez.net/1euro/). A low-pass whose cutoff is
`cutoff + beta · speed`: at rest it takes the trackers' noise away, in motion it lags by 1 / (2π · cutoff) only.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Optional

from ezvtb.tracking import pose

DEFAULT_RESPONSIVENESS = 0.5

FORGET_SECONDS = 1.0
"""After a longer gap the filter starts anew: what was then says nothing about now."""
_SHORTEST_SECONDS = 0.001
"""Packets of the same moment, or of an earlier one, are taken so far apart."""


class Tuning(NamedTuple):
    """How one group of parameters is smoothed at the middle of the slider; speeds are in units of a pose a second."""

    cutoff: float
    """Hz, at rest."""
    beta: float
    """Hz for each unit a second."""
    speed_cutoff: float
    """Hz: how the speed itself is smoothed."""


# Chosen by measuring (tests/tracking/test_one_euro.py has the figures that must hold): a turn of the head of 10 degrees
# lags by 15 ms and its noise shrinks to less than half; a blink of 100 ms still closes the eye.
HEAD = Tuning(1.0, 4.0, 2.0)
GAZE = Tuning(1.5, 4.0, 4.0)
QUICK = Tuning(5.0, 2.0, 10.0)
"""Eyelids and mouth."""
EYEBROWS = Tuning(1.5, 2.0, 4.0)
SLOW = Tuning(1.5, 0.0, 1.0)
"""What trackers don't move: breathing."""

_GROUPS = (
    (EYEBROWS, pose.indices("eyebrow")),
    (QUICK, pose.indices("eye_", "iris_small", "mouth")),
    (GAZE, pose.indices("iris_rotation")),
    (HEAD, pose.indices("head", "neck", "body")),
    (SLOW, pose.indices("breathing")),
)
_TUNINGS = tuple(tuning for _, tuning in sorted((index, tuning) for tuning, group in _GROUPS for index in group))


def strength(responsiveness: float) -> float:
    """What the cutoffs are multiplied by: 1/6 at 0, 1 in the middle, without bound towards 1."""
    return (responsiveness + 0.1) / (1 - responsiveness) / 1.2


class OneEuro:
    """Smooths poses. `responsiveness` from 0 (very smooth) to 1 (nothing is smoothed) may be changed at any time."""

    def __init__(self, responsiveness: float = DEFAULT_RESPONSIVENESS) -> None:
        self.responsiveness = responsiveness
        self._raw: Optional[list[float]] = None
        self._smooth: list[float] = []
        self._speeds: list[float] = []
        self._then = 0.0

    def reset(self) -> None:
        """Forgets everything: the next pose comes back as it is."""
        self._raw = None

    def feed(self, values: Sequence[float], seconds: float) -> "list[float]":
        """The smoothed pose after the one that came at `seconds` of any clock; times may repeat or leap."""
        elapsed = seconds - self._then
        self._then = seconds
        raw = self._raw
        self._raw = list(values)
        if raw is None or self.responsiveness >= 1 or not abs(elapsed) <= FORGET_SECONDS:
            self._smooth, self._speeds = list(values), [0.0] * pose.SIZE
            return list(values)
        elapsed = max(elapsed, _SHORTEST_SECONDS)
        turn = math.tau * elapsed * strength(max(0.0, self.responsiveness))
        smooth, speeds = self._smooth, self._speeds
        for index, (value, before, (cutoff, beta, speed_cutoff)) in enumerate(zip(values, raw, _TUNINGS)):
            if value == before == smooth[index]:  # most parameters rest at 0
                speeds[index] = 0.0
                continue
            speed_share = math.tau * elapsed * speed_cutoff
            speeds[index] += ((value - before) / elapsed - speeds[index]) * speed_share / (1 + speed_share)
            share = turn * (cutoff + beta * abs(speeds[index]))
            smooth[index] += (value - smooth[index]) * share / (1 + share)
        return list(smooth)
