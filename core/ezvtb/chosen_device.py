"""The device that a client chose by its name: it is used wherever it is in the list, and again when it is back."""

import threading
from typing import Optional

from ezvtb.backends import devices

LOOK_SECONDS = 10.0
"""How often it is looked for while it isn't there. A look takes the drivers milliseconds."""


class ChosenDevice:
    """Of one session."""

    def __init__(self, label: str) -> None:
        """Looks for the device with that label (`devices.labels`); "" is none in particular."""
        self._label = label
        self._number = self._look() if label else None
        self._is_missing = bool(label) and self._number is None
        self.is_back = False
        """Whether it wasn't there and now is: another process can use it."""
        self._closed = threading.Event()

    @property
    def options(self) -> "dict[str, int]":
        """The options of `get_core` that choose it; none where it isn't there: then the best one serves."""
        if self._is_missing:
            return {"device_id": 0}
        return {} if self._number is None else {"device_id": self._number}

    @property
    def trouble(self) -> str:
        """What to tell the user of it: one sentence; "" where there is nothing to tell."""
        if not self._is_missing:
            return ""
        return f"The chosen device, {self._label}, isn't there; the best one that is there is used until it is back."

    def watch(self) -> None:
        """From now on it is looked for, if it isn't there."""
        if self._is_missing:
            threading.Thread(target=self._watch, name="ezvtb-device", daemon=True).start()

    def close(self) -> None:
        """Looks no more."""
        self._closed.set()

    def _watch(self) -> None:
        while not self.is_back and not self._closed.wait(LOOK_SECONDS):
            self.is_back = self._look() is not None

    def _look(self) -> Optional[int]:
        return devices.number_of(self._label, devices.find().devices)
