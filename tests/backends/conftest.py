"""The card that isn't there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ezvtb.backends import cuda, devices
from ezvtb.backends.devices import Device

from . import fakes
from .fakes import CARD, Gpu


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Gpu]:
    """A card with both TensorRTs and cuda-bindings."""
    card = Gpu()
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "tensorrt", fakes.tensorrt(card))
    monkeypatch.setitem(sys.modules, "tensorrt_rtx_bindings", fakes.tensorrt_rtx(card))
    for name in ("cuda", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, name, type(sys)(name))
    monkeypatch.setitem(sys.modules, "cuda.bindings.driver", fakes.bindings(card))
    monkeypatch.setattr(cuda, "CARDS", (cuda.BindingsCard,))
    monkeypatch.setattr(cuda, "_opened", {})
    listing = devices.Listing([Device(CARD, 12 * 2**30, {"tensorrt": 0, "cuda": 0})], [])
    monkeypatch.setattr(devices, "find", lambda: listing)
    names = ("ezvtb.backends.tensorrt", "ezvtb.backends.tensorrt_build")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield card
    for name in names:
        sys.modules.pop(name, None)
