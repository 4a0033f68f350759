"""What a machine can't do or does in another way, and how much of a card the poser's results may take."""

from pathlib import Path
from typing import Any

import pytest

from ezvtb import assembly, backends, limits
from ezvtb.backends import devices
from ezvtb.backends.base import HOST, Backend, Memory
from ezvtb.backends.devices import Device
from ezvtb.backends.onnxruntime import CPU, OnnxRuntimeBackend
from ezvtb.options import Options
from ezvtb.tha import cache_size
from ezvtb_interface import get_core

GB = 1 << 30


class Some(Backend):
    """A backend of which only what it says about itself counts."""

    def __init__(self, memory: Memory = HOST, **says: Any) -> None:
        self.memory = memory
        vars(self).update(says)

    def load(self, path: Path) -> Any:
        raise NotImplementedError


ON_CPU = Some(on_cpu=True, half_pays=True)
ORT_CUDA = Some(device_memory=True, half_pays=True, device_bytes=24 * GB)
TENSORRT = Some(Memory(), device_memory=True, half_pays=True, gives_way=True, device_bytes=24 * GB)
SMALL = Some(Memory(), device_memory=True, half_pays=True, gives_way=True, device_bytes=4 * GB)
INTEL = Some(half_pays=True)


@pytest.mark.parametrize(
    ("backend", "names"),
    [
        (ON_CPU, {"no_vram"}),
        (ORT_CUDA, {"normal_priority", "not_page_locked"}),
        (TENSORRT, set()),
        (SMALL, {"little_vram"}),
        (INTEL, {"no_vram", "normal_priority"}),
    ],
)
def test_each_runtime_has_the_limits_that_are_its_own(backend: Backend, names: set[str]) -> None:
    card = Device("a card", GB, {"tensorrt": 0})
    assert {limit.name for limit in limits.of([card], backend)} == names


@pytest.mark.parametrize(
    ("options", "card", "megabytes"),
    [
        ({}, 24, 1024),
        ({}, 16, 1024),
        ({}, 8, 512),
        ({}, 4, 256),
        ({}, 1, 64),
        ({}, 0.5, 1024),
        ({}, 0.125, 1024),
        ({}, 0, 1024),
        ({"model_cache_size": 2}, 4, 2048),
        ({"model_cache_size": 0.1}, 4, 102),
        ({"model_vram_cache": False}, 4, 1024),
        ({"model_cache": False}, 4, 0),
    ],
)
def test_by_default_results_take_no_more_than_a_share_of_a_card(
    options: dict[str, Any], card: float, megabytes: int
) -> None:
    assert assembly._cache_bytes(Options(**options), Some(device_bytes=int(card * GB))) >> 20 == megabytes


def test_a_card_is_little_where_its_share_is_less_than_the_default() -> None:
    assert [cache_size.is_little(int(size * GB)) for size in (0, 0.125, 4, 15, 16)] == [False, False, True, True, False]


class SmallCard(OnnxRuntimeBackend):
    """ONNX Runtime on a CPU that plays a card of 6 GB."""

    def __init__(self, number: int, half: bool) -> None:
        super().__init__(CPU._replace(kind="card", memory="cpu", title="A card"), number, half)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, ["let games go first", "sixteenth"]),
        ({"model_vram_cache": False}, ["let games go first", "ordinary RAM"]),
        ({"model_cache_size": 2}, ["let games go first"]),
        ({"model_cache": False}, ["let games go first"]),
    ],
)
def test_the_report_says_what_a_card_does_in_another_way(
    options: dict[str, Any], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(backends.KINDS, "card", backends.Kind(__name__, "SmallCard"))
    monkeypatch.setenv("EZVTB_BACKEND", "card")
    listing = devices.Listing([Device("a card", 6 * GB, {"card": 0, "tensorrt": 0})], [])
    monkeypatch.setattr(devices, "find", lambda: listing)
    core = get_core(use_cacher=False, use_interpolation=False, model_half=False, **options)
    (poser, *_) = core.report
    assert (poser.backend, poser.device, poser.why) == ("A card", "a card", "")
    sentences = [each for each in poser.limits.split(". ") if each]
    assert len(sentences) == len(told), poser.limits
    assert all(each in sentence for each, sentence in zip(told, sentences))
    assert core.limits == {}
