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
SAME_SECONDS = 0.001
"""Poses within so long are one moment's, told in several packets: the newest takes the others' place."""


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
POSE = tuple(tuning for _, tuning in sorted((index, tuning) for tuning, group in _GROUPS for index in group))
"""Of the values of a pose."""


def strength(responsiveness: float) -> float:
    """What the cutoffs are multiplied by: 1/12 at 0, 1 in the middle, without bound towards 1."""
    return (responsiveness + 0.1) / (1 - responsiveness) / 1.2


class _State(NamedTuple):
    raw: "list[float]"
    smooth: "list[float]"
    speeds: "list[float]"
    moment: float


class OneEuro:
    """Smooths poses, or other values with tunings of their own.

    `responsiveness` from 0 (very smooth) to 1 (nothing is smoothed) may be changed at any time.
    """

    def __init__(self, responsiveness: float = DEFAULT_RESPONSIVENESS, tunings: "Sequence[Tuning]" = POSE) -> None:
        self.responsiveness = responsiveness
        self._tunings = tunings
        self._last: Optional[_State] = None
        self._before: Optional[_State] = None
        """At the moment before the last one."""

    def reset(self) -> None:
        """Forgets everything: the next pose comes back as it is."""
        self._last = self._before = None

    def feed(self, values: Sequence[float], seconds: float) -> "list[float]":
        """The smoothed pose after the one that came at `seconds` of any clock; times may repeat or leap."""
        moment = seconds
        if self._last is not None and 0 <= seconds - self._last.moment < SAME_SECONDS:
            moment = self._last.moment
        else:
            self._before = self._last
        before = self._before
        if before is None or self.responsiveness >= 1 or not abs(moment - before.moment) <= FORGET_SECONDS:
            self._last = _State(list(values), list(values), [0.0] * len(values), moment)
        else:
            elapsed = max(moment - before.moment, SAME_SECONDS)
            smooth, speeds = _step(before, values, elapsed, strength(max(0.0, self.responsiveness)), self._tunings)
            self._last = _State(list(values), smooth, speeds, moment)
        return list(self._last.smooth)


def _step(
    state: _State, values: Sequence[float], elapsed: float, factor: float, tunings: "Sequence[Tuning]"
) -> "tuple[list[float], list[float]]":
    """The smoothed values and speeds so long after a state."""
    smooth, speeds = list(state.smooth), list(state.speeds)
    angle = math.tau * elapsed
    for index, (value, before, (cutoff, beta, speed_cutoff)) in enumerate(zip(values, state.raw, tunings)):
        if value == before == smooth[index]:  # most parameters rest at 0
            speeds[index] = 0.0
            continue
        share = angle * speed_cutoff
        speeds[index] += ((value - before) / elapsed - speeds[index]) * share / (1 + share)
        share = angle * factor * (cutoff + beta * abs(speeds[index]))
        smooth[index] += (value - smooth[index]) * share / (1 + share)
    return smooth, speeds
