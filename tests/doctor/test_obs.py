"""OBS: its version, its Python, our script in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ezvtb.doctor import obs
from ezvtb.doctor.finding import Verdict
from ezvtb.doctor.obs import SCRIPT, Collection, collections, script_in
from ezvtb.errors import SetupError
from ezvtb.setup import system_packages
from ezvtb.setup.obs_program import ObsProgram
from ezvtb.setup.system_packages import Facts


def facts(program: "ObsProgram | None", root: bool = False) -> Facts:
    missing = () if program else ("obs-studio",)
    return Facts("linux", ("debian",), root, program, False, missing, True)


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        (facts(ObsProgram(Path("/usr/bin/obs"), (30, 2, 3))), Verdict.OK, "OBS Studio 30.2.3"),
        (facts(ObsProgram(Path("/usr/bin/obs"), ())), Verdict.OK, "of an unknown version"),
        (facts(ObsProgram(Path("/usr/bin/obs"), (27, 2, 0))), Verdict.TROUBLE, "too old"),
        (facts(None), Verdict.TROUBLE, "sudo apt install obs-studio"),
        (facts(None, root=True), Verdict.TROUBLE, "install.sh: it installs it"),
    ],
)
def test_obs_must_be_there_and_new_enough(
    found: Facts, verdict: Verdict, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_packages, "gather", lambda headless: found)
    finding = obs.program()
    assert finding.verdict is verdict
    assert words in str(finding)


def test_an_obs_that_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(headless: bool) -> Facts:
        raise SetupError("/usr/bin/obs can't be started: no such file.")

    monkeypatch.setattr(system_packages, "gather", broken)
    with pytest.raises(SetupError, match="can't be started"):
        obs.program()


@pytest.mark.parametrize(
    ("version", "libraries", "problem"),
    [
        ((32, 0, 1), ["python3.dll", "python312.dll"], ""),
        ((32, 0, 1), ["python3.dll", "python313.dll"], "holds python313, but this OBS loads 3.9 to 3.12"),
        ((30, 0, 2), ["python312.dll"], "loads 3.9 to 3.11"),
        ((29, 0, 2), ["python311.dll"], "loads 3.9 to 3.10"),
        ((32, 0, 1), [], "holds no Python"),
    ],
)
def test_windows_obs_loads_only_some_pythons(
    version: "tuple[int, ...]", libraries: "list[str]", problem: str, tmp_path: Path
) -> None:
    python = tmp_path / "Python"
    python.mkdir()
    for name in libraries:
        (python / name).touch()
    (tmp_path / "global.ini").write_text(f"[Python]\nPath64bit={python.as_posix()}\n")
    finding = obs.windows(tmp_path, version)
    assert [problem in each.text for each in finding.problems] == ([True] if problem else [])


def test_windows_obs_that_is_told_no_python_or_a_lost_one_gets_the_command(tmp_path: Path) -> None:
    (none,) = obs.windows(tmp_path, (30, 0)).problems
    assert "winget install Python.Python.3.11" in none.remedy
    (tmp_path / "user.ini").write_text("[Python]\nPath64bit=C:/gone\n")
    (gone,) = obs.windows(tmp_path, (32, 0)).problems
    assert "not there any more" in gone.text
    assert gone.grave


@pytest.mark.parametrize(
    ("content", "verdict", "words"),
    [
        (None, Verdict.TROUBLE, "no Python scripting"),
        (b"\0libpython3.8.so.1.0\0", Verdict.TROUBLE, "too old"),
        (b"\0libpython3.99.so.1.0\0", Verdict.TROUBLE, "libpython3.99.so.1.0 can't be loaded"),
        (b"\0nothing\0", Verdict.OK, "doesn't name a Python"),
    ],
)
def test_linux_obs_brings_a_python_of_its_own(
    content: "bytes | None", verdict: Verdict, words: str, tmp_path: Path
) -> None:
    module = tmp_path / "_obspython.so"
    if content is not None:
        module.write_bytes(content)
    finding = obs.linux([module] if content is not None else [])
    assert finding.verdict is verdict
    assert words in str(finding)


HERE = SCRIPT.as_posix()


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        ([], Verdict.WARNING, "isn't in OBS yet"),
        ([Collection("Now", [], [])], Verdict.WARNING, "isn't in OBS yet"),
        ([Collection("Now", [HERE], [{}])], Verdict.OK, "in 1 of 1 scene collections; avatars in them: 1"),
        ([Collection("Now", [], []), Collection("Other", [HERE], [])], Verdict.WARNING, "another one has"),
        ([Collection("Now", ["/gone/ezvtb_avatar.py"], [])], Verdict.TROUBLE, "isn't any more"),
        ([Collection("Now", [HERE], [{"picture": "/gone.png"}])], Verdict.WARNING, "of 1 of the avatars"),
    ],
)
def test_the_script_must_be_in_the_collection_that_obs_opens(
    found: "list[Collection]", verdict: Verdict, words: str
) -> None:
    finding = script_in(found, "Now")
    assert finding.verdict is verdict
    assert words in str(finding)
    assert "Other" not in str(finding)  # names of collections are the user's


def test_the_script_of_another_copy_is_noticed(tmp_path: Path) -> None:
    other = tmp_path / SCRIPT.name
    other.touch()
    finding = script_in([Collection("Now", [str(other)], [])], "Now")
    assert finding.verdict is Verdict.WARNING
    assert "another copy" in finding.problems[0].text


def test_collections_are_read_and_damaged_ones_passed_over(tmp_path: Path) -> None:
    scenes = tmp_path / "basic" / "scenes"
    scenes.mkdir(parents=True)
    whole: dict[str, Any] = {
        "name": "Show",
        "modules": {"scripts-tool": [{"path": "/x/other.py"}, {"path": "/x/ezvtb_avatar.py"}]},
        "sources": [{"id": "text"}, {"id": "ezvtb_avatar", "settings": {"port": 1}}],
    }
    (scenes / "a.json").write_text(json.dumps(whole))
    for name, content in (
        ("b", "{"),
        ("c", "[]"),
        ("d", '{"sources": [{}]}'),
        ("e", '{"modules": {"scripts-tool": 3}}'),
    ):
        (scenes / f"{name}.json").write_text(content)
    assert collections(tmp_path) == [Collection("Show", ["/x/ezvtb_avatar.py"], [{"port": 1}])]


def test_collections_are_found_where_obs_is_told_to_keep_them(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    scenes = elsewhere / "obs-studio" / "basic" / "scenes"
    scenes.mkdir(parents=True)
    (tmp_path / "global.ini").write_text(f"[Locations]\nSceneCollections={elsewhere}\n", "utf-8")
    (scenes / "Show.json").write_text(json.dumps({"name": "Show"}), "utf-8")
    assert collections(tmp_path) == [Collection("Show", [], [])]
