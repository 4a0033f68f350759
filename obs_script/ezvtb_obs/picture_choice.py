"""Which picture an engine is given: the chosen one, or the last good one while something is wrong with that.

No engine and no threads here. A picture that ended the engine is not given to the next one, as long as neither the
setting nor the file changes: otherwise engines would be restarted for ever.
"""

import os
from typing import NamedTuple, Optional

from ezvtb.errors import EngineError, PictureError
from ezvtb_obs.picture_file import Look, PictureFile

SLOW_SECONDS = 5.0
"""A drive that takes longer to say whether it has a file counts as out of reach, until it answers."""
_CHANCES_OF_A_GOOD_ONE = 3
"""How often in a row an engine may end over a picture that an earlier one has shown: then it was hardly the picture."""


class _Good(NamedTuple):
    look: Look
    note: str


class PictureChoice:
    """Ask `next` for a path, give that to the engine, and say what came of it."""

    def __init__(self, file: PictureFile) -> None:
        self.error = ""
        """Why the chosen picture is not shown, with the remedy."""
        self.note = ""
        """What was done to the shown one to make it fit."""
        self.waiting = False
        """Whether the chosen one's drive has not answered yet."""
        self._file = file
        self._chosen = ""
        self._chosen_at = 0.0
        self._strikes: dict[Look, int] = {}
        self._good: Optional[_Good] = None
        self._tried: Optional[Look] = None
        self._shown: Optional[Look] = None
        self._giving: Optional[Look] = None
        self._gives_chosen = self._fell_back = False

    @property
    def has_good(self) -> bool:
        """Whether any picture has been shown."""
        return self._good is not None

    @property
    def has_shown(self) -> bool:
        """Whether this engine has a picture."""
        return self._shown is not None

    def forget(self) -> None:
        """No picture is chosen any more."""
        self.error = self.note = self._chosen = ""
        self._good = None
        self._strikes.clear()

    def look_ahead(self, chosen: str) -> None:
        """Has the file looked at, so that `next` needn't wait for it."""
        self._file.look(chosen)

    def begin(self) -> None:
        """There is a new engine, without any picture."""
        self._tried = self._shown = self._giving = None
        self._fell_back = False

    def next(self, now: float, chosen: str) -> str:
        """The path of the picture to give the engine now; "": what it has may stay."""
        if chosen != self._chosen:
            self._chosen, self._chosen_at, self.error = chosen, now, ""
            self._strikes.clear()
        look = self._file.look(chosen)
        self.waiting = look is None
        if look is not None:
            if look != self._tried and not self._was_deleted(look):
                self._tried = look
                if self._strikes.get(look, 0) < self._chances(look):
                    self._giving, self._gives_chosen = look, True
                    return chosen
        elif now - self._chosen_at < SLOW_SECONDS:
            return ""
        else:
            self.error = f"{_name(chosen)} can't be reached: its drive doesn't answer. Copy it to this computer."
        return self._fall_back()

    @property
    def given(self) -> str:
        """What the engine was last given, as the user chose it: `next` may have said a copy's path."""
        return self._giving.path if self._giving else ""

    @property
    def shown(self) -> str:
        """What the engine shows, as the user chose it."""
        return self._shown.path if self._shown else ""

    def noted(self, note: str) -> None:
        """Something else was done to the shown one to make it fit: it can be laid out as it is wanted."""
        self.note = note
        if self._shown == self._tried:  # else the error is about the chosen one, which isn't shown
            self.error = ""
        if self._good is not None and self._good.look == self._shown:
            self._good = _Good(self._good.look, note)

    def accepted(self, note: str) -> None:
        """The engine shows it."""
        look = self._shown = self._giving
        assert look is not None
        self._strikes.pop(look, None)
        if not self._gives_chosen:
            assert self._good is not None
            self.note = self._good.note  # which names the file by its own name
            return
        self.error, self.note, self._good = "", note, _Good(look, note)
        self._file.keep(look)

    def refused(self, error: PictureError) -> None:
        """The engine says what is wrong with it, and stays as it was."""
        if self._gives_chosen:
            self.error = str(error)

    def broke(self, error: EngineError) -> None:
        """The engine ended or hung over it."""
        look = self._giving
        assert look is not None
        self._strikes[look] = self._strikes.get(look, 0) + 1
        if self._strikes[look] >= self._chances(look):
            self.error = (
                f"{_name(look.path)} is left alone, because the engine failed while it read it: {error.message} "
                "Save it anew as PNG, or choose another picture."
            )

    def _fall_back(self) -> str:
        good = self._good
        if self._shown is not None or self._fell_back or good is None:
            return ""
        if self._strikes.get(good.look, 0) >= self._chances(good.look):
            return ""
        self._fell_back = True
        self._giving, self._gives_chosen = good.look, False
        return self._file.kept(good.look) or good.look.path

    def _was_deleted(self, look: Look) -> bool:
        """Whether what is shown was only deleted: it may stay."""
        return not look.exists and self._shown is not None and self._shown.path == look.path

    def _chances(self, look: Look) -> int:
        return _CHANCES_OF_A_GOOD_ONE if self._good is not None and self._good.look == look else 1


def _name(path: str) -> str:
    return os.path.basename(path) or path  # noqa: PTH119 (a setting, not a path of this system)
