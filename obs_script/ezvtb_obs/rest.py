"""When an avatar has nothing to draw, and for how long: arithmetic on moments, no clock."""

from ezvtb_obs import status

ENGINE_KEPT_SECONDS = 300.0
"""An engine that has had nothing to do for this long ends: its memory, and the graphics card's, is for others then. The
last frame stays meanwhile; the next engine's first one comes a second or so after the avatar shows again."""


class Rest:
    """Of one avatar. All moments are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self.phase = ""
        """`status.STOPPED` or `status.PAUSED` while it rests; "" while it is to move."""
        self._since = 0.0

    def look(self, now: float, stopped: bool, showing: bool) -> str:
        """Whether a hotkey has stopped it, and whether anything displays it: the phase."""
        phase = status.STOPPED if stopped else "" if showing else status.PAUSED
        if phase and not self.phase:
            self._since = now
        self.phase = phase
        return phase

    def is_long(self, now: float) -> bool:
        """Whether it rests for so long that it needs no engine."""
        return bool(self.phase) and now - self._since >= ENGINE_KEPT_SECONDS
