"""Whole faces out of partial ones: what came before stays until it is said anew."""

from typing import Optional

from ezvtb.tracking.face import Face, Quaternion
from ezvtb.tracking.protocols import vmc


class Merger:
    """Knows one sender's face from packet to packet. A parser lets only known names through, so it doesn't grow."""

    def __init__(self) -> None:
        self._values: dict[str, float] = {}
        self._next_values: dict[str, float] = {}
        self._bones: dict[str, Quaternion] = {}
        self._found = True

    def feed(self, face: Face) -> Optional[Face]:
        """The whole face after this one; None if nothing has changed yet. A whole one is passed through."""
        part = face.partial
        if part is None:
            return face
        self._next_values.update(part.values)
        if part.applied:
            self._values.update(self._next_values)
            self._next_values.clear()
        self._bones.update(part.bones)
        lost_or_back = part.found is not None and part.found != self._found
        self._found = self._found if part.found is None else part.found
        if not (part.applied or part.bones or lost_or_back):
            return None
        return vmc.whole(self._values, self._bones, self._found)
