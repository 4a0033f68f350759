"""What the suites of play need: an engine without models, a picture, frames, and a display."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ezvtb.play.stage import Pixels
from ezvtb.setup.headless_obs import Xvfb


@pytest.fixture
def null_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The engine process runs with the null backend in this very environment."""
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    monkeypatch.setenv("EZVTB_PYTHON", sys.executable)
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def figure() -> Pixels:
    """(512, 512, 4) BGRA: an orange disc with a soft edge on nothing, in the middle."""
    rows, columns = np.mgrid[0:512, 0:512]
    alpha = np.clip((120.5 - np.hypot(rows - 255.5, columns - 255.5)) / 4 + 0.5, 0, 1)
    pixels = np.zeros((512, 512, 4), np.uint8)
    pixels[..., :3] = np.where(alpha[..., None] > 0, (40, 120, 240), 0)
    pixels[..., 3] = (alpha * 255).round()
    return pixels


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory, figure: Pixels) -> Path:
    path = tmp_path_factory.mktemp("picture") / "disc.png"
    Image.fromarray(figure[..., [2, 1, 0, 3]]).save(path)
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[Xvfb]:
    missing = [name for name in ("Xvfb", "xdotool", "import") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    pytest.importorskip("tkinter")
    with Xvfb(900, 700) as running:
        yield running
