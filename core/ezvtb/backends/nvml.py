"""NVIDIA's cards, through NVML: the management library that comes with the driver."""

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Optional

from ezvtb.errors import BackendError
from ezvtb.setup.graphics import load_nvml

_NAME_BYTES, _UUID_BYTES = 96, 96
"""`NVML_DEVICE_NAME_V2_BUFFER_SIZE` and `NVML_DEVICE_UUID_V2_BUFFER_SIZE` of nvml.h."""

_NO_DRIVER = 9
"""`NVML_ERROR_DRIVER_NOT_LOADED` of nvml.h."""


class NvidiaCard(NamedTuple):
    """One card."""

    number: int
    """Its number for CUDA with `CUDA_DEVICE_ORDER=PCI_BUS_ID`, which is NVML's order."""
    name: str
    memory: int
    """Bytes."""


class Memory(ctypes.Structure):
    """`nvmlMemory_t` of nvml.h: bytes."""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


class Process(ctypes.Structure):
    """`nvmlProcessInfo_t` of nvml.h, as of its third version."""

    _fields_ = (
        ("pid", ctypes.c_uint),
        ("used", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


_NOT_AVAILABLE = 2**64 - 1
"""`NVML_VALUE_NOT_AVAILABLE` of nvml.h: what Windows' own memory manager has in place of a process's bytes."""

_MOST_PROCESSES = 256


def adapters() -> "list[NvidiaCard]":
    """The cards that CUDA may use here; none without NVIDIA's driver. BackendError if the driver doesn't answer."""
    library = load_nvml()
    return visible(cards(library), os.environ.get("CUDA_VISIBLE_DEVICES")) if library else []


def cards(library: Any) -> "list[tuple[str, NvidiaCard]]":
    """All cards that the library tells of, each after its unique name. BackendError if it fails."""
    with in_use(library):
        return [_card(library, number, handle) for number, handle in enumerate(handles(library))]


@contextmanager
def in_use(library: Any) -> "Iterator[None]":
    """The library is initialised, and shut in the end. BackendError if it fails."""
    call(library, "nvmlInit_v2")
    try:
        yield
    finally:
        library.nvmlShutdown()


def handles(library: Any, *, usable_only: bool = False) -> "list[ctypes.c_void_p]":
    """All cards, in the order of their numbers, of a library that is in use.

    BackendError if it fails; with `usable_only` a card that it doesn't give is left out.
    """
    count, found = ctypes.c_uint(), []
    call(library, "nvmlDeviceGetCount_v2", ctypes.byref(count))
    for number in range(count.value):
        handle = ctypes.c_void_p()
        try:
            call(library, "nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(number), ctypes.byref(handle))
        except BackendError:
            if not usable_only:
                raise
        else:
            found.append(handle)
    return found


def memory(library: Any, handle: ctypes.c_void_p) -> Memory:
    """How much a card has, and how much of it all programs use. BackendError if the library fails."""
    told = Memory()
    call(library, "nvmlDeviceGetMemoryInfo", handle, ctypes.byref(told))
    return told


def memory_of(library: Any, handle: ctypes.c_void_p, process: int) -> Optional[int]:
    """How many bytes of a card a process computes with; None where the driver doesn't tell: on Windows, or where the
    process has another number than the driver knows it by, in a container. BackendError if the library fails."""
    count, told = ctypes.c_uint(_MOST_PROCESSES), (Process * _MOST_PROCESSES)()
    call(library, "nvmlDeviceGetComputeRunningProcesses_v3", handle, ctypes.byref(count), told)
    found = [int(each.used) for each in told[: count.value] if each.pid == process]
    return sum(found) if found and _NOT_AVAILABLE not in found else None


def call(library: Any, name: str, *arguments: Any) -> None:
    """Calls a function of the library. BackendError if it fails."""
    code = getattr(library, name)(*arguments)
    if code:
        absent = "NVIDIA's driver doesn't answer: it isn't loaded."
        failed = f"NVIDIA's driver doesn't answer: {name} says {code}."
        raise BackendError(
            absent if code == _NO_DRIVER else failed, "Restart the computer, or install the driver again."
        )


def _card(library: Any, number: int, handle: ctypes.c_void_p) -> "tuple[str, NvidiaCard]":
    name, uuid = ctypes.create_string_buffer(_NAME_BYTES), ctypes.create_string_buffer(_UUID_BYTES)
    call(library, "nvmlDeviceGetName", handle, name, ctypes.c_uint(_NAME_BYTES))
    call(library, "nvmlDeviceGetUUID", handle, uuid, ctypes.c_uint(_UUID_BYTES))
    return uuid.value.decode(), NvidiaCard(number, name.value.decode(), memory(library, handle).total)


def visible(found: "Sequence[tuple[str, NvidiaCard]]", wanted: "Optional[str]") -> "list[NvidiaCard]":
    """The cards as CUDA counts them where `CUDA_VISIBLE_DEVICES` is `wanted`: numbers or unique names, with commas.

    They are counted from 0 in the order named; the first that there isn't ends the list (CUDA C++ Programming Guide,
    "CUDA Environment Variables").
    """
    if wanted is None:
        return [card for _, card in found]
    chosen: list[NvidiaCard] = []
    for each in (part.strip() for part in wanted.split(",")):
        card = next(
            (
                card
                for uuid, card in found
                if each == str(card.number) or (each.startswith("GPU-") and uuid.startswith(each))
            ),
            None,
        )
        if card is None:
            break
        chosen.append(card._replace(number=len(chosen)))
    return chosen
