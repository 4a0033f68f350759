"""What a process takes of the computer, with clocks and an NVML of the tests' own."""

import ctypes
import os
from typing import Any

import pytest

from ezvtb.backends.nvml_usage import CardUsage
from ezvtb.usage import Usage

ME = 4711


def test_the_share_is_of_all_processors_since_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    clock, processor = iter([10.0, 12.0, 13.0]), iter([100.0, 108.0, 108.0])
    usage = Usage(lambda: next(clock), lambda: next(processor), lambda: None)
    assert usage.percent() == {"cpu": pytest.approx(50)}
    assert usage.percent() == {"cpu": 0}


def test_where_the_card_tells_its_share_is_there_too() -> None:
    assert Usage(card=lambda: 34.0).percent()["gpu"] == 34


def test_this_process_has_a_share() -> None:
    usage = Usage(card=lambda: None)
    sum(range(2_000_000))
    assert 0 < usage.percent()["cpu"] <= 100


class Nvml:
    """Answers as nvml.h says: to a call without room with INSUFFICIENT_SIZE (7) and the number of samples."""

    def __init__(self, cards: "list[list[tuple[int, int, int]]]", code: int = 0) -> None:
        self.cards, self.code = cards, code  # of each card: (process, moment, percent)

    def nvmlInit_v2(self) -> int:  # noqa: N802
        return self.code

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self.cards)
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: Any, handle: Any) -> int:  # noqa: N802
        handle._obj.value = number.value + 1
        return 0

    def nvmlDeviceGetProcessUtilization(self, handle: Any, samples: Any, count: Any, since: Any) -> int:  # noqa: N802
        told = [each for each in self.cards[handle.value - 1] if each[1] > since.value]
        if not told:
            return 6
        count._obj.value = len(told)
        if samples is None:
            return 7
        for sample, (process, moment, percent) in zip(samples, told):
            sample.pid, sample.time, sample.sm = process, moment, percent
        return 0


def test_the_card_s_share_is_the_mean_of_the_samples_of_this_process_on_its_busiest_card() -> None:
    nvml = Nvml([[(1, 5, 90)], [(ME, 5, 20), (1, 5, 70), (ME, 6, 40)]])
    usage = CardUsage(nvml, ME)
    assert usage() == 30
    assert usage() is None  # nothing new
    nvml.cards[1].append((ME, 7, 80))
    assert usage() == 80


@pytest.mark.parametrize("nvml", [Nvml([]), Nvml([[]], code=9), Nvml([[(1, 5, 90)]])])
def test_a_driver_that_does_not_tell_gives_no_share(nvml: Nvml) -> None:
    assert CardUsage(nvml, ME)() is None


def test_a_sample_has_the_size_of_nvml_s() -> None:
    from ezvtb.backends.nvml_usage import _Sample

    assert ctypes.sizeof(_Sample) == 32  # u32, 4 bytes of padding, u64, 4 u32
