"""A value that counts only once it rests: what somebody is still typing or dragging is not acted upon."""

from typing import Generic, Optional, TypeVar

SETTLE_SECONDS = 0.7
"""Between two keys a typist leaves less."""

_Value = TypeVar("_Value")


class Settled(Generic[_Value]):
    """Follows a value from afar; its first one counts at once."""

    def __init__(self, first: _Value) -> None:
        self.value = first
        """The last one that rested."""
        self._candidate = first
        self._since: Optional[float] = None

    def offer(self, now: float, value: _Value) -> _Value:
        """The value is this one at `now`: the one that counts."""
        if value != self._candidate:
            self._candidate, self._since = value, now
        elif self._since is not None and now - self._since >= SETTLE_SECONDS:
            self.value, self._since = value, None
        return self.value
