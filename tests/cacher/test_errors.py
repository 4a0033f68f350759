"""An error at the n-th call of SQLite, for every n: nothing is raised, it is said, and the store goes on."""

from pathlib import Path

import pytest

from cacher.conftest import Fault, key
from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes
from ezvtb.errors import CacheError

MB = 1 << 20
ENTRY = b"x" * 50_000


def exercise(path: Path, notes: Notes, fault: Fault) -> None:
    """Everything that a store can do; only opening may be refused. What fails is said."""
    try:
        store = Database(path, MB, notes.add, fault.connect)
    except CacheError as error:
        assert error.message
        return
    for number in range(4):
        store.put(key(number), ENTRY)
        data = store.get(key(number))
        assert data in (None, ENTRY)
    store.tidy()
    store.remove(key(1))
    store.clear()
    store.put(key(5), ENTRY)
    assert isinstance(store.check(), list)
    assert isinstance(store.all_keys(), list)
    store._no_reads.end()
    store._no_writes.end()
    fault.disarm()
    if "is read-only: no new" not in " ".join(notes):  # that holds until the next start
        assert store.put(key(6), ENTRY)
        assert store.get(key(6)) == ENTRY
    assert store.check() == []
    assert bool(list(notes)) == bool(fault.failures)
    store.close()


@pytest.mark.parametrize("persistent", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize(
    "error",
    [
        "disk I/O error",
        "database is locked",
        "database or disk is full",
        "database disk image is malformed",
        "attempt to write a readonly database",
    ],
)
def test_an_error_at_any_call_is_said_and_overcome(
    tmp_path: Path, fault: Fault, error: str, persistent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ezvtb.cacher.database_file._OPENING_SECONDS", 0)
    failed = -1
    while fault.failures or failed < 0:
        failed += 1
        path, notes = tmp_path / f"{failed}.db", Notes()
        fault.arm(failed, persistent, error)
        exercise(path, notes, fault)
        fault.disarm()
        store = Database(path, MB, notes.add, fault.connect)
        assert store.put(key(9), b"new")
        assert store.get(key(9)) == b"new"
        assert store.check() == []
        store.close()
    assert failed > 60
