"""Which inference runtimes a computer gets: by its graphics card, its Python and the room on its disk."""

import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ezvtb.setup import graphics
from ezvtb.setup.graphics import MAKERS, NVIDIA, Graphics, NvidiaCard
from ezvtb.setup.locks import CPU, CUDA, DIRECTML, TENSORRT, TENSORRT_RTX, Lock

SETS: "dict[str, tuple[Lock, ...]]" = {
    "cpu": (CPU,),
    "cuda": (CUDA,),
    "directml": (DIRECTML,),
    "tensorrt": (CUDA, TENSORRT),
    "tensorrt-rtx": (CUDA, TENSORRT_RTX),
}
"""What `--runtime` names. OpenVINO, for processors and Intel's cards, comes with the avatar itself."""

INSTEAD = {"tensorrt": "cuda", "tensorrt-rtx": "cuda", "cuda": "cpu", "directml": "cpu"}
"""What is installed where one can't be."""

AUTOMATIC = "auto"

NEWEST_CUDA = (13, 0)
OLDEST_CAPABILITY = (7, 5)
OLDEST_PYTHON = (3, 11)
"""What the wheels need: CUDA 13, so a driver from 580 on, and Turing or newer (TensorRT 11.4's "Prerequisites" at
docs.nvidia.com; cuDNN 9.28 likewise); ONNX Runtime 1.24 and newer and cuda-bindings 13.5 have none for Python 3.10."""

_X64 = {"x86_64", "amd64"}


class Machine(NamedTuple):
    """What the choice depends on."""

    system: str
    """`sys.platform`"""
    processor: str
    """`platform.machine()`"""
    python: "tuple[int, int]"
    graphics: Graphics


class Choice(NamedTuple):
    """A set's name, and why it isn't a faster one: a sentence each."""

    name: str
    reasons: "tuple[str, ...]" = ()


def this_machine() -> Machine:
    """The computer that runs this."""
    return Machine(sys.platform, platform.machine(), sys.version_info[:2], graphics.look())


def choose(machine: Machine) -> Choice:
    """The fastest set that the machine can use, whatever its size."""
    if machine.system not in {"linux", "win32"} or machine.processor.lower() not in _X64:
        return Choice("cpu")
    reasons = tuple(_against_nvidia(machine))
    usable = [card for card in machine.graphics.cards if card.capability >= OLDEST_CAPABILITY]
    if usable and not reasons:
        return Choice("tensorrt-rtx" if all(_is_rtx(card) for card in usable) else "tensorrt")
    return Choice("directml" if machine.system == "win32" and machine.graphics.makers else "cpu", reasons)


def _is_rtx(card: NvidiaCard) -> bool:
    """Whether TensorRT-RTX serves a card: GeForce RTX, RTX of workstations, TITAN RTX, from Turing on."""
    return "RTX" in card.name.split()


def _against_nvidia(machine: Machine) -> Iterator[str]:
    """Why NVIDIA's card, where there is one, can't be used; a sentence with what to do about it."""
    cards, cuda = machine.graphics.cards, machine.graphics.cuda
    if not cards:
        if NVIDIA in machine.graphics.makers:
            yield "NVIDIA's card can't be used without NVIDIA's own driver: install it, then run this again."
        return
    best = max(cards, key=lambda card: card.capability)
    if best.capability < OLDEST_CAPABILITY:
        yield f"{best.name} can't be used: today's CUDA needs a GeForce GTX 16 or RTX 20 or newer."
    elif cuda < NEWEST_CUDA:
        yield f"{best.name} can't be used with its driver, which knows CUDA {_dotted(cuda)} and not yet " + (
            f"{_dotted(NEWEST_CUDA)}: install version 580 or newer, then run this again."
        )
    elif machine.python < OLDEST_PYTHON:
        yield f"{best.name} can't be used with Python {_dotted(machine.python)}: " + (
            f"install Python {_dotted(OLDEST_PYTHON)} or newer, delete .venv, then run this again."
        )


def _dotted(version: "tuple[int, int]") -> str:
    return ".".join(map(str, version))


def fitting(wanted: Choice, needed: Callable[[str], int], free: int) -> Choice:
    """The wanted set or the first instead of it for which the disk has room; all in MB.

    The set for processors is always right: its room is looked at when it is installed.
    """
    name, reasons = wanted.name, list(wanted.reasons)
    while name in INSTEAD and needed(name) > free:
        lacking = f"{TITLES[name]} needs {needed(name)} MB of room and the disk has {free} MB"
        name = INSTEAD[name]
        reasons.append(f"{lacking}: the avatar gets {TITLES[name]}. Free some space, then run this again.")
    return Choice(name, tuple(reasons))


TITLES = {
    "cpu": "ONNX Runtime for the processor",
    "cuda": "ONNX Runtime with CUDA",
    "directml": "ONNX Runtime with DirectML",
    "tensorrt": "TensorRT with CUDA",
    "tensorrt-rtx": "TensorRT-RTX with CUDA",
}
"""What the user reads."""


def described(machine: Machine) -> str:
    """The graphics cards in words; empty where there is none."""
    makers = [MAKERS[maker] for maker in machine.graphics.makers if maker != NVIDIA or not machine.graphics.cards]
    return ", ".join([card.name for card in machine.graphics.cards] + makers)


def remember(word: str, environment: Path) -> None:
    """Notes what the user has asked for with `--runtime`, for the next run; `AUTOMATIC` forgets it."""
    note = environment / NOTE
    if word == AUTOMATIC:
        note.unlink(missing_ok=True)
    else:
        note.write_text(word, "ascii")


def remembered(environment: Path) -> str:
    """What the user has asked for; `AUTOMATIC` where that is nothing, or nothing that is known."""
    try:
        word = (environment / NOTE).read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return AUTOMATIC
    return word if word in SETS else AUTOMATIC


NOTE = "ezvtb-runtime.txt"
