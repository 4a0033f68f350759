"""The terminal as a screen that is drawn again and again, and left as it was."""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from ezvtb.track.view import BLOCKS, COLOURED, PLAIN, Style

# ECMA-48, and xterm's private modes 1049 (a second screen) and 25 (the cursor), which Windows has from version 10 on.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _ERASE_ROW = "\x1b[H", "\x1b[K"

_STDOUT_HANDLE, _VIRTUAL_TERMINAL = -11, 4
"""STD_OUTPUT_HANDLE and ENABLE_VIRTUAL_TERMINAL_PROCESSING of Windows' console API."""


def is_screen(stream: TextIO) -> bool:
    """Whether a person looks at it and it can be drawn on; else it is a file, a pipe or too simple a terminal."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and _understands_escapes()


def style_of(stream: TextIO) -> Style:
    """The best style that the terminal can show; without colours where `NO_COLOR` is set (no-color.org)."""
    try:
        "".join(BLOCKS).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS if os.environ.get("NO_COLOR") else COLOURED


@contextmanager
def screen(stream: TextIO) -> "Iterator[None]":
    """A screen of our own for a while; what was on the terminal comes back."""
    try:
        stream.write(_ENTER)
        yield
    finally:
        stream.write(_LEAVE)
        stream.flush()


def draw(stream: TextIO, lines: "Sequence[str]", rows: int) -> None:
    """Replaces what the screen of so many rows shows, in one write: it doesn't flicker.

    A row is erased before it is written: behind a full one the cursor still stands on its last character.
    """
    empty = [""] * (rows - len(lines))
    stream.write(_HOME + "\n".join(_ERASE_ROW + line for line in (*lines, *empty)))
    stream.flush()


def size() -> "tuple[int, int]":
    """Characters across and down."""
    columns, rows = shutil.get_terminal_size()
    return columns, rows


def _understands_escapes() -> bool:
    """Whether escape sequences are obeyed; on Windows turns them on, which consoles before Windows 10 refuse."""
    if sys.platform != "win32":
        return True
    kernel = ctypes.windll.kernel32
    handle, mode = kernel.GetStdHandle(_STDOUT_HANDLE), ctypes.c_uint32()
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel.SetConsoleMode(handle, mode.value | _VIRTUAL_TERMINAL))
