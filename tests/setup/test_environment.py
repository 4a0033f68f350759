"""When packages are installed, and when they are left alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import environment
from ezvtb.setup.environment import is_current, read_stamp, write_path_file, write_stamp
from ezvtb.setup.locks import BASES, CPU, CUDA, DEV, RUNTIME, RUNTIMES, TENSORRT, TENSORRT_RTX

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


def test_names_in_a_stamp_of_an_earlier_version_are_read_as_locks_write_them(tmp_path: Path) -> None:
    old = {"ast_serialize": "0.1", "PyYAML": "6.0", "zope.interface": "7.0"}
    write_stamp(tmp_path / "stamp.json", {"requirements.lock": "abc"}, old)
    stamp = read_stamp(tmp_path / "stamp.json")
    assert stamp["packages"] == {"ast-serialize": "0.1", "pyyaml": "6.0", "zope-interface": "7.0"}
    assert stamp["locks"] == {"requirements.lock": "abc"}


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
        environment.install(RUNTIME, tmp_path)


def test_a_full_disk_is_told_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 50 << 20))
    with pytest.raises(SetupError, match="has 50 MB of room"):
        environment.install(RUNTIME, tmp_path)


def test_packages_are_installed_once_per_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = prepare(tmp_path, monkeypatch)
    environment.install(DEV, tmp_path)
    environment.install(DEV, tmp_path)
    environment.install(RUNTIME, tmp_path)  # its pins are all in the other
    assert len(commands) == 1
    assert {"--require-hashes", "--only-binary=:all:", str(tmp_path / "requirements-dev.lock")} <= set(commands[0])
    assert "Python packages: the avatar, the demo and the tests" in capsys.readouterr().out
    (tmp_path / "requirements.lock").write_text("new")
    environment.install(RUNTIME, tmp_path)
    assert len(commands) == 2


def test_an_interrupted_installation_is_not_taken_for_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = prepare(tmp_path, monkeypatch)
    environment.install(RUNTIME, tmp_path)
    (tmp_path / "requirements.lock").write_text("new")
    with monkeypatch.context() as broken:
        broken.setattr(environment, "run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.install(RUNTIME, tmp_path)
    (tmp_path / "requirements.lock").write_text("requirements.lock")  # back to what the first one installed
    environment.install(RUNTIME, tmp_path)
    assert len(commands) == 2


def test_from_a_folder_pip_may_look_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, monkeypatch)
    commands: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(environment, "run", lambda command, changes, remedy: commands.append((command, changes)))
    environment.install(RUNTIME, tmp_path, folder=tmp_path / "wheels")
    wanted = {"--require-hashes", "--no-index", "--isolated", f"--find-links={tmp_path / 'wheels'}"}
    ((command, changes),) = commands
    assert wanted <= set(command)
    assert changes["PIP_CONFIG_FILE"] == os.devnull


def test_pip_unpacks_beside_the_environment_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, monkeypatch)
    folders: list[Path] = []

    def note(_command: "list[str]", changes: "dict[str, str]", **_: str) -> None:
        folders.append(Path(changes["TMPDIR"]))
        assert folders[0].is_dir()

    monkeypatch.setattr(environment, "run", note)
    environment.install(RUNTIME, tmp_path)
    assert folders[0].parent == tmp_path / ".venv"
    assert not folders[0].exists()


def test_only_what_pypi_has_as_sources_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = prepare(tmp_path, monkeypatch)
    for lock in (CPU, TENSORRT_RTX, TENSORRT):
        environment.install(lock, tmp_path)
    built = [[word for word in command if word.startswith("--no-binary")] for command in commands]
    assert built == [[], [], ["--no-binary=tensorrt-cu13,tensorrt-cu13-libs"]]


def test_a_lock_is_noted_beside_those_that_it_does_not_replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = prepare(tmp_path, monkeypatch)
    for lock in (DEV, CPU, RUNTIME):
        environment.install(lock, tmp_path)
    assert len(commands) == 2
    environment.install(CUDA, tmp_path)
    assert environment.is_installed(RUNTIME, tmp_path)
    assert environment.is_installed(CUDA, tmp_path)
    assert not environment.is_installed(CPU, tmp_path)


def test_after_a_change_from_outside_no_lock_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path, monkeypatch)
    for lock in (RUNTIME, CPU):
        environment.install(lock, tmp_path)
    monkeypatch.setattr(environment, "installed_packages", dict)
    environment.install(RUNTIME, tmp_path)
    assert not environment.is_installed(CPU, tmp_path)


def test_telemetry_that_an_earlier_version_installed_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = prepare(tmp_path, monkeypatch)
    environment.install(RUNTIME, tmp_path)
    monkeypatch.setattr(environment, "installed_packages", lambda: {"openvino-telemetry": "1"})
    environment.install(RUNTIME, tmp_path)
    assert [command[3] for command in commands] == ["install", "uninstall", "install"]


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A project in a folder with an awkward name, whose set-up only says where and with what it runs."""
    project = tmp_path / "アバター & spaces"
    package = project / "core" / "ezvtb" / "setup"
    package.mkdir(parents=True)
    said = project / "said.json"
    noting = f"open({str(said)!r}, 'w').write(json.dumps([sys.prefix, *sys.argv[1:]]))"
    (package / "__main__.py").write_text(f"import json, sys\n{noting}\nsys.exit(7)\n", "utf-8")
    return project


def test_the_environment_is_made_once_entered_and_mended(
    stand_in: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    assert environment.enter(["--launch", "a b"], project=stand_in) == 7
    assert json.loads((stand_in / "said.json").read_text("utf-8")) == [str(stand_in / ".venv"), "--launch", "a b"]
    assert "Making the Python environment" in capsys.readouterr().out
    assert environment.enter([], project=stand_in) == 7
    assert "Making" not in capsys.readouterr().out
    shutil.rmtree(next((stand_in / ".venv").rglob("site-packages")) / "pip")
    assert environment.enter([], project=stand_in) == 7
    assert "Making" in capsys.readouterr().out


def test_a_python_that_is_no_environment_does_not_serve(tmp_path: Path) -> None:
    base = Path(sys.base_prefix) / ("python.exe" if sys.platform == "win32" else "bin/python3")
    assert not environment.serves(base)
    assert not environment.serves(tmp_path / "none")


def test_this_version_of_python_is_the_running_one() -> None:
    assert environment.interpreter("") == [sys.executable]
    assert environment.interpreter(f"3.{sys.version_info[1]}") == [sys.executable]


def test_a_python_version_that_is_not_installed_is_named() -> None:
    with pytest.raises(SetupError, match=r"Python 3\.99 is needed and is not installed"):
        environment.interpreter("3.99")


def interrupt(*_arguments: object, **_options: object) -> None:
    raise KeyboardInterrupt


def prepare(project: Path, monkeypatch: pytest.MonkeyPatch) -> "list[list[str]]":
    """A project with locks and an environment, in which pip only notes what it is asked for."""
    for lock in (*BASES, *RUNTIMES):
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
