"""Which edition a page says it is from."""

import re
from pathlib import Path

import pytest

from ezvtb import edition


def test_the_stamp_has_version_commit_and_time() -> None:
    assert re.fullmatch(
        r"EZVTB Avatar \d+(\.\d+)+(, commit [0-9a-f]+( with changes)?)?; \d{4}-\d\d-\d\d \d\d:\d\d", edition.stamp()
    )


def test_outside_a_clone_the_version_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2"\n')
    monkeypatch.setattr(edition, "PROJECT", tmp_path)
    assert edition.stamp().startswith("EZVTB Avatar 1.2; ")
