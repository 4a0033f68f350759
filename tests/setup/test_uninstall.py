"""Uninstalling: everything of ours goes, after asking, and nothing else."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import scene, uninstall, user_obs, windows_python
from ezvtb.setup.obs_ini import ini_value, with_ini_value
from ezvtb.setup.uninstall import with_other_collection

INI = "[General]\nLastVersion=536936450\n\n[Basic]\nSceneCollection=My show\nSceneCollectionFile=My_show\n"
LUA = {"path": "/usr/share/obs/clock-source.lua", "settings": {}}


class Machine(NamedTuple):
    """A user's folders."""

    project: Path
    config: Path
    cache: Path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A project and an OBS with two scene collections, and nothing installed; OBS doesn't run."""
    here = Machine(tmp_path / "project", tmp_path / "config" / "obs-studio", tmp_path / "caches" / "ezvtb")
    monkeypatch.delenv("EZVTB_CACHE", raising=False)
    monkeypatch.delenv("EZVTB_MODELS", raising=False)
    monkeypatch.setattr(user_obs, "is_running", lambda: False)
    monkeypatch.setattr(user_obs, "config_folders", lambda: [here.config])
    monkeypatch.setattr(uninstall, "cache_folder", lambda: here.cache)
    monkeypatch.setattr(windows_python, "cache_folder", lambda: here.cache)
    scenes = here.config / "basic" / "scenes"
    scenes.mkdir(parents=True)
    for name in ("A first", "My show"):
        content = {"name": name, "sources": [{"id": "text", "name": "日本語"}], "modules": {"scripts-tool": [LUA]}}
        (scenes / f"{name.replace(' ', '_')}.json").write_text(json.dumps(content), "utf-8")
    (here.config / "global.ini").write_text(INI)
    (here.project / "models").mkdir(parents=True)
    (here.project / "models" / "manifest.toml").write_text("ours, but of the project itself")
    (here.project / "models" / "my notes").mkdir()
    (here.project / "README.md").write_text("stays")
    return here


def install(here: Machine) -> None:
    """Leaves what an installation and `--launch` leave."""
    scenes = here.config / "basic" / "scenes"
    script = here.project / scene.SCRIPT.relative_to(PROJECT)
    show = json.loads((scenes / "My_show.json").read_text("utf-8"))
    show["modules"]["scripts-tool"].append({"path": script.as_posix(), "settings": {}})
    show["sources"].append({"id": "ezvtb_avatar", "name": "Me"})
    (scenes / "My_show.json").write_text(json.dumps(show), "utf-8")
    user_obs.add_collection(here.config, here.project / "p.png", here.project / "b.png", 39570)
    user_obs.back_up_choice(here.config)
    text = with_ini_value(INI, "Basic", "SceneCollection", user_obs.COLLECTION)
    (here.config / "global.ini").write_text(with_ini_value(text, "Python", "Path64bit", "C:/P"))
    windows_python.write_receipt(here.cache / "obs-python.json", here.config / "global.ini", "C:/P", "")
    for path in (
        here.project / ".venv" / "bin" / "python",
        here.project / "models" / "rife40" / "installed.json",
        here.project / "models" / ".rife40.x1" / "half",
        here.project / "out" / "recording.mkv",
        here.cache / "downloads" / "m.whl",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(2_000_000))
    (here.project / "models" / ".lock").touch()


def tree(folder: Path) -> "dict[str, bytes]":
    """Every file below a folder but the copies."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ezvtb-backup")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def parsed(files: "dict[str, bytes]") -> "dict[str, Any]":
    """The files with what their JSON says in place of their bytes."""
    return {name: json.loads(text) if name.endswith(".json") else text for name, text in files.items()}


def test_everything_of_ours_goes_and_the_rest_is_as_before(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = parsed(tree(machine.project.parent))
    install(machine)
    assert uninstall.uninstall(ask=False, project=machine.project) == 0
    said = capsys.readouterr().out
    assert f"the Python environment: {machine.project / '.venv'} (2 MB)" in said
    assert "Together 10 MB." in said
    assert "Avatars in your scene collection 'My show' stay" in said
    assert f"Left is this folder itself; delete it when you like: {machine.project}" in said
    after = parsed(tree(machine.project.parent))
    show = after["config/obs-studio/basic/scenes/My_show.json"]
    assert show["sources"].pop() == {"id": "ezvtb_avatar", "name": "Me"}, "the user's source, not ours"
    assert after == before
    assert (machine.project / "models" / "my notes").is_dir()
    assert not machine.cache.exists()


def test_a_copy_of_every_changed_file_of_obs_stays(machine: Machine) -> None:
    install(machine)
    changed = {path.name: path.read_bytes() for path in machine.config.rglob("*") if path.suffix in {".json", ".ini"}}
    uninstall.uninstall(ask=False, project=machine.project)
    copies = {path.read_bytes() for path in machine.config.rglob("*.ezvtb-backup")}
    assert {changed[name] for name in ("My_show.json", "global.ini", "EZVTB_Avatar.json")} <= copies


def test_a_second_run_finds_nothing_and_says_so(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    install(machine)
    uninstall.uninstall(ask=False, project=machine.project)
    before = tree(machine.project.parent)
    capsys.readouterr()
    assert uninstall.uninstall(project=machine.project) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Nothing of EZVTB Avatar is installed."
    assert tree(machine.project.parent) == before


@pytest.mark.parametrize("answer", ["", "n", "no", "what?"])
def test_without_a_yes_nothing_is_removed(machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    install(machine)
    before = tree(machine.project.parent)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert uninstall.uninstall(project=machine.project) == 1
    assert tree(machine.project.parent) == before


def test_where_nobody_can_answer_nothing_is_removed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(_: str) -> str:
        raise EOFError

    install(machine)
    before = tree(machine.project.parent)
    monkeypatch.setattr("builtins.input", closed)
    assert uninstall.uninstall(project=machine.project) == 1
    assert "--yes removes without asking" in capsys.readouterr().out
    assert tree(machine.project.parent) == before


@pytest.mark.parametrize("answer", ["y", "Yes", " YES "])
def test_a_yes_removes(machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    install(machine)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert uninstall.uninstall(project=machine.project) == 0
    assert not (machine.project / ".venv").exists()


def test_while_obs_runs_nothing_is_removed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    install(machine)
    before = tree(machine.project.parent)
    monkeypatch.setattr(user_obs, "is_running", lambda: True)
    with pytest.raises(SetupError, match="Close OBS"):
        uninstall.uninstall(ask=False, project=machine.project)
    assert tree(machine.project.parent) == before


def test_while_obs_s_files_cannot_be_written_what_is_noted_of_them_stays(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path) -> Path:
        raise PermissionError(13, f"{path.name} is locked")

    install(machine)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(user_obs, "back_up", locked)
        with pytest.raises(SetupError, match=r"Not removed: the Python named in .*global\.ini is locked"):
            uninstall.uninstall(ask=False, project=machine.project)
    assert uninstall.uninstall(ask=False, project=machine.project) == 0
    assert ini_value((machine.config / "global.ini").read_text(), "Python", "Path64bit") == ""


def test_what_cannot_be_removed_is_named_and_the_rest_goes(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = uninstall.shutil.rmtree

    def rmtree(path: Path) -> None:
        if path.name == "rife40":
            raise PermissionError(13, "in use")
        real(path)

    install(machine)
    monkeypatch.setattr(uninstall.shutil, "rmtree", rmtree)
    with pytest.raises(SetupError, match=r"Not removed: a model: .*rife40: in use\. Close what uses it"):
        uninstall.uninstall(ask=False, project=machine.project)
    assert (machine.project / "models" / "rife40").is_dir()
    assert not (machine.project / ".venv").exists()


def test_folders_that_the_user_has_named_stay(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    install(machine)
    monkeypatch.setenv("EZVTB_CACHE", str(machine.cache))
    monkeypatch.setenv("EZVTB_MODELS", str(machine.project / "models"))
    uninstall.uninstall(ask=False, project=machine.project)
    assert machine.cache.is_dir()
    assert (machine.project / "models" / "rife40").is_dir()


def test_a_project_within_the_cache_folder_stays(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    install(machine)
    monkeypatch.setattr(uninstall, "cache_folder", lambda: machine.project.parent)
    uninstall.uninstall(ask=False, project=machine.project)
    assert (machine.project / "README.md").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_what_a_link_leads_to_stays(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").touch()
    (machine.project / "out").symlink_to(tmp_path / "elsewhere")
    uninstall.uninstall(ask=False, project=machine.project)
    assert not (machine.project / "out").is_symlink()
    assert (tmp_path / "elsewhere" / "file").is_file()


def test_the_prepared_profile_goes_only_where_obs_has_never_run(machine: Machine) -> None:
    profile = machine.config / "basic" / "profiles" / "Untitled"
    (machine.config / "global.ini").unlink()
    user_obs.prepare_first_start(machine.config)
    (machine.config / "global.ini").write_text(INI)
    assert not list(uninstall.obs_traces(machine.config, machine.project))
    (machine.config / "global.ini").unlink()
    uninstall.uninstall(ask=False, project=machine.project)
    assert not profile.exists()


def test_a_machine_without_obs_has_no_traces_there(tmp_path: Path) -> None:
    assert not list(uninstall.obs_traces(tmp_path / "none", tmp_path))


@pytest.mark.parametrize(
    ("others", "name", "stem"),
    [([], "Untitled", "Untitled"), ([("My show", "My_show"), ("B", "B")], "My show", "My_show")],
)
def test_obs_opens_another_collection_once_ours_is_gone(others: "list[tuple[str, str]]", name: str, stem: str) -> None:
    ours = with_ini_value(INI, "Basic", "SceneCollection", user_obs.COLLECTION)
    text = with_other_collection(ours, others)
    assert ini_value(text, "Basic", "SceneCollection") == name
    assert ini_value(text, "Basic", "SceneCollectionFile") == stem
    assert with_other_collection(INI, others) == INI, "the user's own choice stays"


def test_the_collection_that_was_open_before_ours_comes_first(machine: Machine) -> None:
    install(machine)
    found = uninstall.others(machine.config / "global.ini", machine.config / "basic" / "scenes")
    assert found == [("My show", "My_show"), ("A first", "A_first")]
