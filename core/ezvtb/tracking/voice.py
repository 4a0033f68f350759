"""The mouth from a microphone's loudness: for trackers that see no mouth, and for no camera at all."""

import math
from typing import NamedTuple, Optional

SILENCE = -96.0
"""dB below full scale; minus infinity (a muted source) counts as this."""

ATTACK_SECONDS, RELEASE_SECONDS = 0.04, 0.12
"""Time constants of opening and closing: speech opens the mouth faster than it closes it."""

DEFAULT_SENSITIVITY = 0.5
_LOUD = (-12.0, -36.0)
"""dB of a wide open mouth at sensitivity 0 and 1. OBS recommends that speech stays about -20 to -9 dB at its peaks,
which lie some 10 dB above the loudness."""
_SPAN = 20.0
"""So many dB below that the mouth begins to open …"""
_ABOVE_NOISE = 8.0
"""… but not less than so many above the noise of the room …"""
_LEAST_SPAN = 10.0
"""… and even in a noisy one it takes so many more to open it wide."""

_NOISE = (-60.0, -30.0)
"""Between these the noise of the room is sought: the loudness of the pauses."""
_NOISE_FALL_SECONDS = 0.3
_NOISE_RISE = 1.5
"""dB a second: a fan that starts is learned in some ten seconds, a long sentence isn't taken for one."""

_LONGEST_STEP = 0.25
_SHUT_BELOW = 0.01
_BEGINS, _ENDS = 0.3, 0.15
"""A syllable begins when the wanted opening rises above the one, after it was below the other."""
_COLOUR_SECONDS = 0.08
_GOLDEN = (math.sqrt(5) - 1) / 2
"""Its multiples' fractions are spread evenly and repeat nothing: a vowel for each syllable."""
_ROUND, _WIDE, _REACH, _MOST = 0.3, 0.7, 0.25, 0.6
"""Colours that are most "o" and most "i", how far around, and how much of the opening these take then."""


class Mouth(NamedTuple):
    """Vowels, 0..1, whose sum is at most 1."""

    aaa: float
    iii: float
    ooo: float


class Voice:
    """Follows one microphone. `sensitivity` (0..1) may be changed at any time."""

    def __init__(self, sensitivity: float = DEFAULT_SENSITIVITY) -> None:
        self.sensitivity = sensitivity
        self._noise: Optional[float] = None
        self._opening = self._colour = 0.0
        self._syllables = 0
        self._speaking = False
        self._then = 0.0

    def feed(self, decibels: Optional[float], now: float) -> Optional[Mouth]:
        """The mouth after the microphone was so loud at `now`, in dB below full scale; None without a microphone."""
        if decibels is None:
            self._noise, self._opening = None, 0.0
            return None
        level = SILENCE if math.isnan(decibels) else min(0.0, max(SILENCE, decibels))
        elapsed = 0.0 if self._noise is None else min(_LONGEST_STEP, max(0.0, now - self._then))
        self._then = now
        wanted = self._wanted(level, self._follow_noise(level, elapsed))
        seconds = ATTACK_SECONDS if wanted > self._opening else RELEASE_SECONDS
        self._opening += (wanted - self._opening) * _share(elapsed, seconds)
        if wanted == 0 and self._opening < _SHUT_BELOW:
            self._opening = 0.0
        return self._mouth(wanted, elapsed)

    def _follow_noise(self, level: float, elapsed: float) -> float:
        """The loudness of the room, dB: quickly down with a pause, slowly up with anything else."""
        if self._noise is None:
            self._noise = level
        elif level < self._noise:
            self._noise += (level - self._noise) * _share(elapsed, _NOISE_FALL_SECONDS)
        else:
            self._noise = min(level, self._noise + _NOISE_RISE * elapsed)
        lowest, highest = _NOISE
        self._noise = min(highest, max(lowest, self._noise))
        return self._noise

    def _wanted(self, level: float, noise: float) -> float:
        """How far a mouth that is so loud is open, 0..1."""
        deaf, keen = _LOUD
        loud = deaf + (keen - deaf) * self.sensitivity
        quiet = max(noise + _ABOVE_NOISE, loud - _SPAN)
        return min(1.0, max(0.0, (level - quiet) / max(_LEAST_SPAN, loud - quiet)))

    def _mouth(self, wanted: float, elapsed: float) -> Mouth:
        """The opening as a vowel; each syllable has another."""
        if not self._speaking and wanted > _BEGINS:
            self._syllables += 1
        self._speaking = wanted > (_ENDS if self._speaking else _BEGINS)
        colour = self._syllables * _GOLDEN % 1
        self._colour += (colour - self._colour) * _share(elapsed, _COLOUR_SECONDS)
        ooo, iii = (_MOST * max(0.0, 1 - abs(self._colour - vowel) / _REACH) for vowel in (_ROUND, _WIDE))
        return Mouth(self._opening * (1 - ooo - iii), self._opening * iii, self._opening * ooo)


def _share(elapsed: float, seconds: float) -> float:
    """How much of the way a value with this time constant goes in that time."""
    return 1 - math.exp(-elapsed / seconds)
