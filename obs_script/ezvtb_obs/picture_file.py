"""The file of the chosen picture, looked at by a thread of its own: a drive that doesn't answer holds up nobody.

The thread tells when the file was changed, so that the avatar follows a picture that its artist saves again, and it
keeps a copy of the last good one for an engine that starts after the original was deleted.
"""

import contextlib
import os
import shutil
import threading
from pathlib import Path
from typing import Callable, NamedTuple, Optional

POLL_SECONDS = 2.0
"""How often the file is looked at."""
LARGEST_COPY = 20 << 20
"""Bytes. Larger pictures are not kept: they are read again from where they are."""


class Look(NamedTuple):
    """A picture's file at one moment; two equal ones mean the same picture."""

    path: str
    modified: int = 0
    """In nanoseconds, as the file system says."""
    size: int = -1
    """In bytes; -1: there is no such file."""

    @property
    def exists(self) -> bool:
        """Whether there was a file."""
        return self.size >= 0


class PictureFile:
    """Looks at one path every two seconds, and keeps a copy of what it is told to. Close it when done."""

    def __init__(
        self, copies: Path, stem: str, changed: Callable[[], None], poll_seconds: float = POLL_SECONDS
    ) -> None:
        """Copies go into the folder `copies` under that stem; `changed` is called when something new was seen."""
        self.error = ""
        """Why there is no copy."""
        self._copies, self._stem, self._changed, self._poll_seconds = copies, stem, changed, poll_seconds
        self._condition = threading.Condition()
        self._path = ""
        self._seen: Optional[Look] = None
        self._to_keep: Optional[Look] = None
        self._kept: Optional[tuple[Look, Path, Look]] = None
        self._closed = False
        self._thread: Optional[threading.Thread] = None

    def look(self, path: str) -> Optional[Look]:
        """What was last seen at `path`, which is looked at from now on; None if no look has come to an end yet."""
        with self._condition:
            if path != self._path:
                self._path, self._seen = path, None
                self._condition.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ezvtb-picture-file", daemon=True)
                self._thread.start()
            return self._seen

    def keep(self, look: Look) -> None:
        """Has a copy made of that picture, if it is still the same then."""
        with self._condition:
            self._to_keep = look
            self._condition.notify_all()

    def kept(self, look: Look) -> str:
        """The path of the copy of that picture; "" if there is none."""
        kept = self._kept
        if kept is None or kept[0] != look or _look(str(kept[1])) != kept[2]:
            return ""
        return str(kept[1])

    def close(self) -> None:
        """Ends the thread, without waiting for a drive that doesn't answer, and removes the copy."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        if self._kept:
            with contextlib.suppress(OSError):
                self._kept[1].unlink()

    def _run(self) -> None:
        path = ""
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._is_called(path), self._poll_seconds)  # noqa: B023
                if self._closed:
                    return
                path, keep, self._to_keep = self._path, self._to_keep, None
            if keep is not None:
                self._copy(keep)
            seen = _look(path)
            with self._condition:
                changed = path == self._path and seen != self._seen
                if changed:
                    self._seen = seen
            if changed:
                self._changed()

    def _is_called(self, path: str) -> bool:
        return self._closed or self._to_keep is not None or path != self._path

    def _copy(self, look: Look) -> None:
        source = Path(look.path)
        target = self._copies / f"{self._stem}{source.suffix}"
        self.error = ""
        if look.size > LARGEST_COPY or not source.is_file():  # a pipe would be read dry
            return
        try:
            self._copies.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            if _look(look.path) == look:  # else somebody has just saved it anew: it comes again
                self._kept = (look, target, _look(str(target)))
        except OSError as error:
            self.error = f"The picture could not be kept for a restart: {error}."


def _look(path: str) -> Look:
    """What is there now. Blocks for as long as the drive does."""
    try:
        status = os.stat(path)  # noqa: PTH116 (the setting is a string, and Path changes some)
    except (OSError, ValueError):
        return Look(path)
    return Look(path, status.st_mtime_ns, status.st_size)
