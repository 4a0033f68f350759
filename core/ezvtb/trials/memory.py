"""What this process and the cards hold in memory."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple, Optional

from ezvtb.backends import nvml
from ezvtb.errors import BackendError
from ezvtb.setup.graphics import load_nvml


def resident() -> int:
    """Bytes of RAM that this process occupies; 0 where the system doesn't tell."""
    if sys.platform == "win32":
        return _windows_resident()
    status = Path("/proc/self/status")
    lines = status.read_text("ascii", "replace").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:")), 0)


class OnCards(NamedTuple):
    """What is in use on all of NVIDIA's cards, bytes."""

    all: int
    """By all programs."""
    own: Optional[int]
    """By this process; None where the driver doesn't tell."""


def on_cards() -> Optional[OnCards]:
    """What is in use now; None without NVIDIA's driver or where it doesn't answer."""
    library = load_nvml()
    return used(library, os.getpid()) if library else None


def used(library: Any, process: int) -> Optional[OnCards]:
    """The same of the process with that number, as that library tells it."""
    try:
        with nvml.in_use(library):
            cards = nvml.handles(library)
            every = sum(int(nvml.memory(library, card).used) for card in cards)
            return OnCards(every, _own(library, cards, process))
    except BackendError:
        return None


def _own(library: Any, cards: "list[ctypes.c_void_p]", process: int) -> Optional[int]:
    try:
        told = [nvml.memory_of(library, card, process) for card in cards]
    except (BackendError, AttributeError):  # an old driver has no such function
        return None
    known = [each for each in told if each is not None]
    return sum(known) if known else None  # it isn't on each of the cards


def _windows_resident() -> int:
    class Counters(ctypes.Structure):
        """`PROCESS_MEMORY_COUNTERS` of psapi.h."""

        _fields_ = (
            ("size", ctypes.c_uint32),
            ("faults", ctypes.c_uint32),
            ("peak", ctypes.c_size_t),
            ("working_set", ctypes.c_size_t),
            ("rest", ctypes.c_size_t * 6),
        )

    counters = Counters(size=ctypes.sizeof(Counters))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]  # exists on Windows only
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    tell = kernel.K32GetProcessMemoryInfo
    tell.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    return int(counters.working_set) if tell(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.size) else 0
