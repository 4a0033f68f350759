"""One avatar's motion: faces and a microphone's loudness in, the pose of any moment out."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple, Optional

from ezvtb.placement import Placement
from ezvtb.tracking import calibration, mapping, one_euro, pose, voice
from ezvtb.tracking.blend import HOLD_SECONDS, TO_IDLE_SECONDS, TO_LIVE_SECONDS, Ease
from ezvtb.tracking.calibration import Calibration
from ezvtb.tracking.expressions import Expression, put_on
from ezvtb.tracking.face import Face
from ezvtb.tracking.figure import Figure, FigureOptions
from ezvtb.tracking.idle import Idle, IdleOptions
from ezvtb.tracking.mapping import MappingOptions
from ezvtb.tracking.one_euro import OneEuro
from ezvtb.tracking.voice import Mouth, Voice

FROZEN_SECONDS = 3.0
"""A living face is never the same for so long: the tracker has lost it and repeats the last one. Raw poses, which a
program makes, may well rest."""
HEARD_SECONDS = 0.5
"""For so long a loudness counts."""
GAZE_HELD_SECONDS = 1.0
"""Eyes that nobody has seen for so long still look where they did: OpenSeeFace sees no pupil while they blink."""


@dataclass(frozen=True)
class MotionOptions:
    """How an avatar moves: the user's choice."""

    mapping: MappingOptions = mapping.DEFAULT
    responsiveness: float = one_euro.DEFAULT_RESPONSIVENESS
    """0 (very smooth) .. 1 (nothing is smoothed)."""
    idle: bool = True
    """Whether the character lives by itself: breathes, does what the tracker doesn't see, moves while nobody tracks."""
    life: IdleOptions = field(default_factory=IdleOptions)
    microphone_too: bool = False
    """Whether the microphone opens a mouth that is tracked, too."""
    sensitivity: float = voice.DEFAULT_SENSITIVITY
    """Of the microphone, 0..1."""
    figure: Optional[FigureOptions] = None
    """How the whole figure moves; None: it stays where it is."""


class _Given(NamedTuple):
    """What a tracker moves itself."""

    eyelids: bool
    gaze: bool
    mouth: bool
    breathing: bool


class Motion:
    """Maps, smooths and calibrates faces; lives on when they stay away. One thread; all times are one clock's seconds.

    Nothing that changes from one moment to the next (the tracker, its loss, a calibration, an option) makes the
    pose jump: it is eased to what is shown then.
    """

    def __init__(self, seed: int = 0) -> None:
        self.options = MotionOptions()
        """May be changed at any time."""
        self.expressions: tuple[Expression, ...] = ()
        """Put over whatever is shown, the later over the earlier; may be changed at any time."""
        self.calibrations: dict[str, Calibration] = {}
        """By the names of protocols."""
        self._idle, self._filter, self._ease, self._voice = Idle(seed), OneEuro(), Ease(), Voice()
        self._figure = Figure()
        self._face: Optional[Face] = None
        self._from: tuple[str, str] = ("", "")
        self._wanted = pose.neutral()
        self._given = _Given(False, False, False, False)
        self._how: object = None
        self._version = 0
        """Counts what makes the same face another pose."""
        self._came = self._changed = -math.inf
        self._gaze: Optional[tuple[float, float]] = None
        self._gazed = -math.inf
        self._shut: dict[int, float] = {}
        """How far each eyelid was closed at most since the last pose: a slow computer shall not miss a blink."""
        self._mouth: Optional[Mouth] = None
        self._heard = -math.inf

    def feed(self, face: Face, sender: str, protocol: str, now: float) -> None:
        """A face of that sender ("host:port") has come. Some programs send from a new port each time: hosts count."""
        if not face.found:
            return
        live = self.is_live(now)
        came_from = (sender.rpartition(":")[0] or sender, protocol)
        if came_from != self._from or now - self._came > HOLD_SECONDS or face != self._face:
            self._changed = now
        if came_from != self._from:
            self._gazed = -math.inf
        self._face, self._from, self._came = face, came_from, now
        options, rest = self.options, self.calibrations.get(protocol, calibration.NONE)
        calibrated = self._looking(calibration.apply(rest, face), now)
        given, how = _given(calibrated), (came_from, rest, options.mapping)
        is_other = given != self._given or how != self._how
        if is_other:
            self._given, self._how = given, how
            self._version += 1
        if is_other or not live:
            self._filter.reset()  # what leaps here is eased
            self._shut = {}
        if options.figure is not None:
            self._figure.feed(calibrated, rest.position, came_from, options.figure, now)
        self._wanted = mapping.to_pose(calibrated, options.mapping)
        if face.pose is None:
            self._filter.responsiveness = options.responsiveness
            self._wanted = self._filter.feed(self._wanted, now)
            for index in _EYELIDS:
                self._shut[index] = max(self._shut.get(index, 0.0), self._wanted[index])

    def _looking(self, face: Face, now: float) -> Face:
        """The face, which looks where it last did if the tracker can't see that for a moment."""
        looked = mapping.gaze(face)
        if looked is not None:
            self._gaze, self._gazed = looked, now
        elif now - self._gazed <= GAZE_HELD_SECONDS:
            return face._replace(gaze=self._gaze)
        return face

    def hear(self, decibels: Optional[float], now: float) -> None:
        """The microphone is so loud, in dB below full scale; None: there is none."""
        self._voice.sensitivity = self.options.sensitivity
        self._mouth, self._heard = self._voice.feed(decibels, now), now

    def straight_ahead(self, now: float) -> Optional[Calibration]:
        """Takes the face for one that looks straight ahead, from now on. None if nobody is tracked."""
        if self._face is None or self._face.pose is not None or not self.is_live(now):
            return None
        rest = calibration.straight_ahead(self._face)
        self.calibrations[self._from[1]] = rest
        return rest

    def is_live(self, now: float) -> bool:
        """Whether a tracker sees a face now: a recent one, that isn't the same since long."""
        if self._face is None or now - self._came > HOLD_SECONDS:
            return False
        return self._face.pose is not None or now - self._changed < FROZEN_SECONDS

    def pose(self, now: float) -> "list[float]":
        """The 45 values to show at `now`: tracked, idle, or on the way between."""
        options, live = self.options, self.is_live(now)
        wanted = self._tracked(now) if live else self._untracked(now)
        mouth = self._mouth if now - self._heard <= HEARD_SECONDS else None
        if mouth is not None and (options.microphone_too or not (live and self._given.mouth)):
            for index, value in zip(_MOUTH, mouth):
                wanted[index] = max(wanted[index], value)
        put_on(self.expressions, wanted)
        source = (live and self._version, mouth is None, options, self.expressions)
        return self._ease.pose(wanted, source, TO_LIVE_SECONDS if live or self.expressions else TO_IDLE_SECONDS, now)

    def placement(self, now: float) -> Optional[Placement]:
        """Where to show the whole figure at `now`; None if it doesn't move."""
        if self.options.figure is None:
            return None
        return self._figure.placement(self.is_live(now), now)

    def _untracked(self, now: float) -> "list[float]":
        return self._idle.pose(now, self.options.life) if self.options.idle else pose.neutral()

    def _tracked(self, now: float) -> "list[float]":
        """The newest pose, and of idle life what the tracker doesn't give."""
        values, given, life = list(self._wanted), self._given, self.options.life
        for index, shut in self._shut.items():
            values[index] = shut
        self._shut = {}
        if not self.options.idle:
            return values
        if not given.breathing:
            values[_BREATHING] = self._idle.breathing(now, life)
        if not given.eyelids:
            values[_WINK_LEFT] = values[_WINK_RIGHT] = self._idle.eyelids(now, life)
        if not given.gaze:
            values[_IRIS_X], values[_IRIS_Y] = self._idle.gaze(now, life)
        return values


def _given(face: Face) -> _Given:
    if face.pose is not None:
        return _Given(True, True, True, True)
    shapes = face.shapes
    return _Given(
        eyelids="eyeBlinkLeft" in shapes or "eyeBlinkRight" in shapes,
        gaze=mapping.gaze(face) is not None,
        mouth=face.vowels is not None or "jawOpen" in shapes,
        breathing=False,
    )


_BREATHING, _IRIS_X, _IRIS_Y = pose.INDEX["breathing"], pose.INDEX["iris_rotation_x"], pose.INDEX["iris_rotation_y"]
_WINK_LEFT, _WINK_RIGHT = pose.indices("eye_wink")
_EYELIDS = pose.indices("eye_wink", "eye_happy_wink")
_MOUTH = tuple(pose.INDEX[f"mouth_{vowel}"] for vowel in Mouth._fields)
