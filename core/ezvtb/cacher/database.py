"""Encoded frames in one SQLite file, shared by processes, surviving them.

The bound holds for the pages in use, counted by SQLite itself, so that indexes and half-empty pages are part of it.
Pages that become free are used again, so the file is never larger than the bound and one frame; when it is (the bound
was larger once), it shrinks a little with each write. Beside it lies a log (`-wal`) of a few MB.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ezvtb.cacher.database_file import PAGE, Connect, Opened, Trouble, file_identity, open_file, set_aside, trouble
from ezvtb.cacher.notes import Pause
from ezvtb.cacher.store import Store
from ezvtb.errors import CacheError

_STAMPS = 1024
"""How many uses are remembered until they are written; of more, the oldest are forgotten."""
_MOST_EVICTIONS = 256
"""Frames deleted in one transaction, so that none is long."""
_MOST_CLEARED, _GAP_SECONDS = 32, 0.002
"""Frames deleted in one transaction where all are to go, and the time for other processes' frames between two."""
_MOST_FREED = 2048
"""Pages given back to the disk at a time: 8 MB."""
_COUNT_SECONDS = 1.0
"""How old the count of entries may be: it takes a look at the whole index."""

_NOW = "(SELECT coalesce(max(used), 0) + 1 FROM frames)"
"""The next use. A count, because clocks jump."""
_EMPTY_PAGES = 6
"""Pages of a file without frames: header, map of pages, the roots of the table and its indexes."""

Work = Callable[[sqlite3.Connection], bool]


class Database(Store):
    """Frames in the file at `path`; `capacity` in bytes. CacheError if it is another program's or out of reach.

    `get` may be called by a thread that can't wait: it waits at most once, for 50 ms, and misses from then on for a
    while. All else belongs on a thread that can. What goes wrong is said through `note` and never raised.

    That a frame was used is remembered and written with the next frames, so that a hit is one read.
    """

    name = "database"

    def __init__(
        self, path: Path, capacity: int, note: Callable[[str], None], connect: Connect = sqlite3.connect
    ) -> None:
        self._path, self._note, self._connect = path, note, connect
        self._most_pages = max(capacity // PAGE, 1)
        self._reading, self._writing = threading.Lock(), threading.Lock()
        self._no_reads, self._no_writes = Pause(), Pause()
        self._stamps: deque[bytes] = deque(maxlen=_STAMPS)
        self._closed = False
        self._damaged = ""  # what was found
        self._used = self._entries = 0
        self._counted = -_COUNT_SECONDS
        self._opened: Opened | None = self._open()
        try:
            self._measure(self._opened.reader)
        except (sqlite3.Error, MemoryError) as error:
            self._failed(error, "read", self._no_reads)
        if self._opened.writer is None:
            note(f"The frame database {path} is read-only: no new frames are kept.")

    def get(self, key: bytes) -> bytes | None:
        """See `Store`."""
        if self._no_reads or not self._reading.acquire(timeout=0.05):
            return None
        try:
            if self._opened is None or self._damaged:
                return None
            row = self._opened.reader.execute("SELECT data FROM frames WHERE key = ?", (key,)).fetchone()
        except (sqlite3.Error, MemoryError) as error:
            self._failed(error, "read", self._no_reads)
            return None
        finally:
            self._reading.release()
        self._no_reads.end()
        if row is None or not isinstance(row[0], bytes):
            return None
        self._stamps.append(key)
        return row[0]

    def put(self, key: bytes, data: bytes) -> bool:
        """See `Store`. What is larger than the whole store is refused."""
        pages = len(data) // (PAGE - 4) + 3  # its overflow pages, and what its row and its index entries may add
        kept = False

        def insert(writer: sqlite3.Connection) -> bool:
            nonlocal kept
            if _EMPTY_PAGES + pages > self._most_pages:
                return True
            if not self._make_room(writer, pages):
                return False
            statement = f"INSERT OR REPLACE INTO frames (key, used, data) VALUES (?, {_NOW}, ?)"
            writer.execute(statement, (key, data))
            kept = True
            return True

        done = self._write(insert)
        return done and kept

    def remove(self, key: bytes) -> None:
        """See `Store`."""
        self._write(lambda writer: writer.execute("DELETE FROM frames WHERE key = ?", (key,)).rowcount >= 0)

    def clear(self) -> bool:
        """See `Store`."""
        self._stamps.clear()

        def delete(writer: sqlite3.Connection) -> bool:
            some = f"DELETE FROM frames WHERE id IN (SELECT id FROM frames LIMIT {_MOST_CLEARED})"
            return writer.execute(some).rowcount < _MOST_CLEARED

        return self._write(delete, gap=_GAP_SECONDS) and self._write(lambda _: True, shrink=True)

    def tidy(self) -> None:
        """See `Store`: writes down what was used, and makes room if the bound was larger once."""
        self._write(lambda writer: self._make_room(writer, 0))

    def all_keys(self) -> list[bytes]:
        """See `Store`."""
        return [key for (key,) in self._look("SELECT key FROM frames")]

    def check(self) -> list[str]:
        """See `Store`: SQLite's own check of every page."""
        problems = [str(text) for (text,) in self._look("PRAGMA integrity_check")]
        return [] if problems == ["ok"] else problems or [f"The frame database {self._path} can't be read."]

    def close(self) -> None:
        """See `Store`. Uses not yet written down are."""
        if not self._closed and self._stamps:
            self.tidy()
        with self._writing, self._reading:
            self._closed = True
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @property
    def used(self) -> int:
        """See `Store`."""
        return self._used

    @property
    def entries(self) -> int:
        """See `Store`."""
        return self._entries

    def _look(self, statement: str) -> list[tuple[bytes]]:
        """All rows, through the connection that writes where there is one, so that `get` needn't wait meanwhile."""
        with self._writing:
            if self._opened is None:
                return []
            try:
                rows: list[tuple[bytes]] = (self._opened.writer or self._opened.reader).execute(statement).fetchall()
            except (sqlite3.Error, MemoryError) as error:
                self._failed(error, "listed", self._no_writes)
                return []
            return rows

    def _write(self, work: Work, shrink: bool = False, gap: float = 0.0) -> bool:
        """Does `work` in transactions, `gap` seconds apart, until it says that it is done; whether it did.

        Afterwards free pages are given back to the disk: all with `shrink`, else some of those beyond the bound.
        """
        with self._writing:
            while not self._no_writes and not self._closed:
                opened = self._opened if self._opened is not None and not self._damaged else self._reopened()
                if opened is None or opened.writer is None:
                    return False
                try:
                    done = self._transaction(opened.writer, work)
                    if shrink:
                        opened.writer.execute("VACUUM")  # of what little is left
                        opened.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    else:
                        _give_back(opened.writer, self._most_pages)
                except (sqlite3.Error, MemoryError) as error:
                    self._failed(error, "kept", self._no_writes)
                    self._roll_back(opened.writer)
                    return False
                self._no_writes.end()
                if done:
                    return True
                time.sleep(gap)
        return False

    def _transaction(self, writer: sqlite3.Connection, work: Work) -> bool:
        writer.execute("BEGIN IMMEDIATE")
        self._write_stamps(writer)
        done = work(writer)
        self._measure(writer)
        writer.execute("COMMIT")
        return done

    def _measure(self, connection: sqlite3.Connection) -> None:
        self._used = _pages(connection)[0] * PAGE
        if time.monotonic() - self._counted >= _COUNT_SECONDS:
            (self._entries,) = connection.execute("SELECT count(*) FROM frames").fetchone()
            self._counted = time.monotonic()

    def _write_stamps(self, writer: sqlite3.Connection) -> None:
        while self._stamps:
            writer.execute(f"UPDATE frames SET used = {_NOW} WHERE key = ?", (self._stamps.popleft(),))

    def _make_room(self, writer: sqlite3.Connection, pages: int) -> bool:
        """Deletes what was used least recently until so many pages are free; False if there is more to delete."""
        for _ in range(_MOST_EVICTIONS):
            if _pages(writer)[0] + pages <= self._most_pages:
                return True
            oldest = "DELETE FROM frames WHERE id = (SELECT id FROM frames ORDER BY used LIMIT 1)"
            if not writer.execute(oldest).rowcount:
                return True
        return False

    def _roll_back(self, writer: sqlite3.Connection) -> None:
        """Leaves the transaction; if even that fails, the file is let go, and opened anew for the next write."""
        try:
            if writer.in_transaction:
                writer.execute("ROLLBACK")
        except sqlite3.Error as error:
            self._note(f"The frame database {self._path} is opened anew: {error}.")
            self._let_go()

    def _failed(self, error: Exception, what: str, pause: Pause) -> None:
        kind = trouble(error)
        if kind is Trouble.DAMAGED:
            self._damaged = str(error)  # the thread that writes sets it aside
            return
        pause.begin()
        self._note(f"The frame database {self._path} is {kind.value} ({error}): no frames are {what} for now.")

    def _reopened(self) -> Opened | None:
        """The file opened anew, after damage a new file. None, said and with a pause, if that fails."""
        try:
            if self._damaged:
                before = self._let_go()
                if before and file_identity(self._path) == before.identity:  # else another process was here first
                    self._set_aside(self._damaged)
                self._damaged = ""
            if self._opened is None:
                self._opened = self._open()
        except (CacheError, OSError) as error:
            self._no_writes.begin()
            self._note(str(error))
        return self._opened

    def _let_go(self) -> Opened | None:
        with self._reading:
            before, self._opened = self._opened, None
        if before is not None:
            before.close()
        return before

    def _open(self) -> Opened:
        try:
            return open_file(self._path, self._connect)
        except (sqlite3.Error, MemoryError) as error:
            found = str(error)
        try:
            self._set_aside(found)
            return open_file(self._path, self._connect)
        except (sqlite3.Error, MemoryError, OSError) as error:
            raise CacheError(f"The frame database {self._path} is damaged and can't be replaced: {error}.") from error

    def _set_aside(self, found: str) -> None:
        aside = set_aside(self._path)
        self._note(f"The frame database could not be read ({found}): it is now {aside}, and a new one is begun.")


def _pages(connection: sqlite3.Connection) -> tuple[int, int]:
    """Pages in use, and free ones."""
    (whole,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return whole - free, free


def _give_back(writer: sqlite3.Connection, beyond: int) -> None:
    """Returns free pages to the disk, 8 MB at most, where the file has more than `beyond` pages."""
    used, free = _pages(writer)
    pages = min(used + free - beyond, free, _MOST_FREED)
    if pages > 0:
        # A script, because `execute` takes one step of this statement, and each step is one page.
        writer.executescript(f"PRAGMA incremental_vacuum({pages})")
