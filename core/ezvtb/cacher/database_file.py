"""The database's file: whose it is, opening it, setting it aside.

Frames are kept in a rollback-free, write-ahead logged SQLite file (WAL), synced at checkpoints only: a killed process
loses nothing that was committed; a power cut may lose the last frames but leaves the file whole; readers never wait
for a writer. The file isn't mapped into memory (`mmap_size`): a mapped file that another program truncates is a bus
error, not an exception.
"""

import contextlib
import enum
import glob
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ezvtb.errors import CacheError

APPLICATION_ID = 0x455A5642
"""In the file's header: "EZVB". A file that doesn't bear it belongs to another program."""
LAYOUT = 1
"""`user_version`: counts the layouts of the tables below, and of the frames in them (`codec`)."""
PAGE = 4096
"""Bytes. A frame takes about ten pages; larger ones would leave more of the last one empty."""
WAIT_SECONDS = 0.05
"""How long a read or a write may wait for another process: a frame is due every 50 ms."""
REMEDY = "Choose another file, or delete this one."

_OPENING_SECONDS = 2.0
"""How long opening may wait: at the start, when several processes make the same file at once."""
_LOG_BYTES = 4 << 20
_MAGIC = b"SQLite format 3\0"
_ID_AT = 68  # https://www.sqlite.org/fileformat2.html#the_database_header
_SCHEMA = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {LAYOUT}",
    # `used` orders the frames: the most recently used has the highest. The data comes last, so that the columns before
    # it are read without it.
    "CREATE TABLE IF NOT EXISTS frames (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " used INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS frames_used ON frames (used)",
)

Connect = Callable[..., sqlite3.Connection]


class Trouble(enum.Enum):
    """What an SQLite error means for us."""

    LOCKED = "locked by another program"
    FULL = "not written to: the disk is full"
    READ_ONLY = "read-only"
    DAMAGED = "damaged"
    OTHER = "out of reach"


_TEXTS = {
    Trouble.LOCKED: ("is locked", "locking protocol"),
    Trouble.FULL: ("is full",),
    Trouble.READ_ONLY: ("readonly", "unable to open"),
    Trouble.DAMAGED: (
        *("malformed", "not a database", "no such", "unsupported file format", "too big"),
        *("has no column", "could not decode", "datatype mismatch"),
    ),
}


def trouble(error: Exception) -> Trouble:
    """What an error means, by SQLite's own words: Python 3.10 doesn't tell the code."""
    text = str(error).lower()
    return next((kind for kind, texts in _TEXTS.items() if any(each in text for each in texts)), Trouble.OTHER)


@dataclass(frozen=True)
class Opened:
    """An open file: one connection that reads and one that writes, each to be used by one thread at a time."""

    path: Path
    reader: sqlite3.Connection
    writer: sqlite3.Connection | None
    """None where the file can only be read."""
    identity: tuple[int, int]
    """Device and inode: tells whether the path still leads to this file."""

    def close(self) -> None:
        """Ends both connections; what can't be ended any more is let go."""
        for connection in (self.reader, self.writer):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):  # a broken file: that was said when it was met
                    connection.close()


def open_file(path: Path, connect: Connect) -> Opened:
    """The database at `path`; begun anew where there is none.

    Raises:
        CacheError: another program's file, out of reach, or locked for seconds.
        sqlite3.Error: ours, but damaged or of another layout: `trouble` says DAMAGED.
    """
    deadline = time.monotonic() + _OPENING_SECONDS
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not is_ours(path):
                raise CacheError(f"{path} is another program's file; it is left as it is.", REMEDY)
            return _open(path, connect)
        except OSError as error:
            raise CacheError(f"The frame database {path} can't be used: {error.strerror or error}.") from error
        except (sqlite3.Error, MemoryError) as error:
            kind = trouble(error)
            if kind is Trouble.DAMAGED:
                raise
            if kind is not Trouble.LOCKED or time.monotonic() > deadline:
                raise CacheError(f"The frame database {path} is {kind.value}: {error}.") from error
            time.sleep(WAIT_SECONDS)


def is_ours(path: Path) -> bool:
    """Whether the file bears our mark, or is empty or not there yet. OSError if it can't be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_ID_AT + 4)
    except FileNotFoundError:
        return True
    return not head or (head.startswith(_MAGIC) and head[_ID_AT:] == APPLICATION_ID.to_bytes(4, "big"))


def set_aside(path: Path) -> Path:
    """Renames the file and its log; the new name, which bears the date. One set aside before is deleted. OSError."""
    for old in path.parent.glob(f"{glob.escape(path.name)}.aside-*"):
        old.unlink(missing_ok=True)
    aside = path.with_name(f"{path.name}.aside-{time.strftime('%Y-%m-%d-%H%M%S')}")
    path.rename(aside)
    # The log after the file: a log beside no file or an empty one is deleted by SQLite, one beside a new file is read.
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def file_identity(path: Path) -> tuple[int, int]:
    """Device and inode of what the path leads to; (0, 0) if nothing."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_dev, status.st_ino


def _open(path: Path, connect: Connect) -> Opened:
    try:
        writer = _connected(connect, str(path), _prepare)
    except sqlite3.OperationalError as error:
        if trouble(error) is not Trouble.READ_ONLY or not path.exists():
            raise
        return Opened(path, _read_only(connect, path), None, file_identity(path))
    try:
        reader = _connected(connect, str(path), _look)
    except BaseException:
        writer.close()
        raise
    return Opened(path, reader, writer, file_identity(path))


def _connected(
    connect: Connect, name: str, begin: Callable[[sqlite3.Connection], None], **options: Any
) -> sqlite3.Connection:
    connection = connect(name, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False, **options)
    try:
        begin(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(writer: sqlite3.Connection) -> None:
    """Makes the tables if there are none, and the settings of one that writes."""
    writer.execute(f"PRAGMA page_size = {PAGE}")
    if writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        writer.execute("BEGIN IMMEDIATE")  # a file that can't be written is found out here
    else:
        # One transaction, so that a killed process leaves an empty file or one that bears our mark. Not an immediate
        # one: that would write a header before `auto_vacuum` is set.
        writer.execute("BEGIN")
        for statement in _SCHEMA:
            writer.execute(statement)
    writer.execute("COMMIT")
    (mode,) = writer.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError(f"its drive has no shared memory (journal mode {mode})")
    writer.execute("PRAGMA synchronous = NORMAL")
    writer.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


def _look(reader: sqlite3.Connection) -> None:
    """sqlite3.Error if the tables are not what this program keeps."""
    (layout,) = reader.execute("PRAGMA user_version").fetchone()
    if layout != LAYOUT:
        raise sqlite3.DatabaseError(f"unsupported file format: layout {layout}")
    reader.execute("SELECT id, key, used, data FROM frames LIMIT 1").fetchone()
    reader.execute("SELECT count(*), max(used) FROM frames").fetchone()


def _read_only(connect: Connect, path: Path) -> sqlite3.Connection:
    """A connection to a file that can't be written, or whose folder can't."""
    uri = path.absolute().as_uri()
    try:
        return _connected(connect, f"{uri}?mode=ro", _look, uri=True)
    except sqlite3.OperationalError as error:
        log = path.with_name(path.name + "-wal")
        if trouble(error) is not Trouble.READ_ONLY or (log.exists() and log.stat().st_size):
            raise
    # No log and no way to make one: nobody writes, so it may be read without one.
    return _connected(connect, f"{uri}?mode=ro&immutable=1", _look, uri=True)
