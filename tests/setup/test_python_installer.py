"""A Python for OBS on Windows is installed by winget or from a folder, said beforehand, and never against a no."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import python_installer
from ezvtb.setup.python_installer import OPTIONS, RELEASES, Release, install, winget_command
from ezvtb.setup.windows_python import newest_minor

WINGET = (
    "winget install --exact --id Python.Python.3.{} --source winget --architecture x64 --scope user --silent "
    "--accept-package-agreements --accept-source-agreements"
)


class Runner:
    """Stands in for running a program: notes the commands, and what had been said before."""

    def __init__(self, capsys: "pytest.CaptureFixture[str]", code: "int | None" = 0) -> None:
        self.commands: list[list[str]] = []
        self.said_before = ""
        self._capsys = capsys
        self._code = code

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(list(command))
        self.said_before += self._capsys.readouterr().out
        if self._code is None:
            raise SetupError(f"{command[0]} can't be started: not found.", "Is it installed?")
        return self._code


@pytest.mark.parametrize("minor", sorted(RELEASES))
def test_winget_installs_it_after_saying_what_from_where_and_how_large(
    minor: int, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(capsys)
    install(minor, run=runner)
    assert runner.commands == [WINGET.format(minor).split()]
    assert f"winget gets Python 3.{minor} from python.org, about 30 MB." in runner.said_before
    assert "stays when the avatar is uninstalled" in runner.said_before


@pytest.mark.parametrize("version", [(), (28, 1), (29, 0, 2), (29, 1, 3), (30, 0, 2), (30, 1), (32, 2, 2)])
def test_there_is_an_installer_for_every_obs(version: "tuple[int, ...]") -> None:
    release = RELEASES[newest_minor(version)]
    assert release.version.startswith(f"3.{newest_minor(version)}.")
    assert len(release.sha256) == 64


def test_a_no_is_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runner = Runner(capsys)
    for folder in (None, tmp_path):
        with pytest.raises(
            SetupError, match=r"none was found\. Install one: winget install Python\.Python\.3\.12, or "
        ):
            install(12, folder=folder, allowed=False, run=runner)
    assert not runner.commands


def test_without_winget_the_download_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    where = r"https://www\.python\.org/ftp/python/3\.11\.9/python-3\.11\.9-amd64\.exe"
    with pytest.raises(SetupError, match=rf"between 3\.9 and 3\.11 .* none was found\. Install one: .*{where}$"):
        install(11, run=Runner(capsys, code=None))


def test_an_exit_code_is_said_and_what_it_led_to_is_for_the_next_look(capsys: pytest.CaptureFixture[str]) -> None:
    install(12, run=Runner(capsys, code=0x8A150011))
    assert f"winget ended with exit code {0x8A150011}." in capsys.readouterr().out


def test_without_a_network_the_file_in_the_folder_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    release = Release("3.12.10", hashlib.sha256(b"MZ\xff\r\n\x00").hexdigest())
    monkeypatch.setitem(python_installer.RELEASES, 12, release)
    runner = Runner(capsys)
    with pytest.raises(SetupError, match=r"Put https://www\.python\.org/\S+/python-3\.12\.10-amd64\.exe into "):
        install(12, folder=tmp_path, run=runner)
    (tmp_path / release.file).write_bytes(b"half of it")
    with pytest.raises(SetupError, match=r"amd64\.exe is altered or incomplete\. Get it again from https://"):
        install(12, folder=tmp_path, run=runner)
    assert not runner.commands
    (tmp_path / release.file).write_bytes(b"MZ\xff\r\n\x00")
    install(12, folder=tmp_path, run=runner)
    assert runner.commands == [[str(tmp_path / release.file), *OPTIONS]]
    assert f"installed from {tmp_path}." in runner.said_before


def test_the_powershell_script_installs_the_same() -> None:
    script = (PROJECT / "install.ps1").read_text("ascii")
    assert f"'{RELEASES[12].file}'" in script
    assert f"'{RELEASES[12].sha256}'" in script
    assert RELEASES[12].url.replace(RELEASES[12].file, "$installer") in script
    assert "'" + "', '".join(OPTIONS) + "'" in script
    assert " ".join(winget_command(12)) in " ".join(script.replace("`", "").split())
