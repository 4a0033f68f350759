"""Idle life: the character breathes, blinks, looks around and sways a little by itself.

A function of time and a seed, so that tests can repeat it. Rates are those of a resting person: 15 breaths a minute
(adults: 12 to 20); a blink every 2 to 6 s that closes in 0.08 s and opens in 0.16 s.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from ezvtb.tracking import pose

BLINK_CLOSE_SECONDS, BLINK_OPEN_SECONDS = 0.08, 0.16
BLINK_SECONDS = BLINK_CLOSE_SECONDS + BLINK_OPEN_SECONDS
BLINK_GAP_SECONDS = (2.0, 6.0)
DOUBLE_BLINKS = 0.15
"""The share of blinks that a second one follows at once …"""
SECOND_BLINK_SECONDS = 0.3
"""… so long after the first began."""

GAZE_STAY_SECONDS = 1.7
"""The eyes rest about so long at one place …"""
GAZE_LEAP_SECONDS = 0.1
"""… and are at the next after so long: eyes don't glide. A little slower than real ones, for 30 frames a second."""
_GAZE = (("iris_rotation_x", 0.07), ("iris_rotation_y", 0.14))

_SWAYS = (
    # (parameter, amplitude, seconds a cycle): the cycles share no common multiple, so the motion doesn't repeat
    ("head_x", 0.10, 7.3),
    ("head_y", 0.16, 11.9),
    ("neck_z", 0.14, 9.1),
    ("body_y", 0.10, 12.7),
    ("body_z", 0.08, 10.3),
)


@dataclass(frozen=True)
class IdleOptions:
    """How lively the character is by itself: the user's choice."""

    breaths_a_minute: float = 15.0
    breath_depth: float = 1.0
    """0 (none) .. 1."""
    blinks: bool = True
    gaze: float = 1.0
    """How far the eyes wander: 0 (not at all) .. 2."""
    head: float = 1.0
    """How far head and body sway: 0 (not at all) .. 2."""


DEFAULT = IdleOptions()


class Idle:
    """Idle life from one seed."""

    def __init__(self, seed: int = 0) -> None:
        self._phases = [random.Random(f"{seed} {name}").uniform(0, math.tau) for name, _, _ in _SWAYS]
        self._blinks = _Windows(f"{seed} blink", 3)
        self._looks = _Windows(f"{seed} look", 3)
        self._rate = DEFAULT.breaths_a_minute
        self._breaths, self._since = 0.0, 0.0
        """So many breaths had been taken at that moment, when the rate last changed."""

    def pose(self, seconds: float, options: IdleOptions = DEFAULT) -> "list[float]":
        """The whole pose at a moment; the same moment gives the same pose as long as the options stay."""
        values = pose.neutral()
        values[_BREATHING] = self.breathing(seconds, options)
        for (index, amplitude, period), phase in zip(_SWAYING, self._phases):
            values[index] = options.head * amplitude * math.sin(math.tau * seconds / period + phase)
        values[_IRIS_X], values[_IRIS_Y] = self.gaze(seconds, options)
        values[_WINK_LEFT] = values[_WINK_RIGHT] = self.eyelids(seconds, options)
        return values

    def breathing(self, seconds: float, options: IdleOptions = DEFAULT) -> float:
        """How full the chest is, 0..1. A new rate goes on from the breath that is being taken."""
        if options.breaths_a_minute != self._rate:
            self._breaths, self._since = self._taken(seconds), seconds
            self._rate = options.breaths_a_minute
        return options.breath_depth * (1 - math.cos(math.tau * self._taken(seconds))) / 2

    def eyelids(self, seconds: float, options: IdleOptions = DEFAULT) -> float:
        """How far the eyes are closed, 0..1. Time is cut into windows; each has one blink at a place of its own."""
        if not options.blinks:
            return 0.0
        shortest, longest = BLINK_GAP_SECONDS
        window = (shortest + longest) / 2
        number, within = divmod(seconds, window)
        # between two neighbours' places lie window ± slack seconds, which is shortest … longest
        slack = (longest - shortest) / 2
        place, doubled, _ = self._blinks.at(int(number))
        since = within - place * slack - (window - slack) / 2 + BLINK_SECONDS
        if doubled < DOUBLE_BLINKS and since >= SECOND_BLINK_SECONDS:
            since -= SECOND_BLINK_SECONDS
        if not 0 <= since < BLINK_SECONDS:
            return 0.0
        if since < BLINK_CLOSE_SECONDS:
            return since / BLINK_CLOSE_SECONDS
        return 1 - (since - BLINK_CLOSE_SECONDS) / BLINK_OPEN_SECONDS

    def gaze(self, seconds: float, options: IdleOptions = DEFAULT) -> "tuple[float, float]":
        """iris_rotation_x and _y: the eyes rest somewhere near the middle, then leap to another place."""
        number, within = divmod(seconds, GAZE_STAY_SECONDS)
        before, (*now, place) = self._looks.at(int(number) - 1), self._looks.at(int(number))
        way = (within - place * (GAZE_STAY_SECONDS - GAZE_LEAP_SECONDS)) / GAZE_LEAP_SECONDS
        way = min(1.0, max(0.0, way))
        eased = way * way * (3 - 2 * way)
        x, y = (
            options.gaze * amplitude * (2 * (a + (b - a) * eased) - 1)
            for (_, amplitude), a, b in zip(_GAZE, before, now)
        )
        return x, y

    def _taken(self, seconds: float) -> float:
        return self._breaths + (seconds - self._since) * self._rate / 60


class _Windows:
    """Chance for consecutive windows of time: for each number the same few values, 0..1."""

    def __init__(self, seed: str, count: int) -> None:
        self._seed, self._count = seed, count
        self._known: dict[int, Sequence[float]] = {}

    def at(self, number: int) -> "Sequence[float]":
        if number not in self._known:
            if len(self._known) > 1:  # this window and the one before are asked for
                self._known.pop(min(self._known))
            chance = random.Random(f"{self._seed} {number}")
            self._known[number] = [chance.random() for _ in range(self._count)]
        return self._known[number]


_BREATHING, _IRIS_X, _IRIS_Y = pose.INDEX["breathing"], pose.INDEX["iris_rotation_x"], pose.INDEX["iris_rotation_y"]
_WINK_LEFT, _WINK_RIGHT = pose.indices("eye_wink")
_SWAYING = tuple((pose.INDEX[name], amplitude, period) for name, amplitude, period in _SWAYS)
