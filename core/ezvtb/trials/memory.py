"""What this process and the cards hold in memory."""

import ctypes
import sys
from pathlib import Path
from typing import Any, Optional

from ezvtb.backends import nvml
from ezvtb.errors import BackendError


def resident() -> int:
    """Bytes of RAM that this process occupies; 0 where the system doesn't tell."""
    if sys.platform == "win32":
        return _windows_resident()
    status = Path("/proc/self/status")
    lines = status.read_text("ascii", "replace").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:")), 0)


def on_cards() -> "Optional[int]":
    """Bytes in use on all of NVIDIA's cards, by all programs; None without NVIDIA's driver or where it doesn't tell."""
    library = nvml.load()
    return used(library) if library else None


def used(library: Any) -> "Optional[int]":
    """The same, as that library tells it."""
    try:
        with nvml.in_use(library):
            return sum(int(nvml.memory(library, handle).used) for handle in nvml.handles(library))
    except BackendError:
        return None


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
