"""What moves one avatar: its tracker, its microphone, its hotkeys, and what it makes of them."""

import threading
from typing import Any, Callable, Optional, Protocol, TypeVar

from ezvtb.errors import ParseError
from ezvtb.placement import Placement
from ezvtb.tracking import calibration
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.expressions import Expression
from ezvtb.tracking.motion import Motion
from ezvtb.tracking.simplify import Level, simplify
from ezvtb_obs import expression_names, hotkeys, libobs, next_picture
from ezvtb_obs.sentences import told
from ezvtb_obs.settings import Settings, motion_options
from ezvtb_obs.settled import Settled
from ezvtb_obs.texts import text
from ezvtb_obs.trackers import SharedTracker, Trackers

STRAIGHT_AHEAD, FORGET_STRAIGHT_AHEAD = "straight_ahead", "forget_straight_ahead"
"""The panel's buttons."""

NOBODY = "nobody is tracked who could look straight ahead"
"""In the log."""

_Value = TypeVar("_Value")


class Ear(Protocol):
    """A microphone: `microphone.Microphone`."""

    @property
    def name(self) -> str:
        """Of its source."""

    def decibels(self, now: float) -> Optional[float]:
        """How loud it is; None: nothing is heard."""

    def close(self) -> None:
        """Lets go of it."""


class Keys(Protocol):
    """The avatar's hotkeys: `hotkeys.Hotkeys`."""

    @property
    def held(self) -> "frozenset[str]":
        """The names of those that are held."""

    def pressed(self, now: float) -> "list[str]":
        """The names of those pressed since the last call."""


class Senses:
    """The driver's thread calls everything that isn't said to be for any thread."""

    def __init__(
        self,
        settings: Settings,
        trackers: Trackers,
        seed: int,
        *,
        keys: "Optional[Keys]" = None,
        open_microphone: "Optional[Callable[[str], Ear]]" = None,
        learnt: "Callable[[], None]" = lambda: None,
    ) -> None:
        """`learnt` is called when there is something to save."""
        self._trackers = trackers
        self._keys = keys
        self._open_microphone = open_microphone
        self._learnt = learnt
        self._motion = Motion(seed)
        self._endpoint = Settled(settings.endpoint)
        self._tracker: Optional[SharedTracker] = None
        self._followed = 0
        """Number of the last face that moved the avatar."""
        self.seen_at: Optional[float] = None
        """When the newest packet came that the last pose was the first to follow; None: there was none."""
        self._level = Level.OFF
        self._expressions: list[Expression] = [()] * len(hotkeys.EXPRESSIONS)
        self._settings: Optional[Settings] = None
        self._unsaved: dict[str, Any] = {}
        self._toggled: set[str] = set()
        """The expressions that were switched on by a hotkey."""
        self.paused = False
        """Whether a hotkey has stopped the avatar. Any thread may read it."""
        self._ear: Optional[Ear] = None
        self._ear_name = ""
        self._loudness: Optional[float] = None
        self._clicked: list[str] = []
        self._lock = threading.Lock()
        self._note = ""
        """What came of the wish to calibrate, as long as it matters."""
        self._unreadable: dict[str, str] = {}
        """Settings that say nothing that could be done: why, by what they are about. Replaced, never changed."""

    def click(self, button: str) -> None:
        """A button of the panel was clicked. Any thread."""
        with self._lock:
            self._clicked.append(button)

    def save(self, **values: Any) -> None:
        """Has settings saved that changed by themselves. Any thread."""
        with self._lock:
            self._unsaved.update(values)
        self._learnt()

    def take_unsaved(self) -> "dict[str, Any]":
        """Settings that changed by themselves since the last call, to be saved. Any thread."""
        with self._lock:
            taken, self._unsaved = self._unsaved, {}
        return taken

    def follow(self, settings: Settings, now: float) -> bool:
        """Listens where the settings say, once they rest, and moves as they say; does what was clicked or pressed.

        Whether something was clicked: then the panel should show what came of it.
        """
        if settings != self._settings:
            self._obey(settings)
        endpoint = self._endpoint.offer(now, settings.endpoint)
        if self._tracker is None or self._tracker.endpoint != endpoint:
            self._listen(endpoint)
        if self._tracker is not None:
            self._tracker.listen(now)
        with self._lock:
            clicked, self._clicked = self._clicked, []
        pressed = self._keys.pressed(now) if self._keys is not None else []
        if STRAIGHT_AHEAD in clicked or hotkeys.STRAIGHT_AHEAD in pressed:
            self._calibrate(now)
        if hotkeys.PAUSE in pressed:
            self.paused = not self.paused
        if hotkeys.MIRROR in pressed:
            self.save(mirror=not settings.mirror)
        if hotkeys.NEXT_PICTURE in pressed:  # a thread, as a drive may take long to list its files
            threading.Thread(target=self._turn_page, args=(settings.picture,), name="ezvtb-page", daemon=True).start()
        self._put_on(settings, pressed)
        if FORGET_STRAIGHT_AHEAD in clicked:
            self._motion.calibrations.clear()
            self._save_calibration()
        return bool(clicked)

    def pose(self, now: float) -> "list[float]":
        """The 45 values to draw now."""
        self.seen_at = None
        self._look(now)
        if self._ear is not None:
            self._loudness = self._ear.decibels(now)
            self._motion.hear(self._loudness, now)
            if self._ear.name != self._ear_name:  # somebody renamed its source
                self._ear_name = self._ear.name
                self.save(microphone=self._ear_name)
        return simplify(self._motion.pose(now), self._level)

    def placement(self, now: float) -> Optional[Placement]:
        """Where to show the whole figure, for the pose that was asked for last; None if it doesn't move."""
        return self._motion.placement(now)

    def sentences(self, now: float) -> "list[str]":
        """What is heard of tracker and microphone, for the user. Any thread."""
        tracker, ear, loudness = self._tracker, self._ear, self._loudness
        lines = [text("senses.tracker", status=tracker.status(now))] if tracker is not None else []
        lines += filter(None, (self._note, *map(told, self._unreadable.values())))
        if ear is not None:
            heard = f"{loudness:.0f} dB" if loudness is not None else text("senses.no_sound")
            lines.append(text("senses.microphone", name=ear.name, heard=heard))
        return lines

    @property
    def trouble(self) -> bool:
        """Whether no tracker can be heard. Any thread."""
        tracker = self._tracker
        return tracker is not None and tracker.trouble

    def close(self) -> None:
        """Lets go of tracker and microphone."""
        tracker, self._tracker = self._tracker, None
        if tracker is not None:
            self._trackers.release(tracker)
        self._hear("")

    def _look(self, now: float) -> None:
        if self._tracker is None:
            return
        for received in self._tracker.faces(self._followed):
            self._followed = received.number
            self._motion.feed(received.face, received.sender, received.protocol, received.moment)
            self.seen_at = received.moment
        if self._note and self._motion.is_live(now):
            self._note = ""

    def _obey(self, settings: Settings) -> None:
        former, self._settings = self._settings, settings
        self._motion.options = motion_options(settings)
        self._level = Level(settings.simplify)
        self._expressions = [
            self._read(f"expression {slot}", expression_names.parse, each, ())
            for slot, each in enumerate(settings.expressions, 1)
        ]
        if former is None or settings.microphone != former.microphone:
            self._hear(settings.microphone)
        if former is None or settings.calibration != former.calibration:
            self._motion.calibrations = self._read("calibration", calibration.from_text, settings.calibration, {})

    def _read(self, what: str, read: "Callable[[str], _Value]", written: str, otherwise: _Value) -> _Value:
        """What the setting says; if that can't be read, the status tells why."""
        unreadable = {name: why for name, why in self._unreadable.items() if name != what}
        try:
            return read(written)
        except ParseError as error:
            unreadable[what] = str(error)
            return otherwise
        finally:
            self._unreadable = unreadable

    def _listen(self, endpoint: Endpoint) -> None:
        if self._tracker is not None:
            self._trackers.release(self._tracker)
        self._tracker, self._followed = self._trackers.acquire(endpoint), 0

    def _hear(self, name: str) -> None:
        if name == self._ear_name:
            return
        self._ear_name = name
        ear, self._ear, self._loudness = self._ear, None, None
        if ear is not None:
            ear.close()
        if name and self._open_microphone is not None:
            self._ear = self._open_microphone(name)

    def _calibrate(self, now: float) -> None:
        self._look(now)
        if self._motion.straight_ahead(now) is None:
            self._note = text("senses.nobody")
            libobs.log(NOBODY, libobs.LOG_WARNING)
            return
        self._note = ""
        libobs.log("straight ahead is learnt")
        self._save_calibration()

    def _turn_page(self, present: str) -> None:
        try:
            following = next_picture.after(present)
        except OSError as error:
            libobs.log(f"there is no next picture: {error}", libobs.LOG_WARNING)
            return
        if following is not None:
            self.save(picture=following)

    def _put_on(self, settings: Settings, pressed: "list[str]") -> None:
        """Puts on the expressions whose hotkeys are held or switched on, as each slot wants it."""
        held = self._keys.held if self._keys is not None else frozenset()
        while_held = {name for name, hold in zip(hotkeys.EXPRESSIONS, settings.expressions_held) if hold}
        self._toggled = (self._toggled ^ set(pressed)) - while_held
        worn = self._toggled | (held & while_held)
        self._motion.expressions = tuple(
            self._expressions[slot] for slot, name in enumerate(hotkeys.EXPRESSIONS) if name in worn
        )

    def _save_calibration(self) -> None:
        self.save(calibration=calibration.to_text(self._motion.calibrations))
