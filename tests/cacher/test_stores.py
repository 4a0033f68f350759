"""One suite for both stores: whatever one promises, the other does."""

import random
import threading
from pathlib import Path

import pytest

from cacher.conftest import OpenStore, key
from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes

MB = 1 << 20


def test_what_was_put_comes_back_and_nothing_else(open_store: OpenStore) -> None:
    store = open_store(MB)
    assert store.put(key(1), b"one")
    assert store.put(key(2), b"")
    assert (store.get(key(1)), store.get(key(2)), store.get(key(3))) == (b"one", b"", None)


def test_putting_again_replaces(open_store: OpenStore) -> None:
    store = open_store(MB)
    store.put(key(1), b"x" * 50_000)
    store.put(key(1), b"new")
    assert store.get(key(1)) == b"new"
    assert store.all_keys() == [key(1)]


def test_removing_forgets_one_and_clearing_all(open_store: OpenStore) -> None:
    store = open_store(MB)
    for number in range(5):
        store.put(key(number), b"x" * 10_000)
    store.remove(key(3))
    store.remove(key(77))
    assert sorted(store.all_keys()) == [key(0), key(1), key(2), key(4)]
    store.clear()
    assert store.all_keys() == []
    assert store.get(key(1)) is None
    assert store.put(key(1), b"again")


def test_the_least_recently_used_goes_first(open_store: OpenStore) -> None:
    store = open_store(MB)
    number = 0
    while store.get(key(0)) is not None or number == 0:  # key 0 is used all the time, so the bound takes others
        store.put(key(number), b"x" * 40_000)
        number += 1
        if number > 100:
            break
    assert store.get(key(0)) is not None
    kept = [each for each in range(number) if key(each) in store.all_keys()]
    assert kept == [0, *range(number - len(kept) + 1, number)]
    assert 20 <= len(kept) <= 26


def test_putting_again_counts_as_use(open_store: OpenStore) -> None:
    store = open_store(MB)
    for number in range(100):
        store.put(key(number), b"x" * 40_000)
        store.put(key(0), b"y" * 40_000)
    assert store.get(key(0)) == b"y" * 40_000


def test_the_bound_is_never_exceeded_by_more_than_one_entry(open_store: OpenStore, path: Path) -> None:
    store = open_store(MB)
    numbers = random.Random(5)
    largest = 0
    for step in range(300):
        data = numbers.randbytes(numbers.randrange(1, 120_000))
        largest = max(largest, len(data))
        assert store.put(key(numbers.randrange(60)), data)
        if step % 7 == 0:
            store.remove(key(numbers.randrange(60)))
        assert store.used <= MB + largest
        if path.exists():
            assert path.stat().st_size <= MB + largest
    kept = sum(len(store.get(each) or b"") for each in store.all_keys())
    assert MB / 2 < kept <= MB + largest


def test_what_is_larger_than_the_whole_store_is_refused_and_costs_nothing(open_store: OpenStore) -> None:
    store = open_store(MB)
    store.put(key(1), b"small")
    assert not store.put(key(2), b"x" * (MB + 1))
    assert store.get(key(1)) == b"small"


def test_figures_are_those_of_what_is_kept(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ezvtb.cacher.database._COUNT_SECONDS", 0)
    store = open_store(MB)
    for number in range(5):
        store.put(key(number), b"x" * 30_000)
    assert store.entries == 5
    assert 150_000 <= store.used <= 250_000


def test_threads_may_do_anything_at_once(open_store: OpenStore) -> None:
    store = open_store(MB)
    errors: list[str] = []

    def work(seed: int) -> None:
        numbers = random.Random(seed)
        for _ in range(100):
            number = numbers.randrange(30)
            if numbers.random() < 0.5:
                store.put(key(number), bytes([number]) * numbers.randrange(1, 60_000))
            elif numbers.random() < 0.9:
                data = store.get(key(number))
                if data and data.strip(bytes([number])):
                    errors.append(f"{number} has another's bytes")
            else:
                store.remove(key(number))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.check() == []


def test_a_closed_store_misses_and_refuses(open_store: OpenStore) -> None:
    store = open_store(MB)
    store.put(key(1), b"one")
    store.close()
    assert store.get(key(1)) is None
    assert not store.put(key(1), b"one")
    store.remove(key(1))
    store.clear()
    store.tidy()
    store.close()


def test_a_database_outlives_its_process_with_its_order(path: Path, notes: Notes) -> None:
    store = Database(path, MB, notes.add)
    for number in range(20):
        store.put(key(number), b"x" * 40_000)
    assert store.get(key(0))  # used last, and that is only written on closing
    store.close()
    assert {each.name for each in path.parent.iterdir()} == {path.name}
    store = Database(path, MB, notes.add)
    assert (store.entries, store.get(key(19))) == (20, b"x" * 40_000)
    for number in range(20, 40):
        store.put(key(number), b"x" * 40_000)
    assert store.get(key(0))
    assert store.get(key(1)) is None
    store.close()
    assert list(notes) == []


def test_two_databases_on_one_file_see_each_other_s_frames(path: Path, notes: Notes) -> None:
    first, second = Database(path, MB, notes.add), Database(path, MB, notes.add)
    first.put(key(1), b"first")
    second.put(key(2), b"second")
    assert (first.get(key(2)), second.get(key(1))) == (b"second", b"first")
    second.close()
    first.put(key(3), b"third")
    assert first.check() == []
    first.close()


def test_a_database_whose_bound_has_shrunk_shrinks(path: Path, notes: Notes) -> None:
    store = Database(path, 8 * MB, notes.add)
    for number in range(150):
        store.put(key(number), b"x" * 50_000)
    store.close()
    assert path.stat().st_size > 7 * MB
    store = Database(path, MB, notes.add)
    store.tidy()
    store.tidy()
    assert store.used <= MB
    assert store.get(key(149))
    store.close()
    assert path.stat().st_size <= MB + 50_000


def test_clearing_gives_the_disk_back(path: Path, notes: Notes) -> None:
    store = Database(path, 8 * MB, notes.add)
    for number in range(50):
        store.put(key(number), b"x" * 50_000)
    store.clear()
    store.close()
    assert path.stat().st_size < 65_536
