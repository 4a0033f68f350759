"""The list of adapters, from libraries that answer as NVIDIA's and Windows' do."""

import ctypes
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from ezvtb.backends import devices, dxgi, nvml, openvino
from ezvtb.backends.devices import Adapter, Device
from ezvtb.backends.openvino import CPU, GPU, device_name
from ezvtb.errors import BackendError
from ezvtb.setup import graphics

GB = 2**30


class FakeNvml:
    """Answers as NVML does with two cards; `fails` maps a function to the code it gives back instead."""

    CARDS = (("NVIDIA GeForce RTX 4090", "GPU-aa11", 24 * GB), ("NVIDIA GeForce RTX 3060", "GPU-bb22", 12 * GB))

    def __init__(self, fails: "dict[str, int] | None" = None) -> None:
        self.fails = fails or {}
        self.open = 0

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("nvml") and name in object.__getattribute__(self, "fails"):
            return lambda *_: self.fails[name]
        return object.__getattribute__(self, name)

    def nvmlInit_v2(self) -> int:  # noqa: N802
        self.open += 1
        return 0

    def nvmlShutdown(self) -> int:  # noqa: N802
        self.open -= 1
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.CARDS)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, handle: Any) -> int:  # noqa: N802
        handle._obj.value = 100 + index.value
        return 0

    def nvmlDeviceGetName(self, handle: Any, name: Any, size: Any) -> int:  # noqa: N802
        assert len(name) == size.value
        name.value = self.CARDS[handle.value - 100][0].encode()
        return 0

    def nvmlDeviceGetUUID(self, handle: Any, uuid: Any, size: Any) -> int:  # noqa: N802
        assert len(uuid) == size.value
        uuid.value = self.CARDS[handle.value - 100][1].encode()
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:  # noqa: N802
        memory._obj.total = self.CARDS[handle.value - 100][2]
        return 0


def test_nvidias_cards_have_names_and_memory_in_the_drivers_order() -> None:
    library = FakeNvml()
    found = [card for _, card in nvml.cards(library)]
    assert found == [(0, "NVIDIA GeForce RTX 4090", 24 * GB), (1, "NVIDIA GeForce RTX 3060", 12 * GB)]
    assert library.open == 0


@pytest.mark.parametrize(
    ("function", "words"), [("nvmlInit_v2", "isn't loaded"), ("nvmlDeviceGetName", "nvmlDeviceGetName says 9")]
)
def test_a_driver_that_does_not_answer_is_named_and_the_library_is_shut(function: str, words: str) -> None:
    library = FakeNvml({function: 9})
    words = "isn't loaded" if function == "nvmlInit_v2" else words
    with pytest.raises(BackendError, match="NVIDIA's driver doesn't answer"):
        nvml.cards(library)
    assert library.open == 0


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (None, ["4090", "3060"]),
        ("0,1", ["4090", "3060"]),
        ("1, 0", ["3060", "4090"]),
        ("1", ["3060"]),
        ("GPU-bb", ["3060"]),
        ("", []),
        ("-1", []),
        ("0,7,1", ["4090"]),
        ("nonsense", []),
    ],
)
def test_cuda_visible_devices_says_what_there_is_and_in_which_order(wanted: "str | None", names: list[str]) -> None:
    seen = nvml.visible(nvml.cards(FakeNvml()), wanted)
    assert [card.name.split()[-1] for card in seen] == names
    assert [card.number for card in seen] == list(range(len(names)))


def described(name: str, vendor: int, memory: int, flags: int = 0) -> bytes:
    """`DXGI_ADAPTER_DESC1` as a 64-bit Windows lays it out."""
    text = name.encode("utf-16-le").ljust(256, b"\0")
    return text + struct.pack("<4I3Q2II4x", vendor, 1, 2, 3, memory, 0, 16 * GB, 77, 0, flags)


INTEL = described("Intel(R) Iris(R) Xe Graphics", 0x8086, 128 << 20)
AMD = described("AMD Radeon RX 6800", 0x1002, 16 * GB)
BASIC = described("Microsoft Basic Render Driver", 0x1414, 0, flags=2)


class FakeCom:
    """COM objects in real memory, with tables of real function pointers: a factory and its adapters."""

    def __init__(self, descriptions: list[bytes], failing: int = 0) -> None:
        self.released = self.made = 0
        self._kept: list[Any] = []
        self._adapters = [self._thing({2: self._release, 10: self._describe(each)}) for each in descriptions]
        self._factory = self._thing({2: self._release, 12: self._enumerate})
        self._failing = failing

    def create(self, identity: Any, out: Any) -> int:
        assert bytes(identity._obj).hex() == "78ae0a776ff2ba4da829253c83d1b387"
        if self._failing:
            return self._failing
        out._obj.value = ctypes.addressof(self._factory)
        self.made += 1
        return 0

    def _thing(self, methods: dict[int, Any]) -> Any:
        table = (ctypes.c_void_p * 16)(*[ctypes.cast(methods[i], ctypes.c_void_p) if i in methods else None
                                         for i in range(16)])  # fmt: skip
        thing = ctypes.c_void_p(ctypes.addressof(table))
        self._kept += [table, thing, *methods.values()]
        return thing

    @property
    def _release(self) -> Any:
        def release(_: Any) -> int:
            self.released += 1
            return 0

        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(release)

    def _describe(self, description: bytes) -> Any:
        def describe(_: Any, out: Any) -> int:
            ctypes.memmove(out, description, len(description))
            return 0

        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)(describe)

    @property
    def _enumerate(self) -> Any:
        def enumerate_adapters(_: Any, number: int, out: Any) -> int:
            if number >= len(self._adapters):
                return ctypes.c_int32(0x887A0002).value
            ctypes.c_void_p.from_address(out).value = ctypes.addressof(self._adapters[number])
            self.made += 1
            return 0

        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)(enumerate_adapters)


def test_a_description_has_the_size_that_windows_gives_it() -> None:
    assert ctypes.sizeof(dxgi.Description) == len(INTEL) == 312


def test_windows_adapters_are_numbered_as_directml_counts_and_everything_is_released() -> None:
    com = FakeCom([INTEL, BASIC, AMD])
    assert dxgi.enumerated(com.create) == [
        (0, "Intel(R) Iris(R) Xe Graphics", 128 << 20, graphics.INTEL, False),
        (1, "Microsoft Basic Render Driver", 0, 0x1414, True),
        (2, "AMD Radeon RX 6800", 16 * GB, 0x1002, False),
    ]
    assert com.released == com.made == 4


def test_a_dxgi_that_fails_says_its_code() -> None:
    with pytest.raises(BackendError, match="0x80004005"):
        dxgi.enumerated(FakeCom([], failing=ctypes.c_int32(0x80004005).value).create)


NVIDIA = Adapter(0, "NVIDIA GeForce RTX 3060", 12 * GB)
CASES: list[tuple[str, tuple[list[Adapter], ...], list[tuple[str, dict[str, int]]]]] = [
    ("a CPU alone", ([], [], []), []),
    ("Linux, two equal cards", ([NVIDIA, NVIDIA._replace(number=1)], [], []),
     [(NVIDIA.name, {"tensorrt": 0, "cuda": 0}), (NVIDIA.name, {"tensorrt": 1, "cuda": 1})]),
    ("a laptop", ([NVIDIA], [Adapter(0, "Intel(R) UHD Graphics", GB), Adapter(2, NVIDIA.name, 12 * GB)],
                  [Adapter(0, "Intel(R) UHD Graphics (iGPU)", 8 * GB)]),
     [(NVIDIA.name, {"tensorrt": 0, "cuda": 0, "directml": 2}),
      ("Intel(R) UHD Graphics", {"directml": 0, "openvino-gpu": 0})]),
    ("two equal cards in Windows", ([NVIDIA, NVIDIA._replace(number=1)],
                                    [Adapter(1, NVIDIA.name, 0), Adapter(3, NVIDIA.name, 0)], []),
     [(NVIDIA.name, {"tensorrt": 0, "cuda": 0, "directml": 1}),
      (NVIDIA.name, {"tensorrt": 1, "cuda": 1, "directml": 3})]),
    ("most memory first", ([], [Adapter(0, "AMD Radeon(TM) Graphics", GB // 2), Adapter(1, "AMD Radeon RX 6800",
                                                                                      16 * GB)], []),
     [("AMD Radeon RX 6800", {"directml": 1}), ("AMD Radeon(TM) Graphics", {"directml": 0})]),
    ("an Arc card in Linux", ([], [], [Adapter(1, "Intel(R) Arc(TM) A770 Graphics (dGPU)", 16 * GB)]),
     [("Intel(R) Arc(TM) A770 Graphics (dGPU)", {"openvino-gpu": 1})]),
]  # fmt: skip


@pytest.mark.parametrize(("lists", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_three_interfaces_list_becomes_one_list_with_the_cpu_last(
    lists: tuple[list[Adapter], ...], expected: list[tuple[str, dict[str, int]]]
) -> None:
    *cards, cpu = devices.merge(*lists)
    assert [(device.name, device.numbers) for device in cards] == expected
    assert (cpu.name, cpu.numbers) == (devices.processor_name(), {"openvino": 0, "onnxruntime": 0})


def test_a_device_is_shown_with_its_memory() -> None:
    assert Device("NVIDIA GeForce RTX 3060", 12 * GB - 1).label == "NVIDIA GeForce RTX 3060 (12 GB)"
    assert Device("Intel(R) UHD Graphics", 128 << 20).label == "Intel(R) UHD Graphics (1 GB)"
    assert Device("AMD EPYC").label == "AMD EPYC"


def test_a_driver_that_does_not_answer_is_a_problem_and_the_rest_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(words: str) -> Any:
        def fail() -> None:
            raise BackendError(words)

        return fail

    intel = dxgi.WindowsAdapter(1, "Intel(R) UHD Graphics", GB // 2, graphics.INTEL, False)
    amd = dxgi.WindowsAdapter(0, "AMD Radeon RX 6800", GB, 0x1002, False)
    monkeypatch.setattr(nvml, "adapters", fails("NVIDIA's driver doesn't answer."))
    monkeypatch.setattr(openvino, "adapters", fails("Intel's driver doesn't answer."))
    monkeypatch.setattr(dxgi, "adapters", lambda: [amd, intel])
    listing = devices.find()
    assert [device.name for device in listing.devices] == [amd.name, intel.name, devices.processor_name()]
    assert listing.problems == ["NVIDIA's driver doesn't answer.", "Intel's driver doesn't answer."]
    assert devices.known_as("directml", 0).name == amd.name
    assert devices.known_as("directml", 5).name == "device 5"


@pytest.mark.parametrize("fails", [False, True])
def test_openvino_lists_intels_graphics_with_their_memory(fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"FULL_DEVICE_NAME": "Intel(R) Arc(TM) A770 Graphics (dGPU) ", "GPU_DEVICE_TOTAL_MEM_SIZE": 16 * GB}

    class Core:
        available_devices = ("CPU", "GPU.0", "GPU.1")

        def get_property(self, name: str, what: str) -> Any:
            if fails:
                raise RuntimeError("the driver is gone")
            return answers[what]

    monkeypatch.setattr(openvino, "_core", Core)
    if fails:
        with pytest.raises(BackendError, match="the driver is gone"):
            openvino.adapters()
    else:
        name = "Intel(R) Arc(TM) A770 Graphics (dGPU)"
        assert openvino.adapters() == [(0, name, 16 * GB), (1, name, 16 * GB)]


def test_windows_own_renderer_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "adapters", list)
    monkeypatch.setattr(dxgi, "adapters", lambda: dxgi.enumerated(FakeCom([BASIC]).create))
    assert [device.name for device in devices.find().devices] == [devices.processor_name()]


@pytest.mark.parametrize(
    ("available", "number", "name"),
    [(["CPU", "GPU"], 0, "GPU"), (["CPU", "GPU.0", "GPU.1"], 1, "GPU.1"), (["CPU", "NPU"], 0, None)],
)
def test_openvino_numbers_its_graphics(available: list[str], number: int, name: "str | None") -> None:
    if name is None:
        with pytest.raises(BackendError, match="no GPU 0"):
            device_name(GPU, number, available)
    else:
        assert device_name(GPU, number, available) == name
    assert device_name(CPU, 0, available) == "CPU"


CPU_ONLY = Device("AMD Ryzen 5", 0, {"openvino": 0})
RTX_3060, RTX_4090 = Device("RTX 3060", 12 * GB, {"cuda": 0}), Device("RTX 4090", 24 * GB, {"cuda": 1})
SMALL_3060 = Device("RTX 3060", 8 * GB, {"cuda": 2})
TI = Device("RTX 3060 Ti", 8 * GB, {"cuda": 0})


def test_each_device_is_chosen_by_a_label_of_its_own() -> None:
    found = [RTX_3060, SMALL_3060, RTX_3060, CPU_ONLY, RTX_3060]
    twins = ["RTX 3060 (12 GB)", "RTX 3060 (8 GB)", "RTX 3060 (12 GB) #2", "AMD Ryzen 5", "RTX 3060 (12 GB) #3"]
    assert devices.labels(found) == twins
    assert [devices.number_of(label, found) for label in twins] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("label", "found", "number"),
    [
        ("RTX 4090 (24 GB)", [RTX_3060, RTX_4090, CPU_ONLY], 1),
        ("RTX 4090 (24 GB)", [RTX_4090, RTX_3060, CPU_ONLY], 0),
        ("RTX 4090 (24 GB)", [RTX_3060, CPU_ONLY], None),
        ("AMD Ryzen 5", [RTX_3060, CPU_ONLY], 1),
        ("RTX 3060 (12 GB)", [TI, CPU_ONLY], None),
        ("RTX 3060 (12 GB)", [TI, SMALL_3060, CPU_ONLY], 1),
        ("RTX 3060 (12 GB) #2", [RTX_4090, RTX_3060, CPU_ONLY], 1),
        ("RTX 4090 (24 GB)", [CPU_ONLY], None),
    ],
)
def test_a_device_is_found_by_its_label_wherever_it_is_now(
    label: str, found: list[Device], number: "int | None"
) -> None:
    assert devices.number_of(label, found) == number


NVIDIA, INTEL_MAKER, AMD_MAKER = 0x10DE, 0x8086, 0x1002


@pytest.mark.parametrize(
    ("makers", "kinds", "installed"),
    [
        (set(), set(), []),
        ({AMD_MAKER}, set(), []),
        ({NVIDIA}, set(), ["NVIDIA's driver"]),
        ({INTEL_MAKER}, set(), ["intel-opencl-icd"]),
        ({INTEL_MAKER}, {"openvino-gpu"}, []),
        ({INTEL_MAKER}, {"tensorrt", "cuda"}, []),
        ({INTEL_MAKER, NVIDIA}, {"openvino-gpu"}, ["NVIDIA's driver"]),
        ({INTEL_MAKER, NVIDIA}, set(), ["NVIDIA's driver", "intel-opencl-icd"]),
    ],
)
def test_a_card_without_its_driver_is_told_with_what_to_install(
    makers: "set[int]", kinds: "set[str]", installed: "list[str]"
) -> None:
    problems = devices.without_driver(makers, kinds | devices.ON_CPU.keys())
    assert [what in problem for problem, what in zip(problems, installed, strict=True)] == [True] * len(installed)


@pytest.mark.skipif(sys.platform != "linux", reason="it is looked for on Linux's PCI bus")
@pytest.mark.parametrize(
    ("library", "cards", "problems"),
    [
        (None, [], 1),  # nouveau
        (FakeNvml(), [], 0),  # CUDA_VISIBLE_DEVICES hides them
        (FakeNvml(), [nvml.NvidiaCard(0, "NVIDIA GeForce RTX 3060", 12 * GB)], 0),
    ],
)
def test_an_nvidia_card_without_nvidias_driver_is_a_problem(
    library: "FakeNvml | None",
    cards: "list[nvml.NvidiaCard]",
    problems: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = tmp_path / "0000:01:00.0"
    card.mkdir()
    (card / "class").write_text("0x030000\n")
    (card / "vendor").write_text("0x10de\n")
    monkeypatch.setattr(graphics, "PCI", tmp_path)
    monkeypatch.setattr(graphics, "load_nvml", lambda: library)
    monkeypatch.setattr(nvml, "adapters", lambda: cards)
    assert len(devices.find().problems) == problems
