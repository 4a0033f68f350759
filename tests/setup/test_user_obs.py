"""The user's own OBS: noticed while it runs, and never altered without a copy."""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from ezvtb.errors import SetupError
from ezvtb.setup import obs_ini, scene, user_obs

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
INI = "[General]\nLastVersion=536936450\n\n[Basic]\nProfileDir=Mine\nSceneCollection=My show\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An OBS configuration with a scene collection of the user's, while OBS doesn't run."""
    monkeypatch.setattr(user_obs, "is_running", lambda: False)
    folder = tmp_path / "obs-studio"
    (folder / "basic" / "scenes").mkdir(parents=True)
    (folder / "basic" / "profiles" / "Mine").mkdir(parents=True)
    (folder / "basic" / "profiles" / "Mine" / "basic.ini").write_text("[Video]\nBaseCX=2560\nBaseCY=1440\n")
    (folder / "basic" / "scenes" / "My_show.json").write_text('{"name": "My show"}')
    (folder / "global.ini").write_text(INI)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> "tuple[Path, Path]":
    """A picture and a background."""
    paths = tmp_path / "picture.png", tmp_path / "background.png"
    for path in paths:
        path.write_bytes(b"")
    return paths


def tree(folder: Path) -> "dict[str, bytes]":
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def add(config: Path, files: "tuple[Path, Path]") -> "dict[str, Any]":
    """Adds the collection and reads it."""
    value: dict[str, Any] = json.loads(user_obs.add_collection(config, *files, 39570).read_text("utf-8"))
    return value


@LINUX
@pytest.mark.parametrize(("name", "running"), [("obs", True), ("obs-ffmpeg-mux", False), ("bash", False)])
def test_a_process_of_obs_is_noticed(tmp_path: Path, name: str, running: bool) -> None:
    (tmp_path / "17").mkdir()
    (tmp_path / "17" / "comm").write_text(f"{name}\n")
    assert user_obs.is_running(tmp_path) is running


@LINUX
def test_the_lock_of_obs_is_noticed_though_its_process_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    line = "0000: 00000002 00000000 00000000 0002 01 4242 @/com/obsproject 4242 30.2.3\n"
    (tmp_path / "net" / "unix").write_text("Num RefCount\n")
    assert not user_obs.is_running(tmp_path)
    (tmp_path / "net" / "unix").write_text("Num RefCount\n" + line)
    assert user_obs.is_running(tmp_path)


@LINUX
def test_the_real_lock_is_noticed() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as lock:
        lock.bind("\0/com/obsproject 0 test of the set-up")
        assert user_obs.is_running()


def test_while_obs_runs_nothing_is_written(
    config: Path, files: "tuple[Path, Path]", monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(config)
    monkeypatch.setattr(user_obs, "is_running", lambda: True)
    with pytest.raises(SetupError, match="Close OBS"):
        add(config, files)
    assert tree(config) == before


def test_the_demo_is_a_collection_of_its_own_and_the_users_files_stay(config: Path, files: "tuple[Path, Path]") -> None:
    before = tree(config)
    collection = add(config, files)
    after = tree(config)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1
    assert collection["name"] == user_obs.COLLECTION
    kinds = {source["id"]: source["settings"] for source in collection["sources"]}
    assert kinds["ezvtb_avatar"] == {"picture": str(files[0]), "port": 39570}
    assert Path(collection["modules"]["scripts-tool"][0]["path"]) == scene.SCRIPT


def test_the_scene_fills_the_users_canvas(config: Path, files: "tuple[Path, Path]") -> None:
    scenes = [source for source in add(config, files)["sources"] if source["id"] == "scene"]
    background, avatar = scenes[0]["settings"]["items"]
    assert background["bounds"] == {"x": 2560.0, "y": 1440.0}
    assert avatar["pos"]["x"] + avatar["bounds"]["x"] == 2560.0
    assert avatar["pos"]["y"] + avatar["bounds"]["y"] == 1440.0


def test_a_second_run_leaves_the_users_changes_to_the_demo(config: Path, files: "tuple[Path, Path]") -> None:
    path = user_obs.add_collection(config, *files, 39570)
    value = json.loads(path.read_text("utf-8"))
    value["sources"].append({"id": "text", "name": "mine"})
    moved = path.rename(path.with_name("renamed by OBS.json"))
    moved.write_text(json.dumps(value))
    before = tree(config)
    assert user_obs.add_collection(config, *files, 39570) == moved
    assert tree(config) == before


def test_a_collection_whose_files_are_gone_is_put_right_and_backed_up(
    config: Path, files: "tuple[Path, Path]", tmp_path: Path
) -> None:
    path = user_obs.add_collection(config, *files, 39570)
    value = json.loads(path.read_text("utf-8"))
    value["sources"].append({"id": "text", "name": "mine"})
    value["modules"]["scripts-tool"][0]["path"] = "/gone/obs_script/ezvtb_avatar.py"
    value["sources"][1]["settings"]["picture"] = "/gone/picture.png"
    path.write_text(json.dumps(value))
    old = path.read_bytes()
    fixed = add(config, files)
    assert Path(fixed["modules"]["scripts-tool"][0]["path"]) == scene.SCRIPT
    assert fixed["sources"][1]["settings"]["picture"] == str(files[0])
    assert fixed["sources"][-1] == {"id": "text", "name": "mine"}
    assert [copy.read_bytes() for copy in path.parent.glob("*.ezvtb-backup")] == [old]


def test_a_damaged_collection_is_backed_up_and_made_anew(config: Path, files: "tuple[Path, Path]") -> None:
    path = config / "basic" / "scenes" / user_obs.COLLECTION_FILE
    path.write_text("{")
    assert add(config, files)["name"] == user_obs.COLLECTION
    assert [copy.read_text() for copy in path.parent.glob("*.ezvtb-backup")] == ["{"]


def test_a_machine_that_never_ran_obs_gets_the_collection_too(
    tmp_path: Path, files: "tuple[Path, Path]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_obs, "is_running", lambda: False)
    assert add(tmp_path / "new" / "obs-studio", files)["name"] == user_obs.COLLECTION


def test_where_obs_never_ran_its_canvas_is_the_scenes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user_obs.prepare_first_start(tmp_path / "obs-studio")
    profile = tmp_path / "obs-studio" / "basic" / "profiles" / "Untitled" / "basic.ini"
    assert obs_ini.ini_value(profile.read_text(), "Video", "BaseCX") == "1920"
    assert "for the first time" in capsys.readouterr().out


def test_where_obs_ran_before_no_profile_is_written(config: Path) -> None:
    before = tree(config)
    user_obs.prepare_first_start(config)
    assert tree(config) == before


def test_backups_never_overwrite_each_other(tmp_path: Path) -> None:
    path = tmp_path / "user.ini"
    copies = []
    for number in range(3):
        path.write_text(str(number))
        copies.append(user_obs.back_up(path))
    assert [copy.read_text() for copy in copies] == ["0", "1", "2"]


def test_the_choice_of_collection_is_backed_up_before_obs_changes_it(config: Path) -> None:
    user_obs.back_up_choice(config)
    assert [copy.read_text() for copy in config.glob("*.ezvtb-backup")] == [INI]
    (config / "global.ini").write_text(INI.replace("My show", user_obs.COLLECTION))
    user_obs.back_up_choice(config)
    assert len(list(config.glob("*.ezvtb-backup"))) == 1


def test_setting_an_ini_value_changes_no_other_line() -> None:
    assert obs_ini.with_ini_value(INI, "Python", "Path64bit", "C:/P") == INI + "\n[Python]\nPath64bit=C:/P\n"
    text = "[Python]\nPath64bit=old\nOther=%1;=x\n[Basic]\nPath64bit=keep\n"
    changed = obs_ini.with_ini_value(text, "Python", "Path64bit", "new")
    assert changed == text.replace("=old", "=new")
    assert obs_ini.ini_value(changed, "Python", "Path64bit") == "new"
    assert obs_ini.with_ini_value("[A]\nx=1\n[B]\n", "A", "y", "2") == "[A]\ny=2\nx=1\n[B]\n"


def test_user_ini_counts_from_obs_31_on(config: Path) -> None:
    assert obs_ini.main_ini(config).name == "global.ini"
    (config / "user.ini").write_text("")
    assert obs_ini.main_ini(config).name == "user.ini"


def test_the_script_is_added_to_the_collection_that_is_open(config: Path) -> None:
    (config / "global.ini").write_text(f"{INI}SceneCollectionFile=My_show\n")
    before = tree(config)
    assert user_obs.add_script(config)
    assert user_obs.add_script(config)
    after = tree(config)
    value = json.loads((config / "basic" / "scenes" / "My_show.json").read_text("utf-8"))
    assert value == {
        "name": "My show",
        "modules": {"scripts-tool": [{"path": scene.SCRIPT.as_posix(), "settings": {}}]},
    }
    (backup,) = after.keys() - before.keys()
    assert after[backup] == b'{"name": "My show"}'


@pytest.mark.parametrize("ini", [None, "", INI, f"{INI}SceneCollectionFile=gone\n"])
def test_where_obs_has_no_collection_yet_nothing_is_added(config: Path, ini: "str | None") -> None:
    (config / "global.ini").unlink()
    if ini is not None:
        (config / "global.ini").write_text(ini)
    before = tree(config)
    assert not user_obs.add_script(config)
    assert tree(config) == before


def test_obs_31_may_have_its_folders_elsewhere(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other place"
    scenes = other / "obs-studio" / "basic" / "scenes"
    scenes.mkdir(parents=True)
    (scenes / "Show.json").write_text('{"name": "Show"}')
    (config / "global.ini").write_text(f"{INI}\n[Locations]\nConfiguration={other}\nSceneCollections={other}\n")
    (other / "obs-studio" / "user.ini").write_text("[Basic]\nSceneCollectionFile=Show\n")
    assert obs_ini.main_ini(config) == other / "obs-studio" / "user.ini"
    assert user_obs.add_script(config)
    assert "ezvtb_avatar.py" in (scenes / "Show.json").read_text()
    assert "ezvtb_avatar.py" not in (config / "basic" / "scenes" / "My_show.json").read_text()


def test_backslashes_are_doubled_in_what_obs_writes(config: Path) -> None:
    (config / "global.ini").write_text("[Locations]\nProfiles=D:\\\\OBS\\\\mine\n")
    assert obs_ini.located(config, "Profiles") == Path("D:\\OBS\\mine") / "obs-studio"


def test_the_script_is_not_added_while_obs_runs(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config / "global.ini").write_text(f"{INI}SceneCollectionFile=My_show\n")
    monkeypatch.setattr(user_obs, "is_running", lambda: True)
    before = tree(config)
    with pytest.raises(SetupError, match="Close OBS"):
        user_obs.add_script(config)
    assert tree(config) == before
