"""What is said about sizes and times before anything is downloaded."""

import sys
from pathlib import Path

import pytest

from ezvtb.models.manifest import read_manifest
from ezvtb.setup import sizes, system_packages
from ezvtb.setup.locks import CUDA, DEV, RUNTIME
from ezvtb.setup.sizes import MODELS, Part, announce, duration, folder_bytes, missing, shown
from ezvtb.setup.system_packages import Decision


def test_the_models_sizes_are_the_manifests() -> None:
    default = {model.name: model.wheel.bytes for model in read_manifest().values() if model.default}
    assert default.keys() == MODELS.keys()
    for name, size in default.items():
        assert 0 <= MODELS[name].download - size / 1e6 < 1


def test_sizes_and_times_are_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    announce([Part("Python packages", 120, 430), Part("models", 30, 70)])
    said = capsys.readouterr().out
    assert said == (
        "To download: 150 MB (Python packages 120, models 30); 500 MB on disk. "
        "About 30 s at 100 Mbit/s, 2 min at 10 Mbit/s.\n"
    )
    announce([Part("Python packages", 120, 430)], "the folder")
    assert "From the folder, without a network: " in capsys.readouterr().out
    announce([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("transfer", "disk", "words"), [(0, 0, "5 s"), (60, 250, "70 s"), (90, 0, "2 min"), (600, 0, "10 min")]
)
def test_a_time_is_no_more_exact_than_it_can_be(transfer: float, disk: int, words: str) -> None:
    assert duration(transfer, disk) == words


@pytest.mark.parametrize(("size", "words"), [(0, "1 kB"), (999, "1 kB"), (20_400, "20 kB"), (94_200_000, "94 MB")])
def test_sizes_are_shown_in_words(size: int, words: str) -> None:
    assert shown(size) == words


def test_a_folder_is_as_large_as_its_files_and_a_link_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(5000))
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "file").write_bytes(bytes(100))
    assert folder_bytes(tmp_path / "folder") == 100
    if sys.platform != "win32":
        (tmp_path / "folder" / "link").symlink_to(tmp_path)
        assert 100 < folder_bytes(tmp_path / "folder") < 2000


def test_only_what_is_missing_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path))
    monkeypatch.setattr(system_packages, "gather", lambda *_, **__: None)
    monkeypatch.setattr(system_packages, "decide", lambda _: Decision(install=("obs-studio",)))
    monkeypatch.setattr(sizes, "is_installed", lambda lock: lock.file == RUNTIME.file)
    whole = missing(DEV, headless=True)
    assert [part.what for part in whole] == ["Python packages", *(part.what for part in MODELS.values()), "OBS Studio"]
    assert whole[0].download == DEV.download - RUNTIME.download
    assert missing(RUNTIME, headless=True, runtimes=(CUDA, RUNTIME))[0].what == CUDA.purpose
    for name in MODELS:
        (tmp_path / name).mkdir()
    monkeypatch.setattr(system_packages, "decide", lambda _: Decision())
    assert missing(RUNTIME, headless=True) == []
