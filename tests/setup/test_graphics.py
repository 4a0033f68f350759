"""Which graphics cards are found, by recorded answers of Linux, Windows and NVIDIA's driver."""

import ctypes
from pathlib import Path
from typing import Any

import pytest

from ezvtb.setup.graphics import NVIDIA, NvidiaCard, nvidia, pci_makers, windows_makers

AMD, INTEL = 0x1002, 0x8086
TURING = NvidiaCard("NVIDIA GeForce GTX 1660", (7, 5))


def pci(folder: Path, *devices: "tuple[str, str]") -> Path:
    """Linux's folder with devices of these classes and makers, and one that has just been unplugged."""
    for number, (kind, maker) in enumerate(devices):
        device = folder / f"0000:0{number}:00.0"
        device.mkdir()
        (device / "class").write_text(f"{kind}\n")
        (device / "vendor").write_text(f"{maker}\n")
    (folder / "0000:99:00.0").mkdir()
    return folder


@pytest.mark.parametrize(
    ("devices", "makers"),
    [
        ([], []),
        ([("0x030000", "0x10de"), ("0x040300", "0x10de")], [NVIDIA]),  # with the sound of its HDMI
        ([("0x030200", "0x10de")], [NVIDIA]),  # without a socket for a screen
        ([("0x030000", "0x8086"), ("0x038000", "0x1002"), ("0x060000", "0x8086")], [INTEL, AMD]),
        ([("0x030000", "0x1af4"), ("0x030000", "0x15ad")], []),  # virtual machines
    ],
)
def test_linux_tells_the_makers_of_its_display_controllers(
    tmp_path: Path, devices: "list[tuple[str, str]]", makers: "list[int]"
) -> None:
    assert sorted(pci_makers(pci(tmp_path, *devices))) == sorted(makers)


def test_windows_tells_the_makers_of_its_adapters() -> None:
    devices = [
        "PCI\\VEN_8086&DEV_4680",
        r"pci\ven_10de&dev_2504&subsys_3976174b",
        r"ROOT\BasicDisplay",
        "",
        "USB\\VID_1",
    ]

    def read(root: str, key: str, name: str) -> str:
        number = int(key.rpartition("\\")[2])
        known = root == "HKLM" and "{4d36e968-" in key and name == "MatchingDeviceId"
        return devices[number] if known and number < len(devices) else ""

    assert list(windows_makers(read)) == [INTEL, NVIDIA]


class Nvml:
    """NVML with these cards; calls named in `broken` fail."""

    def __init__(self, cards: "list[NvidiaCard]", cuda: int = 13010, broken: "tuple[str, ...]" = ()) -> None:
        self.cards, self.cuda, self.broken, self.open = cards, cuda, broken, 0

    def __getattr__(self, name: str) -> Any:
        answer = {
            "nvmlInit_v2": self.begin,
            "nvmlShutdown": self.end,
            "nvmlSystemGetCudaDriverVersion_v2": lambda target: self.put(target, self.cuda),
            "nvmlDeviceGetCount_v2": lambda target: self.put(target, len(self.cards)),
            "nvmlDeviceGetHandleByIndex_v2": lambda number, target: self.put(target, number.value + 1),
            "nvmlDeviceGetName": self.name,
            "nvmlDeviceGetCudaComputeCapability": self.capability,
        }[name]
        return (lambda *_: 999) if name in self.broken else answer

    def begin(self) -> int:
        self.open += 1
        return 0

    def end(self) -> int:
        self.open -= 1
        return 0

    def put(self, target: Any, value: int) -> int:
        target._obj.value = value
        return 0

    def name(self, handle: ctypes.c_void_p, target: Any, _length: Any) -> int:
        target.value = self.cards[(handle.value or 0) - 1].name.encode()
        return 0

    def capability(self, handle: ctypes.c_void_p, major: Any, minor: Any) -> int:
        values = self.cards[(handle.value or 0) - 1].capability
        return self.put(major, values[0]) or self.put(minor, values[1])


def test_nvidias_driver_tells_its_cards_and_its_newest_cuda() -> None:
    nvml = Nvml([TURING, NvidiaCard("NVIDIA GeForce RTX 5090", (12, 0))])
    assert nvidia(nvml) == ((13, 1), tuple(nvml.cards))
    assert nvml.open == 0


@pytest.mark.parametrize("broken", ["nvmlInit_v2", "nvmlSystemGetCudaDriverVersion_v2", "nvmlDeviceGetName"])
def test_a_driver_that_fails_has_no_cards(broken: str) -> None:
    nvml = Nvml([TURING], broken=(broken,))
    assert nvidia(nvml)[1] == ()
    assert nvml.open == 0


def test_without_nvidias_driver_there_are_no_cards() -> None:
    assert nvidia(None) == ((0, 0), ())
