"""A model is installed while the avatar does without it: real networks, a real engine process."""

import os
import shutil
from pathlib import Path

import pytest

from ezvtb.models import store
from ezvtb.paths import RECORD
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import SR_FACE, Settings

from .driving import MemoryOutput, changed, new_driver, playing_engine, running, told, until

SR = "realesr_animevideov3"


def lend(installed: Path, to: Path) -> None:
    """Installs that model there, too."""
    work = to / f".{installed.name}.new"
    if os.name == "nt":  # where not every user may make symbolic links
        shutil.copytree(installed, work)
    else:
        shutil.copytree(installed, work, copy_function=lambda there, here: Path(here).symlink_to(there))
    (work / RECORD).unlink()
    shutil.copyfile(installed / RECORD, work / RECORD)
    work.rename(to / installed.name)


def test_super_resolution_comes_by_itself_once_its_model_is_there(
    null_engine: Path, output: MemoryOutput, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure, sr = (store.find(name).folder.parent for name in ("tha3_separable", SR))
    models = tmp_path / "models"
    models.mkdir()
    lend(figure, models)
    monkeypatch.setenv("EZVTB_BACKEND", "openvino")
    monkeypatch.setenv("EZVTB_MODELS", str(models))
    driver = new_driver(output, changed(settings, sr=SR_FACE, half=False, sr_half=False), null_engine)
    with running(driver, seconds=10):
        first = playing_engine(driver, output)
        assert "Until then frames are 512x512." in sr_line(driver)
        assert output.last.shape == (512, 512, 4)
        lend(sr, models)
        until(lambda: output.last.shape == (1024, 1024, 4), 60)
        assert driver.engine is not first
        assert "OpenVINO" in sr_line(driver)
        assert not output.blanked
        assert driver.facts().restarts == 0
        assert driver.engine
        until(lambda: driver.engine and "models_ready" in driver.engine.statistics)
        assert not driver.engine.statistics["models_ready"]


def sr_line(driver: Driver) -> str:
    (line,) = (each for each in told(driver) if each.startswith("Super resolution"))
    return line
