"""install.sh and install.ps1 stay small, parse, and say what to do where there is no Python."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from ezvtb.paths import PROJECT
from ezvtb.setup.arguments import parser

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


@pytest.mark.parametrize(("script", "most"), [("install.sh", 70), ("install.ps1", 80), (".ci/run", 10)])
def test_the_bootstraps_stay_bootstraps(script: str, most: int) -> None:
    assert len((PROJECT / script).read_text("utf-8").splitlines()) <= most


def test_the_powershell_script_has_what_install_sh_has() -> None:
    script = (PROJECT / "install.ps1").read_text("utf-8")
    options = parser().format_help()
    names = "launch", "test", "uninstall", "yes", "download", "platform", "python", "offline", "no-python", "runtime"
    for name in names:
        assert f"--{name}" in options
        assert f"'--{name}'" in script
        assert re.search(rf"\[(switch|string)\]\${name.title().replace('-', '')}\b", script)
    count = len(re.findall(r"^  --", options, re.MULTILINE))
    assert count == len(names), "a new option belongs into install.ps1 and into this test"
    assert "winget install Python.Python.3.12" in script


def test_the_powershell_script_refuses_typing_errors() -> None:
    """A plain script would take `-Lanch` for a word of no meaning."""
    assert "[CmdletBinding(PositionalBinding = $false)]" in (PROJECT / "install.ps1").read_text("utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The bootstrap in a folder with an awkward name, with a stand-in for the set-up."""
    folder = tmp_path / "アバター & spaces"
    package = folder / "core" / "ezvtb" / "setup"
    package.mkdir(parents=True)
    shutil.copy(PROJECT / "install.sh", folder)
    (package / "__main__.py").write_text("import sys; print(sys.argv[1:]); sys.exit(5)")
    return folder


def tools_without_python(tmp_path: Path) -> Path:
    """A folder for PATH with what the bootstrap itself needs."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "id", "env"):
        (tools / name).symlink_to(shutil.which(name) or name)
    return tools


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
def test_install_sh_passes_every_word_on_and_the_exit_code_back(clone: Path) -> None:
    code, said = bootstrap(clone, "--offline", "a folder")
    assert code == 5, said
    assert "['--offline', 'a folder']" in said
    assert not (clone / ".venv").exists()


@NOT_ON_WINDOWS
def test_a_typing_error_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "core" / "ezvtb", tmp_path / "core" / "ezvtb")
    shutil.copy(PROJECT / "install.sh", tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    code, said = bootstrap(tmp_path, "--lanch")
    assert code == 2
    assert "unrecognized arguments: --lanch" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@NOT_ON_WINDOWS
def test_install_sh_uses_the_environments_python_where_there_is_no_other(clone: Path, tmp_path: Path) -> None:
    tools = tools_without_python(tmp_path)
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    code, said = bootstrap(clone, path=str(tools))
    assert code == 5, said


@NOT_ON_WINDOWS
def test_install_sh_names_what_to_install_where_there_is_no_python(clone: Path, tmp_path: Path) -> None:
    code, said = bootstrap(clone, path=str(tools_without_python(tmp_path)))
    assert code == 1
    assert "There is no Python from 3.10 to 3.14 here." in said
    assert "apt install python3 python3-venv" in said
    assert len(said.splitlines()) == 1
