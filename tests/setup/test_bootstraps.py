"""install.sh and install.ps1 stay small, parse, and say what to do where there is no Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from ezvtb.paths import PROJECT

NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="install.ps1 is for Windows")


@NOT_ON_WINDOWS
@pytest.mark.parametrize(("shell", "script"), [("sh", "install.sh"), ("bash", "install.sh"), ("bash", ".ci/run")])
def test_the_shell_scripts_parse(shell: str, script: str) -> None:
    subprocess.run([shell, "-n", str(PROJECT / script)], check=True)
    assert os.access(PROJECT / script, os.X_OK)


def test_the_powershell_script_parses() -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse((PROJECT / "install.ps1").read_bytes()).root_node.has_error
    assert parser.parse(b"if ($x { }").root_node.has_error, "the parser would notice"


def test_the_powershell_script_is_ascii_as_old_powershells_take_it_for_another_code_page() -> None:
    assert (PROJECT / "install.ps1").read_bytes().isascii()


@pytest.mark.parametrize(("script", "most"), [("install.sh", 70), ("install.ps1", 60), (".ci/run", 10)])
def test_the_bootstraps_stay_bootstraps(script: str, most: int) -> None:
    assert len((PROJECT / script).read_text("utf-8").splitlines()) <= most


@pytest.mark.parametrize(
    "words", ["winget install Python.Python.3.12", "[switch]$Launch, [switch]$Test", "--launch", "--test"]
)
def test_the_powershell_script_has_what_install_sh_has(words: str) -> None:
    assert words in (PROJECT / "install.ps1").read_text("utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The bootstrap in a folder with an awkward name, with a stand-in for the set-up."""
    folder = tmp_path / "アバター & spaces"
    package = folder / "core" / "ezvtb" / "setup"
    package.mkdir(parents=True)
    shutil.copy(PROJECT / "install.sh", folder)
    (package / "__main__.py").write_text("import sys; print('set up', sys.prefix, sys.argv[1:])")
    return folder


def bootstrap(clone: Path, *arguments: str, path: str = "", folder: Path = Path("/")) -> "tuple[int, str]":
    """Runs a clone's install.sh; its exit code and all it says."""
    environment = os.environ | ({"PATH": path} if path else {})
    answer = subprocess.run(
        ["/bin/sh", str(clone / "install.sh"), *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return answer.returncode, answer.stdout + answer.stderr


@NOT_ON_WINDOWS
def test_install_sh_makes_the_environment_once_and_mends_a_broken_one(clone: Path) -> None:
    first, said = bootstrap(clone, "--launch")
    assert first == 0, said
    assert "Making the Python environment" in said
    assert f"set up {clone / '.venv'} ['--launch']" in said
    _, said = bootstrap(clone)
    assert "Making" not in said
    shutil.rmtree(next((clone / ".venv" / "lib").glob("python*/site-packages/pip")))
    code, said = bootstrap(clone, folder=clone.parent)
    assert code == 0, said
    assert "Making" in said


@NOT_ON_WINDOWS
def test_install_sh_names_what_to_install_where_there_is_no_python(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "id", "env"):
        (tools / name).symlink_to(shutil.which(name) or name)
    code, said = bootstrap(clone, path=str(tools))
    assert code == 1
    assert "There is no Python from 3.10 to 3.14 here." in said
    assert "apt install python3 python3-venv" in said
    assert len(said.splitlines()) == 1


@NOT_ON_WINDOWS
def test_install_sh_names_the_package_where_python_has_no_venv(clone: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "id", "env"):
        (tools / name).symlink_to(shutil.which(name) or name)
    fake = tools / "python3"  # as Debian has it: a Python that runs and whose ensurepip was cut out
    fake.write_text(f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    fake.chmod(0o755)
    code, said = bootstrap(clone, path=str(tools))
    assert code == 1
    assert f"sudo apt install python3.{sys.version_info[1]}-venv" in said
