"""Where the card that isn't there is plugged in (see `fake_card`)."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from ezvtb.backends import cuda, devices
from ezvtb.backends.devices import Device

from . import fake_drivers, fake_tensorrt
from .fake_card import CARD, Gpu

_opened: "dict[int, cuda.Card]" = {}
"""The cards of the last test. As real ones they live as long as the process, but their memory needn't."""

PACKAGES = {"cuda-bindings": cuda.BindingsCard, "pycuda": cuda.PycudaCard}


def plug_in(
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,
    package: str = "cuda-bindings",
    kinds: "tuple[str, ...]" = ("tensorrt", "cuda"),
) -> Gpu:
    """A card with both TensorRTs and one of the packages for its memory; `kinds` are those that can use it.

    `cache` is the cache's folder meanwhile.
    """
    for before in _opened.values():
        before.do(before._device_pool.clear)
        before.do(before._host_pool.clear)
    _opened.clear()
    card = Gpu()
    monkeypatch.setenv("EZVTB_CACHE", str(cache))
    monkeypatch.setitem(sys.modules, "tensorrt", fake_tensorrt.tensorrt(card))
    monkeypatch.setitem(sys.modules, "tensorrt_rtx_bindings", fake_tensorrt.tensorrt_rtx(card))
    for name in ("cuda", "cuda.bindings", "pycuda"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "cuda.bindings.driver", fake_drivers.bindings(card))
    monkeypatch.setitem(sys.modules, "pycuda.driver", fake_drivers.pycuda(card))
    monkeypatch.setattr(cuda, "CARDS", (PACKAGES[package],))
    monkeypatch.setattr(cuda, "_opened", _opened)
    listing = devices.Listing([Device(CARD, 12 << 30, dict.fromkeys(kinds, 0))], [])
    monkeypatch.setattr(devices, "find", lambda: listing)
    return card
