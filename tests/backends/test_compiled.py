import os
from pathlib import Path

import pytest

from ezvtb.backends import compiled


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        file = tmp_path / name
        file.write_bytes(bytes(100))
        os.utime(file, (1e9 - age, 1e9 - age))
    compiled.prune(tmp_path, 250)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["middle", "new"]
    compiled.prune(tmp_path, 250)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_can_t_be_made_is_logged_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "file"))
    assert compiled.folder() == ""
    assert "can't be kept" in caplog.text


def test_the_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "new"))
    assert Path(compiled.folder()).is_dir()
