"""The face box goes when OBS begins to record or to stream: who forgot it mustn't find it in hours of video."""

from typing import Callable


class FaceBoxWatch:
    """Of one avatar. The driver's thread."""

    def __init__(self) -> None:
        self._was_on_air = True

    def is_to_go(self, shown: bool, on_air: Callable[[], bool]) -> bool:
        """Whether OBS has gone on air while it was shown. Who switches it on later than that wants it there."""
        is_on_air = not shown or on_air()
        began = shown and is_on_air and not self._was_on_air
        self._was_on_air = is_on_air
        return began
