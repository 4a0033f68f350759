"""The programs that the set-up runs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import __main__ as setup_main
from ezvtb.setup import console
from ezvtb.setup.arguments import parse


def test_a_failing_program_becomes_a_sentence_with_a_remedy() -> None:
    with pytest.raises(SetupError) as caught:
        console.run([sys.executable, "-c", "import sys; sys.exit(7)"], remedy="Try again.")
    assert "ended with exit code 7" in caught.value.message
    assert sys.executable not in caught.value.message
    assert caught.value.remedy == "Try again."


def test_a_missing_program_is_named() -> None:
    with pytest.raises(SetupError, match="no-such-program can't be started"):
        console.exit_code(["no-such-program"])


def test_a_program_sees_no_python_settings_of_the_callers_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/somewhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    variables = console.child_environment({"ADDED": "1"})
    assert not variables.keys() & {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    assert variables["ADDED"] == "1"


def test_a_programs_input_is_closed() -> None:
    assert console.exit_code([sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.read()))"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupted_program_ends_by_itself(tmp_path: Path) -> None:
    """As Ctrl+C does it: the whole process group is interrupted, and the child needs a moment to tidy up."""
    child = (
        "import pathlib, time\n"
        f"try:\n    pathlib.Path({str(tmp_path / 'started')!r}).touch(); time.sleep(60)\n"
        f"except KeyboardInterrupt:\n    time.sleep(0.6); pathlib.Path({str(tmp_path / 'tidied')!r}).touch()\n"
    )
    code = f"import sys; from ezvtb.setup import console; console.exit_code([sys.executable, '-c', {child!r}])"
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "core")},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not (tmp_path / "started").exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.wait(60) != 0
    assert (tmp_path / "tidied").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--launch", "--test"], 2),
        (["--lau"], 2),
        (["--lanch"], 2),
        (["--yes"], 2),
        (["--uninstall", "--launch"], 2),
        (["--platform", "linux"], 2),
        (["--download", "x", "--platform", "amiga"], 2),
        (["--download", "x", "--python", "3.9"], 2),
        (["--download", "x", "--offline", "y"], 2),
        (["--test", "--offline", "y"], 2),
        (["--offline"], 2),
    ],
)
def test_the_command_refuses_what_it_does_not_know(arguments: "list[str]", code: int) -> None:
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "ezvtb.setup", *arguments],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "core")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == code, answer.stderr
    assert "--launch" in answer.stdout + answer.stderr


def test_an_error_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            "from ezvtb.setup.__main__ import main; import sys; sys.exit(main(['--offline', 'nowhere']))",
        ],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "core")},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "nowhere is no folder of downloads" in answer.stderr


def test_a_disk_that_is_not_to_be_written_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(*_: object) -> int:
        raise PermissionError(13, "Permission denied", "/mnt/.venv/ezvtb-runtime.txt")

    monkeypatch.setattr(setup_main.environment, "is_inside", lambda: True)
    monkeypatch.setattr(setup_main, "set_up", write)
    assert setup_main.main([]) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "ezvtb-runtime.txt" in said
    assert "not to be written" in said


def test_what_to_gather_for_another_computer_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--download", "usb", "--runtime", "auto"])
    assert "name what --runtime it shall have" in capsys.readouterr().err
    assert parse(["--download", "usb", "--runtime", "tensorrt-rtx"]).runtime == "tensorrt-rtx"
