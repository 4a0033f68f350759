"""Empties the frame database: `python -m ezvtb.cacher [FILE]`, the user's own one where none is named.

Prints how many bytes its frames took. Avatars that use it go on meanwhile.
"""

import sys
import time

from ezvtb.cacher.cacher import open_database
from ezvtb.cacher.notes import Notes
from ezvtb.errors import CacheError

_NO_BOUND = 1 << 62
"""Bytes: the bound is of no matter here."""
_PATIENCE_SECONDS, _AGAIN_SECONDS = 30.0, 1.0
"""For how long, and how often, a locked file is tried again."""


def empty(path: "str | None") -> int:
    """Forgets all frames of that database; how many bytes they took. CacheError says why it can't be."""
    notes = Notes()
    try:
        database = open_database(path, _NO_BOUND, notes)
    except OSError as error:
        raise CacheError(f"The frame database can't be opened: {error}.") from error
    before, until = database.used, time.monotonic() + _PATIENCE_SECONDS
    try:
        while not database.clear():
            if time.monotonic() > until:
                raise CacheError(next(iter(notes), "The frame database was closed."))
            time.sleep(_AGAIN_SECONDS)
        return max(0, before - database.used)
    finally:
        database.close()


if __name__ == "__main__":
    try:
        print(empty(sys.argv[1] if sys.argv[1:] else None))
    except CacheError as error:
        sys.exit(str(error))
