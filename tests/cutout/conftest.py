import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

STAND_IN = Path(__file__).parent / "stand_in"
CORE = Path(__file__).resolve().parents[2] / "core"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is made."""
    for name in ("REMBG_HOME", "U2NET_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def rembg(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in is installed, here and in the processes that are started."""
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(CORE), str(STAND_IN))))
    assert sys.executable


@pytest.fixture
def opaque() -> NDArray[np.uint8]:
    """(300, 400, 4): a red figure on a background that isn't plain."""
    rgba = np.random.default_rng(0).integers(0, 100, (300, 400, 4)).astype(np.uint8)
    rgba[60:, 120:280] = (200, 30, 40, 255)
    rgba[..., 3] = 255
    return rgba
