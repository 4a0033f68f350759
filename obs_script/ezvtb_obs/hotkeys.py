"""The hotkeys of an avatar: listed under its source in OBS's settings, saved with the scene collection by libobs.

libobs calls a hotkey's function under its hotkey mutex, on whatever thread: a Python function could wait for the GIL
there for ever. So it is one of libobs that happens to fit, as in `source_type`:

    wanted  void (void *data, size_t id, obs_hotkey_t *hotkey, bool pressed)
    given   void obs_property_int_set_limits(obs_property_t *p, int min, int max, int step)

With an integer property of ours, which no panel shows, as `data`, `pressed` is noted as its step, and
`obs_property_int_step` reads it: read in libobs 28.0 to 32.2, disassembled in 29.0.2 for Linux and 32.2.2 for Windows.
An event that is signalled could not tell a press from a release, and not everybody sends both: OBS does, obs-websocket
before 5.5 sends only the press.

Such a note lives until OBS ends, as libobs may call late. Its address is kept in the instance's handle, which is an
`obs_data` (`source_type`): it survives reloads of the script, and goes with the source, whose hotkeys libobs removes.
"""

from ezvtb_obs import libobs
from ezvtb_obs.texts import text

STRAIGHT_AHEAD = "ezvtb_avatar.straight_ahead"
PAUSE = "ezvtb_avatar.pause"
MIRROR = "ezvtb_avatar.mirror"
NEXT_PICTURE = "ezvtb_avatar.next_picture"
EXPRESSIONS = tuple(f"ezvtb_avatar.expression_{slot}" for slot in range(1, 5))
HOTKEYS = (STRAIGHT_AHEAD, PAUSE, MIRROR, NEXT_PICTURE, *EXPRESSIONS)
"""What can be pressed: the names in the scene collection. OBS's settings show the text of what follows the dot."""

LONGEST_HOLD_SECONDS = 5.0
"""A release that comes later belongs to another press, which came and went unseen."""

_NOTHING, _PRESSED = 0xFF, 1
"""The step of a note: nothing has happened since the last look; pressed. A release is 0."""


class Hotkeys:
    """The hotkeys of one source. Made on the UI thread, then `pressed` on one thread at a time."""

    def __init__(self, obs: libobs.Libobs, source: int) -> None:
        """Registers them, unless an earlier load of the script has. `source` is no placeholder: it has a handle."""
        self._obs = obs
        self._notes = {name: _note(obs, source, name) for name in HOTKEYS}
        self._pressed_at: dict[str, float] = {}
        for note in self._notes.values():
            self._clear(note)  # whatever was pressed while nobody looked

    def pressed(self, now: float) -> "list[str]":
        """The names of those pressed since the last call. `now` in seconds, as of `time.perf_counter`."""
        return [name for name, note in self._notes.items() if self._is_pressed(name, note, now)]

    @property
    def held(self) -> "frozenset[str]":
        """The names of those that were pressed and not yet released, as of the last `pressed`.

        Who sends no release (obs-websocket before 5.5) lets go by pressing again.
        """
        return frozenset(self._pressed_at)

    def _is_pressed(self, name: str, note: int, now: float) -> bool:
        step = self._obs.obs_property_int_step(note) & 0xFF  # a C bool in a wider register: the rest may be anything
        if step == _NOTHING:
            return False
        self._clear(note)
        pressed_at = self._pressed_at.pop(name, None)
        if step == _PRESSED:
            if pressed_at is None:
                self._pressed_at[name] = now
            return True
        return pressed_at is None or now - pressed_at > LONGEST_HOLD_SECONDS  # pressed and released between two looks

    def _clear(self, note: int) -> None:
        self._obs.obs_property_int_set_limits(note, 0, 0, _NOTHING)


def _note(obs: libobs.Libobs, source: int, name: str) -> int:
    """The property where libobs notes what becomes of that hotkey."""
    handle, key = obs.obs_obj_get_data(source), name.encode()
    known = obs.obs_data_get_int(handle, key)
    if known:
        return int(known)
    note = int(obs.obs_properties_add_int(obs.obs_properties_create(), key, b"", 0, 0, _NOTHING))
    function = obs.address("obs_property_int_set_limits")
    description = text(name.partition(".")[2])
    if obs.obs_hotkey_register_source(source, key, description.encode(), function, note) == libobs.INVALID_HOTKEY:
        libobs.log(f"OBS has not taken the hotkey {name!r}", libobs.LOG_ERROR)
    obs.obs_data_set_int(handle, key, note)
    return note
