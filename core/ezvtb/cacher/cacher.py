"""The cacher: finished frames by key, encoded and kept by a thread of its own."""

import os
import queue
import threading
import time
from pathlib import Path

import numpy as np

from ezvtb.backends.base import Array
from ezvtb.cacher import codec
from ezvtb.cacher.database import Database
from ezvtb.cacher.database_file import is_ours, set_aside
from ezvtb.cacher.notes import Notes
from ezvtb.cacher.ram import RamStore
from ezvtb.cacher.store import Store
from ezvtb.errors import CacheError
from ezvtb.options import Options
from ezvtb.paths import cache_folder
from ezvtb.report import Component

_BUFFERS = 4
"""Frames that may wait to be encoded. At 20 poses a second that is 200 ms, a hundred times what one takes."""
_LARGEST = 1024 * 1024 * 4
"""Bytes of the largest frame. Memory that no frame was ever written to is not occupied."""
_TIDY_SECONDS = 2.0

_Job = tuple[bytes, "Array | None", "Array | None"]


class Cacher:
    """Frames, (H, W, 4) uint8 BGRA up to 1024x1024, by key (`ezvtb.cacher.key`). `quality` is `cacher_quality`, 0..100.

    `get` and `put` are for the thread that makes frames: neither waits for the disk nor raises what goes
    wrong there: `notes` says it, newest first.
    """

    def __init__(self, store: Store, quality: int, notes: Notes | None = None) -> None:
        self.store, self.quality = store, quality
        self._notes = notes or Notes()
        self._hits = self._misses = self._writes = self._dropped = 0
        self._free: queue.SimpleQueue[Array] = queue.SimpleQueue()
        for _ in range(_BUFFERS):
            self._free.put(np.empty(_LARGEST, np.uint8))
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._unfinished = 0
        self._thread = threading.Thread(target=self._work, name="cacher", daemon=True)
        self._thread.start()

    def get(self, key: bytes, out: Array) -> bool:
        """Whether the frame was kept; if so, it is in `out` now, which is C-contiguous and has its size.

        A damaged entry is forgotten and counts as a miss; `out` may hold anything then.
        """
        data = self.store.get(key)
        if data is not None:
            try:
                codec.decode(data, out)
            except CacheError as error:
                self._notes.add(error.message)
                self._jobs.put((key, None, None))
            else:
                self._hits += 1
                return True
        self._misses += 1
        return False

    def put(self, key: bytes, frame: Array) -> None:
        """Keeps a copy of the frame, soon; drops it where too many are waiting already."""
        if frame.nbytes > _LARGEST or frame.shape[0] % 8 or frame.shape[1] % 8:
            raise ValueError(f"frame is {frame.shape}, but must be up to 1024x1024 and of whole blocks of 8x8.")
        try:
            buffer = self._free.get_nowait()
        except queue.Empty:
            self._count(dropped=1)
            return
        copy = buffer[: frame.nbytes].reshape(frame.shape)
        np.copyto(copy, frame)
        self._count(unfinished=1)
        self._jobs.put((key, buffer, copy))

    @property
    def statistics(self) -> dict[str, float]:
        """Since the start: `hits`, `misses`, `writes`, `dropped`; now: `entries`, `bytes`."""
        return {
            "hits": self._hits,
            "misses": self._misses,
            "writes": self._writes,
            "dropped": self._dropped,
            "entries": self.store.entries,
            "bytes": self.store.used,
        }

    @property
    def notes(self) -> list[str]:
        """What went wrong lately, a sentence each, newest first."""
        return list(self._notes)

    def flush(self, seconds: float) -> bool:
        """Waits until all that was put is kept or dropped; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unfinished, seconds)

    def clear(self) -> int:
        """Forgets all frames, those that are waiting too; how many bytes they took."""
        self.flush(1.0)
        before = self.store.used
        self.store.clear()
        return before - self.store.used

    def check(self) -> list[str]:
        """What is wrong with what is kept, a sentence each. Reads and decodes everything."""
        problems = self.store.check()
        for key in self.store.all_keys():
            data = self.store.get(key)
            try:
                if data is not None:
                    codec.decode(data, np.empty((*codec.size(data), 4), np.uint8))
            except CacheError as error:
                problems.append(f"{key.hex()}: {error.message}")
        return problems

    def close(self) -> None:
        """Keeps what is waiting, for a second at most, and ends."""
        self._jobs.put(None)
        self._thread.join(1.0)
        self.store.close()

    def _work(self) -> None:
        tidied = time.monotonic()
        while True:
            try:
                job = self._jobs.get(timeout=_TIDY_SECONDS)
                if job is None:
                    return
                self._do(*job)
            except queue.Empty:
                pass
            if time.monotonic() - tidied > _TIDY_SECONDS:
                self.store.tidy()
                tidied = time.monotonic()

    def _do(self, key: bytes, buffer: Array | None, frame: Array | None) -> None:
        if buffer is None or frame is None:
            self.store.remove(key)
            return
        try:
            kept = self.store.put(key, codec.encode(frame, self.quality))
        except Exception as error:  # noqa: BLE001 (said; the thread has to go on)
            self._notes.add(f"A frame could not be cached: {error}.")
            kept = False
        self._free.put(buffer)
        self._count(unfinished=-1, writes=int(kept), dropped=int(not kept))

    def _count(self, unfinished: int = 0, writes: int = 0, dropped: int = 0) -> None:
        with self._changed:
            self._unfinished += unfinished
            self._writes += writes
            self._dropped += dropped
            self._changed.notify_all()


def open_cacher(options: Options) -> tuple[Cacher | None, Component]:
    """The cacher that the options ask for, and its line of the report. A database that can't be used becomes RAM."""
    if not options.use_cacher:
        return None, Component("cacher", "off")
    notes, why = Notes(), ""
    capacity = int(options.cacher_ram_size * 2**30)
    store: Store | None = None
    if options.cacher_on_database:
        try:
            store = open_database(options.cacher_db_path, capacity, notes)
        except (CacheError, OSError) as error:
            why = f"{error} Frames are kept in RAM."
            notes.add(why)
    store = store or RamStore(capacity)
    precision = "lossless" if options.cacher_quality == codec.LOSSLESS else f"quality {options.cacher_quality}"
    return Cacher(store, options.cacher_quality, notes), Component("cacher", store.name, "", precision, why)


def open_database(path: "str | os.PathLike[str] | None", capacity: int, notes: Notes) -> Database:
    """The database at `path`, or the one in the user's cache folder. CacheError or OSError if it can't be used."""
    own = cache_folder() / "frames.db"
    if path is None and not is_ours(own):  # it lies in our own folder: nobody else's, but damaged at its beginning
        notes.add(f"The frame database could not be read: it is now {set_aside(own)}, and a new one is begun.")
    return Database(own if path is None else Path(path), capacity, notes.add)
