"""The hotkeys of an avatar where there is no OBS: keys of its window."""

from ezvtb_obs import hotkeys

KEYS = {
    "space": hotkeys.STRAIGHT_AHEAD,
    "p": hotkeys.PAUSE,
    "m": hotkeys.MIRROR,
    "n": hotkeys.NEXT_PICTURE,
    **{str(slot): name for slot, name in enumerate(hotkeys.EXPRESSIONS, 1)},
}
"""By tkinter's names of the keys."""


class WindowKeys:
    """What `Senses` asks of hotkeys. The window tells of keys on one thread, the driver asks on another.

    A key that is held repeats itself: on X11 it is released and pressed at one time, elsewhere pressed again.
    """

    def __init__(self) -> None:
        self._down: dict[str, str] = {}
        self._released: dict[str, int] = {}
        self._pressed: list[str] = []

    def press(self, key: str, time: int) -> None:
        """One of KEYS went down; `time` in ms, as the window system says."""
        repeats = key in self._down or self._released.get(key) == time
        self._down = {**self._down, key: KEYS[key]}
        if not repeats:
            self._pressed.append(KEYS[key])

    def release(self, key: str, time: int) -> None:
        """It came up."""
        self._down = {other: name for other, name in self._down.items() if other != key}
        self._released[key] = time

    def pressed(self, now: float) -> "list[str]":
        """The names of the hotkeys pressed since the last call."""
        count = len(self._pressed)
        names, self._pressed[:count] = self._pressed[:count], []
        return names

    @property
    def held(self) -> "frozenset[str]":
        """The names of those that are held."""
        return frozenset(self._down.values())
