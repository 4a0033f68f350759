"""What a trial says of a device that fails: the null backend draws no character."""

import ctypes
from typing import Any

import numpy as np
import pytest

from ezvtb.errors import BackendError
from ezvtb.trials import company, endurance, goldens, memory, parity, results_kept
from ezvtb.trials.place import Place

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


def test_memory_that_grows_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endurance, "BRIEF", 20)
    told = iter([100 << 20, 500 << 20])
    monkeypatch.setattr(memory, "resident", lambda: next(told))
    cards = iter([1 << 30, (1 << 30) + 5])
    monkeypatch.setattr(memory, "on_cards", lambda: next(cards))
    ram, card = endurance.trial(NULL)
    assert (ram.good, ram.told) == (False, "+400 MB over 20 poses, 64 at most")
    assert card.good


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
        return 0


def test_what_the_cards_hold_is_asked_of_their_driver() -> None:
    assert memory.used(Library()) == 10 << 30
    for function in ("nvmlInit_v2", "nvmlDeviceGetCount_v2", "nvmlDeviceGetMemoryInfo"):
        assert memory.used(Library(function)) is None


def test_a_process_knows_what_it_occupies() -> None:
    before = memory.resident()
    held = ctypes.create_string_buffer(b"x" * (64 << 20))
    assert memory.resident() - before > 48 << 20
    assert len(held) > 1
