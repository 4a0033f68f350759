"""The adapters of this computer, in the order that `device_id` counts.

NVIDIA's cards come first, in the order of the PCI bus; then what Windows or OpenVINO lists beside them, most memory
first; the CPU is the last.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Optional, TypeVar

from ezvtb.backends import dxgi, flavours, nvml
from ezvtb.errors import BackendError
from ezvtb.setup import graphics

ON_CPU = {"openvino": 0, "onnxruntime": 0}
"""The kinds of backends that the CPU has, and its number there."""

Told = TypeVar("Told")


class Adapter(NamedTuple):
    """A device as one interface lists it."""

    number: int
    """Its place in that interface's own list."""
    name: str
    memory: int
    """Bytes of its own."""


@dataclass
class Device:
    """A device with what can use it."""

    name: str
    memory: int = 0
    """Bytes of its own; 0 for a CPU."""
    numbers: "dict[str, int]" = field(default_factory=dict)
    """The kind of a backend that can use it -> the number under which that backend knows it."""

    @property
    def label(self) -> str:
        """What the user chooses by: "NVIDIA GeForce RTX 3060 (12 GB)"."""
        return f"{self.name} ({max(1, round(self.memory / 2**30))} GB)" if self.memory else self.name


class Listing(NamedTuple):
    """The devices, and what could not be asked: one sentence each."""

    devices: "list[Device]"
    problems: "list[str]"


def find() -> Listing:
    """The devices of this computer now."""
    problems: list[str] = []
    nvidia = _asked(nvml.adapters, problems)
    windows = _asked(dxgi.adapters, problems)
    directx = [(each.number, each.name, each.memory) for each in windows if not each.software]
    on_bus = set(graphics.pci_makers(graphics.PCI)) if sys.platform == "linux" else set()
    has_intel = graphics.INTEL in on_bus or any(each.vendor == graphics.INTEL for each in windows)
    intel = _asked(_openvino, problems) if has_intel else []
    lists = [[Adapter(*each) for each in found] for found in (nvidia, directx, intel)]
    found = merge(*lists, tensorrts=flavours.installed())
    idle = on_bus - ({graphics.NVIDIA} if graphics.load_nvml() else set())
    return Listing(found, problems or without_driver(idle, {kind for each in found for kind in each.numbers}))


def without_driver(makers: "set[int]", kinds: "set[str]") -> "list[str]":
    """What is to be installed for the cards that Linux sees on the PCI bus but nothing can compute on.

    `makers` are those of all cards, less NVIDIA where its driver is installed; `kinds` are those of the backends that
    can use a device here.
    """
    problems = []
    if graphics.NVIDIA in makers:
        problems.append(
            "There is an NVIDIA card, and NVIDIA's own driver isn't there: the card can't be used."
            " Install NVIDIA's driver."
        )
    if graphics.INTEL in makers and kinds <= ON_CPU.keys():  # beside a faster card nobody misses it
        problems.append(
            "There are Intel graphics, and OpenVINO doesn't find them: they can't be used."
            " Install Intel's compute runtime (Debian, Ubuntu: apt install intel-opencl-icd)."
        )
    return problems


def merge(
    nvidia: "Sequence[Adapter]",
    directx: "Sequence[Adapter]",
    intel: "Sequence[Adapter]",
    *,
    tensorrts: "Sequence[str]" = ("tensorrt",),
) -> "list[Device]":
    """One list of what three interfaces tell: cards that have the same name in two of them are the same, in order.

    `tensorrts` are the kinds of TensorRT that there are (`flavours.installed`).
    """
    found = [Device(each.name, each.memory, dict.fromkeys((*tensorrts, "cuda"), each.number)) for each in nvidia]
    others: list[Device] = []
    for kind, adapters in (("directml", directx), ("openvino-gpu", intel)):
        for each in adapters:
            # OpenVINO adds "(iGPU)" or "(dGPU)" to the name
            same = (known for known in found + others if kind not in known.numbers and each.name.startswith(known.name))
            device = next(same, None)
            if device is None:
                device = Device(each.name, each.memory)
                others.append(device)
            device.numbers[kind] = each.number
    others.sort(key=lambda device: -device.memory)
    return [*found, *others, Device(processor_name(), 0, dict(ON_CPU))]


def labels(found: "Sequence[Device]") -> "list[str]":
    """What each of them is chosen by, in order; of several that are alike all but the first have a number, too."""
    named: list[str] = []
    for device in found:
        alike = sum(each.label == device.label for each in found[: len(named)])
        named.append(f"{device.label} #{alike + 1}" if alike else device.label)
    return named


def number_of(label: str, found: "Sequence[Device]") -> Optional[int]:
    """What `device_id` is of the device with that label (`labels`); None if it isn't there.

    If it isn't, one of the same name will do: its twin, or itself where another interface counts its memory otherwise.
    """
    exact = (number for number, each in enumerate(labels(found)) if each == label)
    alike = (number for number, each in enumerate(found) if label.startswith(f"{each.name} ("))
    return next(exact, next(alike, None))


def known_as(kind: str, number: int) -> Device:
    """The device that a backend of this kind knows under `number`."""
    found = (device for device in find().devices if device.numbers.get(kind) == number)
    return next(found, Device(f"device {number}"))


def processor_name() -> str:
    """The CPU's own name: "AMD EPYC 9B14"."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, os.environ.get("PROCESSOR_IDENTIFIER", "CPU"))


def _asked(adapters: Callable[[], "list[Told]"], problems: "list[str]") -> "list[Told]":
    """What an interface lists; nothing, and a problem more, where it fails."""
    try:
        return adapters()
    except BackendError as error:
        problems.append(str(error))
        return []


def _openvino() -> "list[tuple[int, str, int]]":
    """Asked only where there is a card for it: to import OpenVINO takes half a second."""
    try:
        from ezvtb.backends.openvino import adapters  # noqa: PLC0415
    except (ImportError, OSError):  # said when the backend is tried on the CPU
        return []
    return adapters()
