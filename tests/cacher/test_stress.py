"""A database that is killed at any moment, and one that is crowded: see `stress.py`."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("stress.py")
CORE = Path(__file__).parents[2] / "core"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script forks")


def run(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env={"PYTHONPATH": str(CORE)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return done.stdout + done.stderr


def test_killed_10_times_while_writing_it_is_whole(path: Path) -> None:
    assert run("kills", path, 10, 1) == ""


@pytest.mark.long
def test_killed_500_times_while_writing_it_is_whole(path: Path) -> None:
    assert run("kills", path, 500, 2) == ""


def test_four_processes_of_four_threads_leave_it_whole(path: Path) -> None:
    assert run("crowd", path, 2, 3) == ""


@pytest.mark.long
def test_a_minute_of_four_processes_of_four_threads_leaves_it_whole(path: Path) -> None:
    assert run("crowd", path, 60, 4) == ""
