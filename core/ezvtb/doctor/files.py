"""What the avatar keeps: frames in memory, the cache folder, the frame database."""

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

from ezvtb.cacher.database_file import LAYOUT, Trouble, is_ours, trouble
from ezvtb.doctor.finding import Finding, Problem
from ezvtb.paths import cache_folder
from ezvtb.placement import canvas
from ezvtb.protocol import FrameFile

_SLOTS, (_WIDTH, _HEIGHT) = 8, canvas(1024)
"""The largest frame file: x4 in-between frames in two banks, with super resolution, and room for the figure to move."""

_LEAST_FREE = 1 << 30
"""Bytes on the disk; the frame database takes 2 GB at most by default."""

_MUCH_COMPILED = 2 << 30
"""Bytes. One version's compiled graphs take about 0.4 GB; what an update leaves behind is never looked at again."""


def frame_memory() -> Finding:
    """Whether there is room for the frames between the engine and OBS, and one gets through."""
    file = FrameFile.create(_SLOTS, _WIDTH * _HEIGHT * 4)
    try:
        frame = bytes(range(256)) * (_WIDTH * _HEIGHT * 4 // 256)
        file.write(_SLOTS - 1, 1, _WIDTH, _HEIGHT, memoryview(frame))
        whole = file.pixels(_SLOTS - 1) == frame
        size, folder = _SLOTS * file.capacity, file.path.parent
    finally:
        file.close()  # first: Windows deletes no file that is open
        file.unlink()
    facts = [f"{size >> 20} MB in {folder}, {_mb(shutil.disk_usage(folder).free)} free there"]
    if whole:
        return Finding(facts, [])
    return Finding(facts, [Problem("A frame comes out of the memory file otherwise than it went in.", "", True)])


def cache() -> Finding:
    """Whether the cache folder can be written, and what is in it."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"doctor")
    except OSError as error:
        text = f"The cache folder {folder} can't be written: {error.strerror or error}."
        remedy = "Make it writable for you. Or name another folder in the environment variable EZVTB_CACHE."
        return Finding([], [Problem(text, remedy, grave=True)])
    sizes = {path.name: _size(path) for path in sorted(folder.iterdir())}
    large = [f"{name} {_mb(size)}" for name, size in sorted(sizes.items(), key=lambda item: -item[1]) if size >> 20]
    free = shutil.disk_usage(folder).free
    facts = [
        f"{folder}: can be written, {_mb(free)} free",
        f"in it {_mb(sum(sizes.values()))}" + (f": {', '.join(large)}" if large else ""),
    ]
    problems = []
    if free < _LEAST_FREE:
        problems.append(Problem(f"The disk of the cache folder has only {_mb(free)} free.", "Free some space."))
    if sizes.get("openvino", 0) > _MUCH_COMPILED:
        text = f"The folder openvino of the cache folder has {_mb(sizes['openvino'])}: much of it is of old versions."
        problems.append(Problem(text, "Close OBS and delete that folder; what is needed is made anew."))
    return Finding(facts, problems)


def database(path: "Path | None" = None) -> Finding:
    """Whether the frame database is whole. It is only read."""
    path = path or cache_folder() / "frames.db"
    aside = [f"{each.name} was damaged and set aside" for each in path.parent.glob(f"{path.name}.aside-*")]
    if not path.exists():
        return Finding([*aside, "none yet: it is made when an avatar caches in a database"], [])
    anew = "Nothing need be done: it is set aside when it is next used, and a new one is begun."
    if not is_ours(path):
        return Finding(aside, [Problem(f"{path} is no frame database of ours.", anew)])
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=5, uri=True)) as reader:
            (layout,) = reader.execute("PRAGMA user_version").fetchone()
            answer = [str(row[0]) for row in reader.execute("PRAGMA quick_check(3)")]
            (count,) = reader.execute("SELECT count(*) FROM frames").fetchone()
    except sqlite3.Error as error:
        kind = trouble(error)
        remedy = anew if kind is Trouble.DAMAGED else "Close what uses it; see whether its folder can be written."
        return Finding(aside, [Problem(f"The frame database is {kind.value}: {error}.", remedy)])
    facts = [*aside, f"{count} frames, {_mb(path.stat().st_size)}, layout {layout}"]
    if layout != LAYOUT:
        return Finding(facts, [Problem(f"The frame database is of another version: {layout}, not {LAYOUT}.", anew)])
    return Finding(facts, [] if answer == ["ok"] else [Problem(f"The frame database is damaged: {answer[0]}.", anew)])


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    total = 0
    for file in files:
        with contextlib.suppress(OSError):  # a running engine may take it away at this moment
            total += file.lstat().st_size if file.is_file() else 0
    return total


def _mb(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 1 << 30 else f"{count / 2**20:.1f} MB"
