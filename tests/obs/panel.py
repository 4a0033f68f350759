"""The properties panel of an avatar, open in a real OBS."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from .stage import AVATAR, Stage, until

WIDE, HIGH = 1000, 800
"""Pixels of the panel's window, which is put into the display's corner."""


@contextmanager
def panel(stage: Stage) -> Iterator[None]:
    """The panel is open, and is closed by its Cancel, which lies in its lower right corner.

    One that is left open with changed settings has OBS ask what to do with them when it ends.
    """
    stage.obs.websocket.open_input_properties_dialog(AVATAR)
    (window,) = until(lambda: stage.windows("Properties for"), "no panel")
    stage.xdotool("windowmove", window, "0", "0", "windowsize", window, str(WIDE), str(HIGH))
    time.sleep(1)
    yield
    stage.click_until(WIDE - 59, HIGH - 30, lambda: not stage.windows("Properties for"), "the panel is still open")
