"""Frames that come at any moment, as pictures of equal length."""

from typing import Optional, Protocol

from ezvtb.play.stage import Pixels, Shown


class Film(Protocol):
    """A file of pictures at a fixed rate."""

    def add(self, pixels: Pixels, count: int) -> None:
        """Appends a picture so many times."""

    def close(self) -> str:
        """Ends the file; where it is."""


class Steady:
    """A `Writer`: each picture of the film is the frame that is nearest to its moment, or the last one before it."""

    def __init__(self, film: Film, fps: float, seconds: Optional[float] = None) -> None:
        """The film begins with the first frame and ends `seconds` later, or when it is finished."""
        self._film = film
        self._fps = fps
        self._most = None if seconds is None else max(1, round(seconds * fps))
        self._count = 0
        self._start = 0.0
        self._last: Optional[Pixels] = None

    def write(self, shown: Shown) -> None:
        """The frame before this one lasts until now."""
        if self._last is None:
            self._start = shown.moment
        else:
            self._hold(self._last, round((shown.moment - self._start) * self._fps))
        self._last = shown.pixels

    def finish(self, end: float) -> str:
        """The last frame lasts until `end`."""
        assert self._last is not None
        self._hold(self._last, max(1, round((end - self._start) * self._fps)))
        place = self._film.close()
        pictures = f"{self._count} picture{'' if self._count == 1 else 's'}"
        return f"{place}: {pictures}, {self._count / self._fps:.1f} s at {self._fps:g} a second."

    def _hold(self, pixels: Pixels, until: int) -> None:
        """Repeats the picture until there are so many."""
        if self._most is not None:
            until = min(until, self._most)
        if until > self._count:
            self._film.add(pixels, until - self._count)
            self._count = until
