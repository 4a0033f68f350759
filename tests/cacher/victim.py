"""`python victim.py WHAT FILE`: a database under a fault that a test can't do to itself. Prints what it saw."""

import os
import signal
import sqlite3
import sys
import urllib.parse  # noqa: F401 (pathlib imports it late, when `read_only` may no longer read it)
from pathlib import Path

from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes
from ezvtb.errors import CacheError

MB = 1 << 20
NOBODY = 65534


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def read_only(path: Path) -> None:
    """Without the right to write: what is kept is read, what is new is refused."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    report(path, 4 * MB, puts=2)


def file_limit(path: Path) -> None:
    """No file may be larger than 400 kB, as on a full disk."""
    import resource  # POSIX only

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    report(path, 4 * MB, puts=30)


def full_disk(path: Path) -> None:
    """On a disk of 2 MB that the bound would exceed."""
    report(path, 16 * MB, puts=60)


def report(path: Path, capacity: int, puts: int) -> None:
    notes = Notes()
    try:
        store = Database(path, capacity, notes.add)
    except CacheError as error:
        print("refused", error)
        return
    print("kept before", store.get(key(0)) == b"kept before")
    done = [store.put(key(number), os.urandom(50_000)) for number in range(1, puts)]
    print("writes", sum(done), "of", len(done))
    print("all read", all(store.get(key(number)) is not None for number in range(1, puts) if done[number - 1]))
    print("check", store.check())
    store.close()
    print("notes", *notes)


def hold(path: Path) -> None:
    """Keeps the file locked for writing until its standard input ends."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    print("locked", flush=True)
    sys.stdin.read()


def hold_alone(path: Path) -> None:
    """Keeps the file to itself until its standard input ends."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    print("locked", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    what = {each.__name__: each for each in (read_only, file_limit, full_disk, hold, hold_alone)}[sys.argv[1]]
    what(Path(sys.argv[2]))
