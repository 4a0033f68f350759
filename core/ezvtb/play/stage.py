"""Where the driver's frames go when there is no OBS: to every view that is open."""

import math
import threading
import time
from collections.abc import Sequence
from ctypes import string_at
from typing import NamedTuple, Optional, Protocol

import numpy as np
from numpy.typing import NDArray

from ezvtb_obs.video_output import Output

Pixels = NDArray[np.uint8]
"""(H, W, 4) BGRA, straight alpha."""


class Shown(NamedTuple):
    """A frame."""

    moment: float
    """When the driver showed it, in seconds of `time.perf_counter`."""
    pixels: Pixels
    """A copy that nobody writes to."""


class View(Protocol):
    """Something that takes frames."""

    @property
    def showing(self) -> bool:
        """Whether anybody would see a frame now."""

    def show(self, shown: Shown) -> None:
        """Takes a frame, on the driver's thread: at once, and whatever it does with it later."""


class Stage(Output):
    """The driver's output. It goes when `leave` is called, and the driver with it."""

    def __init__(self, views: Sequence[View]) -> None:
        self.first_moment: Optional[float] = None
        """When the first frame was shown."""
        self._views = views
        self._left = False
        self._news = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Waits that long, or until there is a frame that came since the last call: whether there is."""
        came = self._news.wait(seconds)
        self._news.clear()
        return came

    def leave(self) -> None:
        """Nothing is shown any more."""
        self._left = True

    def alive(self) -> bool:
        """Until `leave`."""
        return not self._left

    def showing(self) -> bool:
        """Whether any view does."""
        return any(view.showing for view in self._views)

    def on_air(self) -> bool:
        """Nothing begins later than the avatar."""
        return False

    def fps(self) -> float:
        """Views keep a rate of their own."""
        return math.inf

    def push(self, address: int, width: int, height: int) -> bool:
        """Copies the frame and hands it to the views."""
        if self._left:
            return False
        pixels = np.frombuffer(string_at(address, width * height * 4), np.uint8).reshape(height, width, 4)
        shown = Shown(time.perf_counter(), pixels)
        if self.first_moment is None:
            self.first_moment = shown.moment
        for view in self._views:
            view.show(shown)
        self._news.set()
        return True

    def blank(self) -> None:
        """The last frame stays until the views close."""

    def refresh_properties(self) -> None:
        """There is no panel."""

    def close(self) -> None:
        """There is nothing to give back."""
