"""What the cacher's tests share: frames of the drawn characters, both stores, a database with every call counted."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ezvtb.backends.base import Array
from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes
from ezvtb.cacher.ram import RamStore
from ezvtb.cacher.store import Store

GOLDEN_FRAMES = Path(__file__).parents[1] / "goldens" / "frames"


def bgra(path: Path) -> Array:
    with Image.open(path) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]])


@pytest.fixture(scope="session")
def drawn_frames() -> list[Array]:
    """The poser's frames of the drawn characters: 45 of 512x512 BGRA."""
    return [bgra(path) for path in sorted(GOLDEN_FRAMES.glob("*.webp"))]


@pytest.fixture
def frame(drawn_frames: list[Array]) -> Array:
    return drawn_frames[0].copy()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "frames.db"


OpenStore = Callable[[int], Store]


@pytest.fixture(params=["RAM", "database"])
def open_store(request: pytest.FixtureRequest, path: Path, notes: Notes) -> Iterator[OpenStore]:
    """Opens a store of so many bytes; the suite that asks for it runs for RAM and database alike."""
    opened: list[Store] = []

    def open_one(capacity: int) -> Store:
        store = RamStore(capacity) if request.param == "RAM" else Database(path, capacity, notes.add)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()
    assert list(notes) == []


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


class Fault:
    """Connections on which the n-th call from `arm` on fails, and with `persistent` every one after it."""

    def __init__(self) -> None:
        self.left, self.persistent, self.failures = -1, False, 0
        self.error: Callable[[], Exception] = lambda: sqlite3.OperationalError("disk I/O error")

    def arm(self, at: int, persistent: bool = False, error: str = "disk I/O error") -> None:
        self.left, self.persistent, self.failures = at, persistent, 0
        self.error = lambda: sqlite3.OperationalError(error)

    def disarm(self) -> None:
        self.left, self.persistent = -1, False

    def call(self) -> None:
        if self.left < 0:
            return
        if self.left == 0 or (self.persistent and self.failures):
            self.failures += 1
            if not self.persistent:
                self.left = -1
            raise self.error()
        self.left -= 1

    def connect(self, *arguments: Any, **options: Any) -> "_Connection":
        self.call()
        return _Connection(sqlite3.connect(*arguments, **options), self)


class _Connection:
    def __init__(self, real: sqlite3.Connection, fault: Fault) -> None:
        self.real, self._fault = real, fault
        real.execute("PRAGMA synchronous = OFF")  # hundreds of databases: nobody pulls the plug

    @property
    def in_transaction(self) -> bool:
        return self.real.in_transaction

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        self._fault.call()
        return self.real.execute(statement.replace("synchronous = NORMAL", "synchronous = OFF"), *arguments)

    def executescript(self, script: str) -> sqlite3.Cursor:
        self._fault.call()
        return self.real.executescript(script)

    def close(self) -> None:
        self.real.close()
        self._fault.call()


@pytest.fixture
def fault() -> Fault:
    return Fault()
