"""Which graphics cards there are, asked before any package is installed: the standard library only.

`ezvtb.backends.devices` lists them for the engine, with NumPy at hand.
"""

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

from ezvtb.setup import registry
from ezvtb.setup.registry import Registry

NVIDIA, INTEL = 0x10DE, 0x8086
MAKERS = {NVIDIA: "NVIDIA", 0x1002: "AMD", INTEL: "Intel"}
"""By their numbers on the PCI bus. Cards of virtual machines don't compute."""

PCI = Path("/sys/bus/pci/devices")
"""Linux's folder of what is on that bus."""
_DISPLAY_CONTROLLER = "0x03"
"""The first byte of a PCI class (PCI Code and ID Assignment Specification)."""

_DISPLAY_CLASS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
"""Windows' device class `Display` (devguid.h); below it is a key for each adapter, 0000 and so on."""
_MOST_ADAPTERS = 32

_NAME_BYTES = 96
"""`NVML_DEVICE_NAME_V2_BUFFER_SIZE` of nvml.h."""


class NvidiaCard(NamedTuple):
    """One card, as NVIDIA's driver tells."""

    name: str
    capability: "tuple[int, int]"
    """What it can compute: (7, 5) for Turing."""


class Graphics(NamedTuple):
    """The graphics cards of this computer."""

    makers: "tuple[int, ...]" = ()
    """Of those in `MAKERS`."""
    cards: "tuple[NvidiaCard, ...]" = ()
    """NVIDIA's; none where its driver isn't there or doesn't answer."""
    cuda: "tuple[int, int]" = (0, 0)
    """The newest CUDA that NVIDIA's driver can."""


def look() -> Graphics:
    """The cards of this computer now."""
    found = set(windows_makers(registry.read) if sys.platform == "win32" else pci_makers(PCI))
    cuda, cards = nvidia(load_nvml())
    return Graphics(tuple(sorted(found)), cards, cuda)


def pci_makers(devices: Path) -> "Iterator[int]":
    """The makers of the display controllers below `devices`, which is as `PCI` is."""
    for device in devices.glob("*"):
        try:
            kind, maker = ((device / name).read_text("ascii").strip() for name in ("class", "vendor"))
        except OSError:
            continue  # it was unplugged at this moment
        if kind.startswith(_DISPLAY_CONTROLLER) and int(maker, 16) in MAKERS:
            yield int(maker, 16)


def windows_makers(read: Registry) -> "Iterator[int]":
    """The makers of the adapters whose drivers Windows has in its registry."""
    for number in range(_MOST_ADAPTERS):
        device = read("HKLM", rf"{_DISPLAY_CLASS}\{number:04}", "MatchingDeviceId")
        maker = re.match(r"pci\\ven_([0-9a-f]{4})", device.lower())
        if maker and int(maker[1], 16) in MAKERS:
            yield int(maker[1], 16)


def nvidia(nvml: Any) -> "tuple[tuple[int, int], tuple[NvidiaCard, ...]]":
    """The newest CUDA that the driver can, and its cards; none where NVML is None or fails.

    NVML is the management library that comes with the driver (nvml.h).
    """
    if nvml is None or nvml.nvmlInit_v2():
        return (0, 0), ()
    try:
        version, count = ctypes.c_int(), ctypes.c_uint()
        if nvml.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(version)):
            return (0, 0), ()
        nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
        cards = (_card(nvml, number) for number in range(count.value))
        # CUDA 13.1 is 13010 (`CUDA_VERSION` of cuda.h)
        return (version.value // 1000, version.value % 1000 // 10), tuple(card for card in cards if card)
    finally:
        nvml.nvmlShutdown()


def _card(nvml: Any, number: int) -> Optional[NvidiaCard]:
    handle, name = ctypes.c_void_p(), ctypes.create_string_buffer(_NAME_BYTES)
    major, minor = ctypes.c_int(), ctypes.c_int()
    failed = (
        nvml.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(number), ctypes.byref(handle))
        or nvml.nvmlDeviceGetName(handle, name, ctypes.c_uint(_NAME_BYTES))
        or nvml.nvmlDeviceGetCudaComputeCapability(handle, ctypes.byref(major), ctypes.byref(minor))
    )
    return None if failed else NvidiaCard(name.value.decode(errors="replace"), (major.value, minor.value))


def load_nvml() -> "Optional[ctypes.CDLL]":
    """NVML, or None where NVIDIA's driver isn't installed: no card that could be used."""
    windows = Path(os.environ.get("WINDIR", "C:/Windows"))
    try:
        return ctypes.CDLL(str(windows / "System32" / "nvml.dll") if sys.platform == "win32" else "libnvidia-ml.so.1")
    except OSError:
        return None
