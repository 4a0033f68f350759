"""What the suites of the OBS side need: an engine without models, and a picture."""

import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw


@pytest.fixture
def null_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The engine process runs with the null backend in this very environment; its log's path."""
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    monkeypatch.setenv("EZVTB_PYTHON", sys.executable)
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "engine.log"


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 512x512 PNG with a red disc on nothing."""
    image = Image.new("RGBA", (512, 512))
    ImageDraw.Draw(image).ellipse((156, 156, 356, 356), fill=(255, 0, 0, 255))
    path = tmp_path_factory.mktemp("picture") / "disc.png"
    image.save(path)
    return path
