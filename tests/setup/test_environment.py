"""When packages are installed, and when they are left alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import environment
from ezvtb.setup.environment import is_current, read_stamp, write_path_file, write_stamp

PACKAGES = {"numpy": "2.4.6", "pip": "23.2.1"}


def test_a_stamp_with_the_same_lock_and_packages_is_current(tmp_path: Path) -> None:
    write_stamp(tmp_path / "stamp.json", {"requirements.lock": "abc"}, PACKAGES)
    stamp = read_stamp(tmp_path / "stamp.json")
    assert is_current(stamp, "requirements.lock", "abc", PACKAGES)
    assert is_current(stamp, "requirements.lock", "abc", PACKAGES | {"more": "1"})


@pytest.mark.parametrize(
    ("file", "wanted", "present"),
    [
        ("requirements.lock", "another", PACKAGES),
        ("requirements-dev.lock", "abc", PACKAGES),
        ("requirements.lock", "abc", {"pip": "23.2.1"}),
        ("requirements.lock", "abc", PACKAGES | {"numpy": "1.0"}),
    ],
)
def test_another_lock_or_a_changed_package_makes_it_stale(
    tmp_path: Path, file: str, wanted: str, present: "dict[str, str]"
) -> None:
    write_stamp(tmp_path / "stamp.json", {"requirements.lock": "abc"}, PACKAGES)
    assert not is_current(read_stamp(tmp_path / "stamp.json"), file, wanted, present)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"locks": 3}', '"x"'])
def test_a_damaged_stamp_is_no_stamp(tmp_path: Path, content: str) -> None:
    (tmp_path / "stamp.json").write_text(content)
    stamp = read_stamp(tmp_path / "stamp.json")
    assert not is_current(stamp, "requirements.lock", "abc", PACKAGES)


def test_line_endings_make_no_other_lock(tmp_path: Path) -> None:
    (tmp_path / "unix").write_bytes(b"a==1\nb==2\n")
    (tmp_path / "windows").write_bytes(b"a==1\r\nb==2\r\n")
    assert environment.fingerprint(tmp_path / "unix") == environment.fingerprint(tmp_path / "windows")


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"requirements\.lock is missing"):
        environment.fingerprint(tmp_path / "requirements.lock")


def test_only_the_projects_own_environment_is_touched(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"Run install\.sh"):
        environment.install(environment.RUNTIME, tmp_path)


def test_a_full_disk_is_told_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 50 << 20))
    with pytest.raises(SetupError, match="has 50 MB of room"):
        environment.install(environment.RUNTIME, tmp_path)


def test_packages_are_installed_once_per_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = prepare(tmp_path, monkeypatch)
    environment.install(environment.DEV, tmp_path)
    environment.install(environment.DEV, tmp_path)
    environment.install(environment.RUNTIME, tmp_path)  # its pins are all in the other
    assert len(commands) == 1
    assert {"--require-hashes", "--only-binary=:all:", str(tmp_path / "requirements-dev.lock")} <= set(commands[0])
    assert "180 MB to download" in capsys.readouterr().out
    (tmp_path / "requirements.lock").write_text("new")
    environment.install(environment.RUNTIME, tmp_path)
    assert len(commands) == 2


def test_an_interrupted_installation_is_not_taken_for_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = prepare(tmp_path, monkeypatch)
    environment.install(environment.RUNTIME, tmp_path)
    (tmp_path / "requirements.lock").write_text("new")
    with monkeypatch.context() as broken:
        broken.setattr(environment, "run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.install(environment.RUNTIME, tmp_path)
    (tmp_path / "requirements.lock").write_text("requirements.lock")  # back to what the first one installed
    environment.install(environment.RUNTIME, tmp_path)
    assert len(commands) == 2


def test_telemetry_that_an_earlier_version_installed_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = prepare(tmp_path, monkeypatch)
    environment.install(environment.RUNTIME, tmp_path)
    monkeypatch.setattr(environment, "installed_packages", lambda: {"openvino-telemetry": "1"})
    environment.install(environment.RUNTIME, tmp_path)
    assert [command[3] for command in commands] == ["install", "uninstall", "install"]


def interrupt(*_arguments: object, **_options: object) -> None:
    raise KeyboardInterrupt


def prepare(project: Path, monkeypatch: pytest.MonkeyPatch) -> "list[list[str]]":
    """A project with locks and an environment, in which pip only notes what it is asked for."""
    for lock in (environment.RUNTIME, environment.DEMO, environment.DEV):
        (project / lock.file).write_text(lock.file)
    packages = project / ".venv" / "lib" / "site-packages"
    packages.mkdir(parents=True)
    commands: list[list[str]] = []
    monkeypatch.setattr(sys, "prefix", str(project / ".venv"))
    monkeypatch.setattr(environment.sysconfig, "get_path", lambda _: str(packages))
    monkeypatch.setattr(environment, "installed_packages", lambda: dict(PACKAGES))
    monkeypatch.setattr(environment, "run", lambda command, **_: commands.append(command))
    return commands


def test_the_path_file_finds_our_folders_from_any_folder_name(tmp_path: Path) -> None:
    project = tmp_path / "アバター with spaces"
    packages = project / ".venv" / "lib" / "python3.11" / "site-packages"
    for folder in (packages, project / "core", project / "obs_script"):
        folder.mkdir(parents=True)
    (project / "core" / "found_in_core.py").write_text("")
    write_path_file(packages, project)
    assert (packages / environment.PATH_FILE).read_bytes().isascii()
    code = f"import site; site.addsitedir({str(packages)!r}); import found_in_core"
    subprocess.run([sys.executable, "-S", "-c", code], check=True)


def test_this_environment_finds_the_project_from_anywhere(tmp_path: Path) -> None:
    if Path(sys.prefix).resolve() != (PROJECT / ".venv").resolve():
        pytest.skip("these tests run in another environment than the project's")
    subprocess.run([sys.executable, "-c", "import ezvtb.protocol, ezvtb_obs"], cwd=tmp_path, check=True, env={})
