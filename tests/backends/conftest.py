"""The card that isn't there."""

from pathlib import Path

import pytest

from .fake_card import Gpu
from .slot import plug_in


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gpu:
    """A card with both TensorRTs and cuda-bindings."""
    return plug_in(monkeypatch, tmp_path)
