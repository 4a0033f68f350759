"""Idle motion: the character breathes, blinks and sways a little while nobody tracks.

A pure function of time and a seed, so that tests can repeat it. Rates are those of a resting person: 15 breaths a
minute (adults: 12 to 20); a blink every 2 to 6 s that closes in 0.08 s and opens in 0.16 s.
"""

import math
import random

from ezvtb.tracking import pose

BREATH_SECONDS = 4.0
BLINK_CLOSE_SECONDS, BLINK_OPEN_SECONDS = 0.08, 0.16
BLINK_GAP_SECONDS = (2.0, 6.0)

_SWAYS = (
    # (parameter, amplitude, seconds a cycle): the cycles share no common multiple, so the motion doesn't repeat
    ("head_x", 0.10, 7.3),
    ("head_y", 0.16, 11.9),
    ("neck_z", 0.14, 9.1),
    ("body_y", 0.10, 12.7),
    ("body_z", 0.08, 10.3),
    ("iris_rotation_y", 0.08, 6.1),
)


class Idle:
    """Idle motion from one seed."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._phases = [random.Random(f"{seed} {name}").uniform(0, math.tau) for name, _, _ in _SWAYS]

    def pose(self, seconds: float) -> "list[float]":
        """The pose at a moment; the same moment gives the same pose."""
        values = pose.neutral()
        values[pose.INDEX["breathing"]] = (1 - math.cos(math.tau * seconds / BREATH_SECONDS)) / 2
        for (name, amplitude, period), phase in zip(_SWAYS, self._phases):
            values[pose.INDEX[name]] = amplitude * math.sin(math.tau * seconds / period + phase)
        closed = self._blink(seconds)
        values[pose.INDEX["eye_wink_left"]] = closed
        values[pose.INDEX["eye_wink_right"]] = closed
        return values

    def _blink(self, seconds: float) -> float:
        """How far the eyes are closed, 0..1. Time is cut into windows; each has one blink at a place of its own."""
        shortest, longest = BLINK_GAP_SECONDS
        window = (shortest + longest) / 2
        number, within = divmod(seconds, window)
        # between two neighbours' places lie window ± slack seconds, which is shortest … longest
        slack = (longest - shortest) / 2
        duration = BLINK_CLOSE_SECONDS + BLINK_OPEN_SECONDS
        start = random.Random(f"{self._seed} blink {int(number)}").uniform(0, slack) + (window - slack - duration) / 2
        since = within - start
        if not 0 <= since < duration:
            return 0.0
        if since < BLINK_CLOSE_SECONDS:
            return since / BLINK_CLOSE_SECONDS
        return 1 - (since - BLINK_CLOSE_SECONDS) / BLINK_OPEN_SECONDS
