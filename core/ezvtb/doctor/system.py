"""The computer: its system, its processor, its memory."""

import ctypes
import os
import platform
import sys
from pathlib import Path

from ezvtb.doctor.finding import Finding, Problem

ROOM = 2 << 30
"""Bytes that should be free: the engine takes 0.6 to 1 GB, and its cache up to 2 by default."""

_FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""What decides how fast the networks are on a CPU, as Linux calls it."""


def check() -> Finding:
    """What a maintainer asks first."""
    whole, free = memory()
    facts = [f"{_system()}, {platform.machine()}", _processor(), f"{_gb(whole)} of memory, {_gb(free)} free"]
    problems = []
    if free < ROOM:
        problems.append(Problem(f"Only {_gb(free)} of memory are free.", "Close programs, or choose a smaller cache."))
    return Finding(facts, problems)


def memory() -> "tuple[int, int]":
    """Bytes of memory, and how many of them are free for a program."""
    if sys.platform == "win32":
        return _windows_memory()
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    meminfo = Path("/proc/meminfo")
    text = meminfo.read_text("ascii") if meminfo.is_file() else ""
    free = [int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith("MemAvailable:")]
    return whole, free[0] if free else whole


def _windows_memory() -> "tuple[int, int]":
    class Status(ctypes.Structure):
        """`MEMORYSTATUSEX` of sysinfoapi.h."""

        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total", ctypes.c_uint64),
            ("available", ctypes.c_uint64),
            ("rest", ctypes.c_uint64 * 5),
        )

    status = Status(length=ctypes.sizeof(Status))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]  # exists on Windows only
    kernel.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status.total), int(status.available)


def _system() -> str:
    if sys.platform != "linux":
        return platform.platform()
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:  # a Linux that doesn't say which
        name = "Linux"
    session = os.environ.get("XDG_SESSION_TYPE") or ("x11" if os.environ.get("DISPLAY") else "no display")
    return f"{name}, kernel {platform.release()}, {session}"


def _processor() -> str:
    try:
        from ezvtb.backends.devices import processor_name  # noqa: PLC0415 (where NumPy is missing, there is more to say)

        name = processor_name()
    except ImportError:
        name = platform.processor() or "CPU"
    count = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count
    text = f"{name}, {count} threads" + (f", {usable} of them usable" if usable < count else "")
    if features := processor_features():
        text += f", {' '.join(features)}"
    if hasattr(os, "getloadavg"):
        text += f", load {os.getloadavg()[0]:.1f}"
    return text


def processor_features(file: Path = Path("/proc/cpuinfo")) -> "list[str]":
    """Which of the instruction sets that matter it has, where Linux tells."""
    if not file.is_file():
        return []
    lines = file.read_text("utf-8", "replace").splitlines()
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return [name for name in _FEATURES if name in flags]


def _gb(count: int) -> str:
    return f"{count / 2**30:.1f} GB"
