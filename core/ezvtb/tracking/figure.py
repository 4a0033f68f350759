"""The whole figure's place: it moves, leans and comes closer as the person in front of the camera does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from ezvtb.placement import MOST_DOWN, MOST_SCALE, MOST_SIDEWAYS, MOST_TILT, MOST_UP, Placement
from ezvtb.tracking import one_euro
from ezvtb.tracking.blend import TO_IDLE_SECONDS, TO_LIVE_SECONDS, Ease
from ezvtb.tracking.face import Face
from ezvtb.tracking.one_euro import OneEuro

_HEAD_PART, _HEAD_CENTIMETRES = 128 / 512, 22.0
"""A character laid out for THA3 has a head of 128 pixels of 512 (README of pkhungurn/talking-head-anime-3-demo), a
grown person one of about 22 cm: so far as you move, in heads, the figure does."""
_USUAL_DISTANCE = 60.0
"""cm to the camera on a desk or a screen: who comes a hundredth of it closer looks a hundredth larger."""
_LEAN = 0.4
"""Of the head's roll, for the body below it."""
SETTLE_SECONDS = 2.0
"""Without a calibration, rest is where the head is on average for so long after the tracker first saw it."""

Reach = tuple[float, float, float, float]
"""Right as one sees it, up, tilt, closeness: -1..1 of how far the figure goes."""
_REST: Reach = (0.0, 0.0, 0.0, 0.0)
_Centimetres = tuple[float, float, float]


@dataclass(frozen=True)
class FigureOptions:
    """How strongly the figure follows: 0 (not at all) .. 2; 1 is as far as the person moves."""

    move: float = 1.0
    tilt: float = 1.0
    zoom: float = 1.0
    mirror: bool = False
    """Whether the person's left is the character's right, as in a mirror."""
    responsiveness: float = one_euro.DEFAULT_RESPONSIVENESS
    """As of the pose."""


def reach(moved: _Centimetres, roll: float, options: FigureOptions) -> Reach:
    """How far the figure goes for a head that is so far from its rest, in a `Face`'s directions, and so tilted.

    Small movements are followed as they are, larger ones ever less, so that the figure never runs into its limits.
    Left and right are the character's own, as in a pose, so that what is right is at the left of what one sees.
    """
    right, up, towards = moved
    seen = 1.0 if options.mirror else -1.0
    parts = options.move * _HEAD_PART / _HEAD_CENTIMETRES
    return (
        seen * math.tanh(right * parts / MOST_SIDEWAYS),
        math.tanh(up * parts / (MOST_UP if up > 0 else MOST_DOWN)),
        seen * math.tanh(roll * options.tilt * _LEAN / MOST_TILT),
        math.tanh(towards * options.zoom / _USUAL_DISTANCE / math.log(MOST_SCALE)),
    )


def placement(reached: Sequence[float]) -> Placement:
    """Where the figure is when it goes so far."""
    right, up, tilt, closer = reached
    return Placement(
        right * MOST_SIDEWAYS, up * (MOST_UP if up > 0 else MOST_DOWN), tilt * MOST_TILT, MOST_SCALE**closer
    )


class Figure:
    """Follows one person's head. One thread; all times are one clock's seconds.

    The place is smoothed as the pose is; when nobody is tracked the figure goes back to its rest.
    """

    def __init__(self) -> None:
        self._filter = OneEuro(tunings=(one_euro.HEAD,) * len(_REST))
        self._ease = Ease(clamp=_clamp)
        self._wanted: Sequence[float] = _REST
        self._from: object = None
        self._how: object = None
        self._rest: Optional[_Centimetres] = None
        self._since, self._seen = 0.0, 0

    def feed(
        self,
        face: Face,
        rest: Optional[_Centimetres],
        sender: object,
        options: FigureOptions,
        now: float,
    ) -> None:
        """The calibrated face that a sender saw, and where its head rests if a calibration says so.

        A raw pose, whose program moves all itself, is at rest; so is whatever a tracker doesn't tell.
        """
        if sender != self._from:
            self._from, self._rest = sender, None
        if (sender, rest, options) != self._how:
            self._how = (sender, rest, options)
            self._filter.reset()  # what leaps here is eased
        moved = (0.0, 0.0, 0.0)
        if face.position is not None:
            moved = _from_to(rest or self._settled(face.position, now), face.position)
        wanted = _REST if face.pose is not None else reach(moved, face.head[2] if face.head else 0.0, options)
        self._filter.responsiveness = options.responsiveness
        self._wanted = self._filter.feed(wanted, now)

    def placement(self, live: bool, now: float) -> Placement:
        """Where to show the figure at `now`, while somebody is tracked or not."""
        wanted = list(self._wanted if live else _REST)
        seconds = TO_LIVE_SECONDS if live else TO_IDLE_SECONDS
        return placement(self._ease.pose(wanted, live and self._how, seconds, now))

    def _settled(self, position: _Centimetres, now: float) -> _Centimetres:
        """Where this sender's head rests, as far as one knows."""
        if self._rest is None:
            self._rest, self._since, self._seen = position, now, 1
        elif now - self._since <= SETTLE_SECONDS:
            self._seen += 1
            right, up, towards = _from_to(self._rest, position)
            x, y, z = self._rest
            self._rest = x + right / self._seen, y + up / self._seen, z + towards / self._seen
        return self._rest


def _from_to(there: _Centimetres, here: _Centimetres) -> _Centimetres:
    return here[0] - there[0], here[1] - there[1], here[2] - there[2]


def _clamp(values: Sequence[float]) -> "list[float]":
    return [min(1.0, max(-1.0, value)) for value in values]
