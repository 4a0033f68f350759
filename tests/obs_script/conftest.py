"""What the suites of the OBS side need: an engine without models, and a picture."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from ezvtb_obs import engine_process
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, free_udp_port, new_driver, running


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


@pytest.fixture
def hooked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Callable[..., None]":
    """Has engine processes import a file of these tests before all else; no backend is named to them."""

    def hook(file: Path, **environment: str) -> None:
        folder = tmp_path / "hook"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(f"import {file.stem}\n", "utf-8")
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
        really = engine_process.subprocess.Popen

        def start(*arguments: Any, env: "dict[str, str]", **options: Any) -> Any:
            env["PYTHONPATH"] += os.pathsep + str(folder)
            return really(*arguments, env={**env, "EZVTB_BACKEND": "", **environment}, **options)

        monkeypatch.setattr(engine_process.subprocess, "Popen", start)

    return hook


@pytest.fixture
def output() -> MemoryOutput:
    return MemoryOutput()


@pytest.fixture
def settings(picture: Path) -> Settings:
    return Settings(picture=str(picture), port=free_udp_port(), fps_limit=30, interpolation=1, cache="off")


@pytest.fixture
def driver(null_engine: Path, output: MemoryOutput, settings: Settings) -> Iterator[Driver]:
    made = new_driver(output, settings, null_engine)
    with running(made):
        yield made
    assert output.closed
