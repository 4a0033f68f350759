"""`python stress.py kills|crowd FILE COUNT SEED`: processes that are killed while they write, or that crowd a database.

Prints what is wrong, one sentence a line; nothing if nothing is. A program of its own, because it forks.
"""

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from ezvtb.cacher import codec
from ezvtb.cacher.cacher import Cacher
from ezvtb.cacher.database import Database
from ezvtb.cacher.notes import Notes

CAPACITY = 1 << 20
KEYS = 100
PROCESSES = THREADS = 4
LONGEST_LIFE = 0.06
"""Seconds until a process is killed: opening takes 5 ms, a write 0.3 ms. On a busy computer it takes longer; so after
`count` kills without any frame others follow, each a little later."""


def data_of(number: int, length: int) -> bytes:
    return bytes([number]) * length


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def kills(path: Path, count: int, numbers: random.Random) -> list[str]:
    """After each kill: the file opens without a complaint, passes SQLite's check, and every frame in it decodes."""
    frames = [np.full((64 * side, 64 * side, 4), 40 * side, np.uint8) for side in range(1, 6)]
    encoded = [codec.encode(frame, quality) for frame in frames for quality in (85, 100)]
    found = []
    kept = 0
    for kill in range(20 * count):
        if kill >= count and kept:
            break
        if kill % 10 == 9:
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
        child = os.fork()
        if child == 0:
            write_until_killed(path, encoded, random.Random(kill))
        time.sleep(numbers.uniform(0, LONGEST_LIFE * (1 + kill // count)))
        os.kill(child, signal.SIGKILL)
        if os.waitpid(child, 0)[1] != signal.SIGKILL:
            found.append(f"Process {kill} ended by itself.")
        notes = Notes()
        cacher = Cacher(Database(path, CAPACITY, notes.add), 85, notes)
        found += [f"After kill {kill}: {each}" for each in (*cacher.check(), *cacher.notes)]
        if path.stat().st_size > CAPACITY + max(map(len, encoded)):
            found.append(f"After kill {kill} the file has {path.stat().st_size} bytes.")
        kept += len(cacher.store.all_keys())
        cacher.close()
    if not kept:
        found.append("No process wrote anything.")
    return found


def write_until_killed(path: Path, encoded: list[bytes], numbers: random.Random) -> None:
    store = Database(path, CAPACITY, lambda _: None)
    while True:
        number = numbers.randrange(KEYS)
        chance = numbers.random()
        if chance < 0.8:
            store.put(key(number), numbers.choice(encoded))
        elif chance < 0.95:
            store.get(key(number))
        elif chance < 0.99:
            store.remove(key(number))
        else:
            store.clear()


def crowd(path: Path, seconds: int, numbers: random.Random) -> list[str]:
    """Processes of several threads do anything at once; no one ever reads another key's bytes."""
    children = []
    for seed in (numbers.random() for _ in range(PROCESSES)):
        child = os.fork()
        if child == 0:
            os._exit(len(jostle(path, seconds, seed)))
        children.append(child)
    found = [f"A process ended with {each}." for each in (os.waitpid(child, 0)[1] for child in children) if each]
    notes = Notes()
    store = Database(path, CAPACITY, notes.add)
    found += [*store.check(), *notes]
    kept = {int.from_bytes(each, "big"): store.get(each) or b"" for each in store.all_keys()}
    found += [f"{number} has another's bytes." for number, data in kept.items() if data.strip(bytes([number]))]
    if len(kept) < 10:
        found.append(f"Only {len(kept)} entries are left.")
    if path.stat().st_size > CAPACITY + 60_000:
        found.append(f"The file has {path.stat().st_size} bytes.")
    store.close()
    return found


def jostle(path: Path, seconds: int, seed: float) -> list[str]:
    notes = Notes()
    store = Database(path, CAPACITY, notes.add)
    found: list[str] = []
    end = time.monotonic() + seconds

    def work(numbers: random.Random) -> None:
        while time.monotonic() < end:
            number = numbers.randrange(KEYS)
            chance = numbers.random()
            if chance < 0.5:
                store.put(key(number), data_of(number, numbers.randrange(1, 60_000)))
            elif chance < 0.95:
                if (store.get(key(number)) or b"").strip(bytes([number])):
                    found.append(f"{number} has another's bytes.")
            elif chance < 0.99:
                store.remove(key(number))
            else:
                store.tidy()

    threads = [threading.Thread(target=work, args=(random.Random(seed + each),)) for each in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    found += [note for note in notes if "locked" not in note]  # a write that would have to wait is dropped, and said
    print(*found, sep="\n", end="", flush=True)
    return found


if __name__ == "__main__":
    what, file, count, seed = sys.argv[1:]
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    print("\n".join({"kills": kills, "crowd": crowd}[what](Path(file), int(count), random.Random(int(seed)))), end="")
