"""Which computer gets which inference runtimes."""

from pathlib import Path

import pytest

from ezvtb.setup import runtime_choice
from ezvtb.setup.graphics import NVIDIA, Graphics, NvidiaCard
from ezvtb.setup.runtime_choice import AUTOMATIC, INSTEAD, SETS, TITLES, Choice, Machine, choose, described, fitting

AMD, INTEL = 0x1002, 0x8086
NEW, OLD = (13, 0), (12, 8)


def card(name: str, capability: "tuple[int, int]", cuda: "tuple[int, int]" = NEW) -> Graphics:
    return Graphics((NVIDIA,), (NvidiaCard(name, capability),), cuda)


NONE, RADEON, ARC = Graphics(), Graphics((AMD,)), Graphics((INTEL,))
RTX, PASCAL, STALE = card("GeForce RTX 3060", (8, 6)), card("GTX 1080", (6, 1)), card("GeForce RTX 3060", (8, 6), OLD)
TWO = Graphics((NVIDIA, INTEL), (NvidiaCard("GTX 1080", (6, 1)), NvidiaCard("GeForce RTX 5090", (12, 0))), NEW)
GTX, HOPPER = card("NVIDIA GeForce GTX 1660 Ti", (7, 5)), card("NVIDIA H100 80GB HBM3", (9, 0))
MIXED = GTX._replace(cards=GTX.cards + RTX.cards)
UNDRIVEN = Graphics((INTEL, NVIDIA))
IN_WSL = Graphics((), RTX.cards, NEW)


@pytest.mark.parametrize(
    ("machine", "name", "words"),
    [
        (Machine("linux", "x86_64", (3, 12), NONE), "cpu", []),
        (Machine("linux", "x86_64", (3, 12), RADEON), "cpu", []),
        (Machine("linux", "x86_64", (3, 12), ARC), "cpu", []),
        (Machine("linux", "x86_64", (3, 11), RTX), "tensorrt-rtx", []),
        (Machine("linux", "x86_64", (3, 14), TWO), "tensorrt-rtx", []),
        (Machine("linux", "x86_64", (3, 12), IN_WSL), "tensorrt-rtx", []),
        (
            Machine("linux", "x86_64", (3, 10), RTX),
            "cpu",
            ["RTX 3060 can't be used with Python 3.10: install Python 3.11"],
        ),
        (Machine("linux", "x86_64", (3, 12), PASCAL), "cpu", ["GTX 1080 can't be used: today's CUDA needs"]),
        (Machine("linux", "x86_64", (3, 12), STALE), "cpu", ["knows CUDA 12.8 and not yet 13.0: install version 580"]),
        (Machine("linux", "x86_64", (3, 12), UNDRIVEN), "cpu", ["without NVIDIA's own driver"]),
        (Machine("linux", "aarch64", (3, 12), RTX), "cpu", []),
        (Machine("win32", "AMD64", (3, 12), NONE), "cpu", []),
        (Machine("win32", "AMD64", (3, 10), RADEON), "directml", []),
        (Machine("win32", "AMD64", (3, 12), ARC), "directml", []),
        (Machine("win32", "AMD64", (3, 12), RTX), "tensorrt-rtx", []),
        (Machine("win32", "AMD64", (3, 10), RTX), "directml", ["Python 3.10"]),
        (Machine("win32", "AMD64", (3, 12), PASCAL), "directml", ["GTX 1080"]),
        (Machine("win32", "AMD64", (3, 12), STALE), "directml", ["CUDA 12.8"]),
        (Machine("win32", "AMD64", (3, 12), UNDRIVEN), "directml", ["own driver"]),
        (Machine("win32", "ARM64", (3, 12), RADEON), "cpu", []),
        (Machine("darwin", "arm64", (3, 12), NONE), "cpu", []),
    ],
)
def test_the_graphics_card_and_the_python_decide(machine: Machine, name: str, words: "list[str]") -> None:
    choice = choose(machine)
    assert choice.name == name
    assert len(choice.reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, choice.reasons))


@pytest.mark.parametrize(
    ("wanted", "free", "name", "reasons"),
    [
        ("tensorrt", 9000, "tensorrt", 0),
        ("tensorrt", 8999, "cuda", 1),
        ("tensorrt", 3999, "cpu", 2),
        ("tensorrt-rtx", 4399, "cuda", 1),
        ("cuda", 4000, "cuda", 0),
        ("cuda", 10, "cpu", 1),
        ("directml", 10, "cpu", 1),
        ("cpu", 10, "cpu", 0),
    ],
)
def test_a_set_for_which_the_disk_has_no_room_is_replaced_and_that_is_told(
    wanted: str, free: int, name: str, reasons: int
) -> None:
    needed = {"tensorrt": 9000, "tensorrt-rtx": 4400, "cuda": 4000, "directml": 150, "cpu": 120}
    choice = fitting(Choice(wanted, ("before",)), needed.__getitem__, free)
    assert choice.name == name
    assert choice.reasons[0] == "before"
    assert len(choice.reasons) == 1 + reasons
    for reason in choice.reasons[1:]:
        assert f"the disk has {free} MB" in reason
    if reasons:
        assert f"the avatar gets {TITLES[name]}" in choice.reasons[-1]


def test_every_set_has_words_and_an_end_to_what_comes_instead() -> None:
    assert TITLES.keys() == SETS.keys()
    for name in SETS:
        seen = {name}
        while name in INSTEAD:
            name = INSTEAD[name]  # noqa: PLW2901
            assert name not in seen
            seen.add(name)
        assert name == "cpu"


def test_what_was_asked_for_counts_until_it_is_taken_back(tmp_path: Path) -> None:
    assert runtime_choice.remembered(tmp_path) == AUTOMATIC
    runtime_choice.remember("cuda", tmp_path)
    assert runtime_choice.remembered(tmp_path) == "cuda"
    runtime_choice.remember(AUTOMATIC, tmp_path)
    runtime_choice.remember(AUTOMATIC, tmp_path)
    assert runtime_choice.remembered(tmp_path) == AUTOMATIC
    (tmp_path / runtime_choice.NOTE).write_text("quantum")
    assert runtime_choice.remembered(tmp_path) == AUTOMATIC


@pytest.mark.parametrize(
    ("graphics", "words"),
    [
        (NONE, ""),
        (RTX, "GeForce RTX 3060"),
        (UNDRIVEN, "Intel, NVIDIA"),
        (TWO, "GTX 1080, GeForce RTX 5090, Intel"),
        (RADEON, "AMD"),
    ],
)
def test_the_cards_are_named(graphics: Graphics, words: str) -> None:
    assert described(Machine("linux", "x86_64", (3, 12), graphics)) == words
