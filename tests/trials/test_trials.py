"""What a trial says of a device that fails: the null backend draws no character."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.errors import BackendError
from ezvtb.trials import company, endurance, goldens, memory, parity, results_kept
from ezvtb.trials.memory import OnCards
from ezvtb.trials.place import Outcome, Place

CORE = Path(__file__).parents[2] / "core"
NULL = Place("null", 0, 0, half=False, brief=True)


def test_what_is_not_the_references_frame_fails() -> None:
    (outcome,) = parity.poser(NULL)
    assert not outcome.good
    assert "dB, 50 at least" in outcome.told


def test_kept_results_and_company_pass_where_nothing_is_wrong() -> None:
    assert all(each.good for each in results_kept.trial(NULL))
    assert all(each.good for each in company.trial(NULL))


def test_a_result_that_is_kept_wrongly_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    really = goldens.likeness
    monkeypatch.setattr(goldens, "likeness", lambda image, truth: really(np.roll(image, 40, 1), truth))
    assert not any(each.good for each in results_kept.trial(NULL))


def test_an_avatar_that_draws_the_others_picture_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(range(1000))
    really = goldens.likeness
    monkeypatch.setattr(
        goldens, "likeness", lambda image, truth: really(image[::-1] if next(drawn) == 2 else image, truth)
    )
    assert [each.good for each in company.trial(NULL)] == [False, True]


GB, MB = 1 << 30, 1 << 20


def grown(monkeypatch: pytest.MonkeyPatch, resident: "list[int]", cards: "list[OnCards]") -> "list[Outcome]":
    """What the trial says where these are in use after each tenth of the poses."""
    for name, told in {"resident": resident, "on_cards": cards}.items():
        monkeypatch.setattr(memory, name, partial(next, iter(told)))
    return endurance.trial(NULL)


def steadily(step: int) -> "list[int]":
    """In use where each tenth of the poses brings `step` bytes."""
    return [GB + step * i for i in range(10)]


def test_ram_that_grows_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    ram, card = grown(monkeypatch, steadily(40 * MB), [OnCards(GB, GB + i) for i in range(10)])
    assert (ram.good, ram.told) == (False, "+360 MB over 100 poses, 64 at most")
    assert (card.good, card.what) == (True, "the card's memory")


def test_a_game_that_is_started_meanwhile_is_no_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    game = [(4 + 3 * (i > 3)) * GB for i in range(10)]
    for own in (GB, None):  # where the driver doesn't tell what is this process's, too
        _, card = grown(monkeypatch, steadily(0), [OnCards(used, own) for used in game])
        assert (card.good, card.told) == (True, "+0 MB over 100 poses, 64 at most")


def test_a_leak_on_the_card_is_found_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    leak = steadily(10 * MB)
    for own, what in ((leak, "the card's memory"), ([None] * 10, "the card's memory, by what all programs use")):
        cards = [OnCards(used + 3 * GB * (i > 3), mine) for i, (used, mine) in enumerate(zip(leak, own))]
        _, card = grown(monkeypatch, steadily(0), cards)
        assert (card.what, card.good, card.told) == (what, False, "+90 MB over 100 poses, 64 at most")


def test_without_a_card_only_ram_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "on_cards", lambda: None)
    assert [each.what for each in endurance.trial(NULL)] == ["RAM"]


def test_half_precision_that_there_is_not_is_said() -> None:
    with pytest.raises(BackendError, match="no half precision"):
        Place("onnxruntime", 0, 0, half=True).backend()


class Library:
    """NVML with two cards."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self._answer(name, *arguments)

    def _answer(self, name: str, *arguments: Any) -> int:
        if name == self.fails:
            return 9
        if name == "nvmlDeviceGetCount_v2":
            arguments[0]._obj.value = 2
        if name == "nvmlDeviceGetMemoryInfo":
            arguments[1]._obj.used = 5 << 30
        if name == "nvmlDeviceGetComputeRunningProcesses_v3":
            _, count, told = arguments
            count._obj.value = 2
            told[0].pid, told[0].used = 7, 1 << 30
            told[1].pid, told[1].used = 8, 2**64 - 1
        return 0


def test_what_the_cards_hold_is_asked_of_their_driver() -> None:
    assert memory.used(Library(), 7) == OnCards(10 << 30, 2 << 30)
    assert memory.used(Library(), 8) == OnCards(10 << 30, None)  # Windows knows no bytes of its
    assert memory.used(Library(), 9) == OnCards(10 << 30, None)  # the driver knows it by another number
    for function in ("nvmlInit_v2", "nvmlDeviceGetCount_v2", "nvmlDeviceGetMemoryInfo"):
        assert memory.used(Library(function), 7) is None
    assert memory.used(Library("nvmlDeviceGetComputeRunningProcesses_v3"), 7) == OnCards(10 << 30, None)


OCCUPIES = """
import mmap
from ezvtb.trials import memory
before = memory.resident()
with mmap.mmap(-1, 64 << 20) as held:
    for page in range(0, len(held), mmap.PAGESIZE):
        held[page] = 1
    print(memory.resident() - before)
"""


def test_a_process_knows_what_it_occupies() -> None:
    # a young process of its own, and pages new from the system: what has long run takes 64 MB out of what it freed
    asked = subprocess.run([sys.executable, "-c", OCCUPIES], cwd=CORE, capture_output=True, check=True)
    assert 48 << 20 < int(asked.stdout) < 80 << 20
