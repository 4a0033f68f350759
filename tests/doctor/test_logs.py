"""What logs tell of trouble."""

import os
import time
from pathlib import Path

import pytest

from ezvtb.doctor import logs
from ezvtb.doctor.finding import Verdict


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        ("", []),
        ("all is well\n", []),
        ("a\npose: OpenVINO failed: x.\nb\n", ["pose: OpenVINO failed: x."]),
        ("12:00:01.123: error 1\n12:00:02.123: error 1\n", ["error 1"]),
        ("".join(f"error {n}\n" for n in range(9)), [f"error {n}" for n in range(3, 9)]),
        ("Traceback (most recent call last):\nKeyError: 3\n", ["Traceback (most recent call last):", "KeyError: 3"]),
    ],
)
def test_the_last_lines_that_tell_of_trouble_are_shown_once(log: str, lines: "list[str]") -> None:
    assert logs.telling(log) == lines


@pytest.mark.parametrize(("days", "verdict"), [(0, Verdict.WARNING), (30, Verdict.OK)])
def test_the_newest_log_counts_and_old_trouble_is_only_a_fact(
    days: int, verdict: Verdict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(logs.user_obs, "config_folder", lambda: tmp_path / "obs")
    for folder, name, text in (("logs", "engine-Mina.log", "it failed"), ("obs/logs", "1.txt", "error of another\n")):
        (tmp_path / folder).mkdir(parents=True)
        path = tmp_path / folder / name
        path.write_text(text)
        os.utime(path, (time.time() - days * 86400,) * 2)
    finding = logs.check()
    assert finding.verdict is verdict
    assert "  it failed" in finding.facts
    assert "another" not in str(finding)
    assert "Mina" not in str(finding)  # a source's name is the user's
