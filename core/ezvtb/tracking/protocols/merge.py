"""Whole faces out of partial ones."""

from typing import Optional

from ezvtb.tracking.face import Face


class Merger:
    """Passes whole faces through."""

    def feed(self, face: Face) -> Optional[Face]:
        """The whole face that is known now."""
        return face
