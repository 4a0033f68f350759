"""OBS in portable mode: noticed by OBS's own rule, and its settings found, changed and changed back."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ezvtb.setup import obs_portable, obs_program, uninstall, user_obs
from ezvtb.setup.obs_ini import is_portable, located, main_ini
from ezvtb.setup.obs_portable import MARKERS, config, root
from ezvtb.setup.obs_program import ObsProgram

WINDOWS, LINUX_31, LINUX_32, DISTRIBUTION = "bin/64bit/obs64.exe", "bin/64bit/obs", "bin/obs", "bin/obs"
TWO_UP, ONE_UP = b"ELF ../../portable_mode.txt", b"ELF ../portable_mode.txt"


def obs(folder: Path, place: str, code: bytes = b"MZ") -> Path:
    """A program of OBS below a folder."""
    program = folder / place
    program.parent.mkdir(parents=True)
    program.write_bytes(code)
    return program


def run_once(folder: Path, when: float) -> Path:
    """What an OBS leaves that has run then."""
    folder.mkdir(parents=True)
    ini = folder / "global.ini"
    ini.write_text("[Basic]\nSceneCollectionFile=Show\n")
    os.utime(ini, (when, when))
    return folder


@pytest.mark.parametrize(
    ("system", "place", "code", "has_the_mode"),
    [
        ("win32", WINDOWS, b"MZ", True),
        ("linux", LINUX_31, TWO_UP, True),
        ("linux", LINUX_32, ONE_UP, True),
        ("linux", DISTRIBUTION, b"ELF --portable", False),
        ("darwin", "Contents/MacOS/OBS", ONE_UP, False),
    ],
)
def test_the_root_is_where_the_program_itself_looks(
    tmp_path: Path, system: str, place: str, code: bytes, has_the_mode: bool
) -> None:
    assert root(obs(tmp_path, place, code), system) == (tmp_path if has_the_mode else None)


@pytest.mark.parametrize("name", [*MARKERS, "portable.txt", "bin/portable_mode.txt", None])
@pytest.mark.parametrize("usual_runs", [False, True])
def test_one_of_four_files_in_the_root_switches_it_on(tmp_path: Path, name: "str | None", usual_runs: bool) -> None:
    program, usual = obs(tmp_path / "OBS", WINDOWS), tmp_path / "usual"
    if usual_runs:
        run_once(usual, 2e9)
    if name:
        (tmp_path / "OBS" / name).touch()
    on = name in MARKERS
    assert config(program, usual, "win32") == (tmp_path / "OBS" / "config" / "obs-studio" if on else None)


@pytest.mark.parametrize(
    ("portable", "usual", "chosen"),
    [(None, None, False), (None, 1e9, False), (1e9, None, True), (1e9, 2e9, False), (2e9, 1e9, True)],
)
def test_without_such_a_file_the_settings_that_obs_wrote_last_count(
    tmp_path: Path, portable: "float | None", usual: "float | None", chosen: bool
) -> None:
    program, beside, own = obs(tmp_path, WINDOWS), tmp_path / "config" / "obs-studio", tmp_path / "usual"
    for folder, when in ((beside, portable), (own, usual)):
        if when:
            run_once(folder, when)
    assert config(program, own, "win32") == (beside if chosen else None)


@pytest.mark.parametrize("place", [WINDOWS, LINUX_31, LINUX_32])
def test_a_portable_obs_ignores_where_its_file_puts_its_folders(tmp_path: Path, place: str) -> None:
    folder = run_once(tmp_path / "config" / "obs-studio", 1e9)
    (folder / "global.ini").write_text("[Locations]\nConfiguration=/elsewhere\nSceneCollections=/elsewhere\n")
    assert not is_portable(folder)
    assert located(folder, "SceneCollections") == Path("/elsewhere/obs-studio")
    obs(tmp_path, place)
    assert is_portable(folder)
    assert located(folder, "SceneCollections") == folder
    (folder / "user.ini").touch()
    assert main_ini(folder) == folder / "user.ini"


@pytest.fixture
def portable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a portable OBS that the user has named; beside it nothing has ever run."""
    if sys.platform == "darwin":
        pytest.skip("there is no such OBS for macOS")
    program = obs(tmp_path / "OBS", WINDOWS if sys.platform == "win32" else LINUX_31, TWO_UP)
    monkeypatch.setenv("EZVTB_OBS", str(program))
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(user_obs, "usual_folder", lambda: tmp_path / "usual")
    monkeypatch.setattr(user_obs, "is_running", lambda: False)
    return run_once(tmp_path / "OBS" / "config" / "obs-studio", 1e9)


def test_the_script_goes_into_the_portable_obs_and_out_again(
    portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (portable / "basic" / "scenes").mkdir(parents=True)
    (portable / "basic" / "scenes" / "Show.json").write_text('{"name": "Show"}')
    folder = user_obs.config_to_change()
    assert folder == portable
    assert f"portable mode: its settings are in {portable}" in capsys.readouterr().out
    assert user_obs.add_script(folder)
    assert "ezvtb_avatar.py" in (folder / "basic" / "scenes" / "Show.json").read_text()
    monkeypatch.delenv("EZVTB_OBS")  # as on the day of uninstalling
    monkeypatch.setattr(obs_program, "locate", lambda: None)
    assert user_obs.config_folders() == [tmp_path / "usual", portable]
    for trace in [trace for each in user_obs.config_folders() for trace in uninstall.obs_traces(each)]:
        trace.undo()
    assert "ezvtb_avatar.py" not in (folder / "basic" / "scenes" / "Show.json").read_text()


def test_an_obs_that_was_deleted_since_it_was_named_hinders_no_uninstalling(
    portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user_obs.config_to_change()
    monkeypatch.setenv("EZVTB_OBS", str(tmp_path / "gone"))
    assert user_obs.config_folders() == [tmp_path / "usual", portable]
    assert "gone, which is no program" in capsys.readouterr().out


def test_an_obs_that_is_named_from_the_present_folder_is_found_from_any_other(
    portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Path(os.environ["EZVTB_OBS"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EZVTB_OBS", str(program.relative_to(tmp_path)))
    assert obs_program.locate() == program
    assert user_obs.config_to_change() == portable
    assert obs_portable.noted() == [portable]


def test_an_obs_with_the_usual_folder_is_neither_said_nor_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    monkeypatch.setattr(obs_program, "locate", lambda: None)
    monkeypatch.setattr(user_obs, "usual_folder", lambda: tmp_path / "usual")
    assert user_obs.config_to_change() == tmp_path / "usual"
    assert not capsys.readouterr().out
    assert not obs_portable.noted()


@pytest.mark.parametrize("content", ["", "{", "{}", "3"])
def test_a_damaged_list_of_noted_folders_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    (tmp_path / "obs-portable.json").write_text(content)
    assert not obs_portable.noted()
    for name in ("b", "a", "b"):
        obs_portable.note(tmp_path / name)
    assert obs_portable.noted() == [tmp_path / "a", tmp_path / "b"]


def test_a_portable_obs_is_started_in_its_own_folder(portable: Path) -> None:
    program = Path(os.environ["EZVTB_OBS"])
    assert ObsProgram(program, ()).folder == program.parent


@pytest.mark.skipif(sys.platform != "linux", reason="runs a shell script in OBS's place")
def test_launching_tells_a_portable_obs_to_stay_so(
    portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ezvtb.setup import demo

    program, asked = Path(os.environ["EZVTB_OBS"]), []

    def started(command: "list[str]", **more: Any) -> int:
        asked.append((command[1:], more["folder"]))
        return 0

    monkeypatch.setattr(demo, "exit_code", started)
    monkeypatch.setattr(demo, "OUT", tmp_path / "out")
    assert demo.in_a_window(ObsProgram(program, (31, 0, 0)), lambda _: None) == 0
    assert asked == [(["--collection", "EZVTB Avatar", "--portable"], program.parent)]
    assert (portable / "basic" / "scenes" / "EZVTB_Avatar.json").is_file()
