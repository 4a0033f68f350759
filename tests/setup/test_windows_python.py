"""The Python that OBS on Windows loads: found, named in its configuration, taken back."""

import json
from pathlib import Path

import pytest

from ezvtb.errors import SetupError
from ezvtb.setup import user_obs, windows_python
from ezvtb.setup.obs_ini import ini_value, with_ini_value, without_ini_value
from ezvtb.setup.windows_python import choose, fits, newest_minor, python_folders, restored

INI = "[General]\nLastVersion=536936450\n\n[Basic]\nSceneCollection=My show\n"
KEY = r"SOFTWARE\Python\PythonCore\{}\InstallPath"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An OBS configuration, while OBS doesn't run, and no Python but those that a test makes."""
    monkeypatch.setattr(user_obs, "is_running", lambda: False)
    monkeypatch.setattr(windows_python.registry, "read", lambda *_: "")
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "obs-studio"
    folder.mkdir()
    (folder / "global.ini").write_text(INI)
    return folder


def python(folder: Path, minor: int) -> Path:
    """A folder with that Python's libraries."""
    folder.mkdir()
    (folder / "python3.dll").touch()
    (folder / f"python3{minor}.dll").touch()
    return folder


def refuses(minor: int) -> None:
    """An installer that has no luck."""
    raise SetupError(f"No Python 3.{minor} for you.", "Try again.")


@pytest.mark.parametrize(
    ("version", "newest"),
    [((32, 2), 12), ((30, 1), 12), ((30, 1, 0), 12), ((30, 0, 2), 11), ((29, 1, 3), 11), ((29, 0, 2), 10), ((), 12)],
)
def test_each_obs_knows_pythons_up_to_some_version(version: "tuple[int, ...]", newest: int) -> None:
    assert newest_minor(version) == newest


def test_a_python_fits_when_its_library_is_in_the_folder(tmp_path: Path) -> None:
    assert not fits(tmp_path, 12)
    (tmp_path / "python3.dll").touch()
    (tmp_path / "python313.dll").touch()
    assert not fits(tmp_path, 12)
    (tmp_path / "python312.dll").touch()
    assert fits(tmp_path, 12)
    assert not fits(tmp_path, 11)


def test_the_registry_names_the_newest_python_first_and_the_users_before_everyones() -> None:
    answers = {
        ("HKCU", KEY.format("3.12"), ""): "C:/Users/me/AppData/Local/Programs/Python/Python312/",
        ("HKLM", KEY.format("3.12"), ""): "C:/Program Files/Python312/",
        ("HKLM", KEY.format("3.10"), ""): "C:/Program Files/Python310/",
        ("HKCU", KEY.format("3.12-32"), ""): "C:/Python312-32/",
        ("HKCU", KEY.format("3.13"), ""): "C:/Python313/",
    }
    found = list(python_folders(lambda *question: answers.get(question, "")))
    assert [folder.name for folder in found] == ["Python312", "Python312", "Python310"]
    assert "Users" in found[0].parts


@pytest.mark.parametrize(("newest", "chosen"), [(12, "new"), (11, "old"), (10, "old")])
def test_the_first_python_that_this_obs_can_load_is_chosen(tmp_path: Path, newest: int, chosen: str) -> None:
    folders = [tmp_path / "gone", python(tmp_path / "newer", 13), python(tmp_path / "new", 12)]
    assert choose([*folders, python(tmp_path / "old", 10)], newest) == tmp_path / chosen
    assert choose(folders[:2], newest) is None


@pytest.mark.parametrize(("version", "minor"), [((32, 2, 2), 12), ((30, 0, 2), 11), ((29, 0, 2), 10)])
def test_where_no_python_fits_one_is_installed_and_found_anew(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: "tuple[int, ...]", minor: int
) -> None:
    def install(wanted: int) -> None:
        python(tmp_path / "new", wanted)

    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([tmp_path / "new"]))
    windows_python.ensure_python(config, version, install)
    text = (config / "global.ini").read_text()
    assert ini_value(text, "Python", "Path64bit") == (tmp_path / "new").as_posix()
    assert (tmp_path / "new" / f"python3{minor}.dll").is_file()


def test_while_obs_runs_nothing_is_installed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_obs, "is_running", lambda: True)
    with pytest.raises(SetupError, match="Close OBS"):
        windows_python.ensure_python(config, (32, 0, 1), refuses)


def test_each_of_two_obs_gets_its_own_python_back(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([tmp_path / "Python312"]))
    python(tmp_path / "Python312", 12)
    other = tmp_path / "portable"
    other.mkdir()
    before = with_ini_value(INI, "Python", "Path64bit", "C:/gone")
    (other / "global.ini").write_text(before)
    for folder in (config, other):
        windows_python.ensure_python(folder, (32, 0, 1), refuses)
    for folder, text in ((config, INI), (other, before)):
        ini = folder / "global.ini"
        assert restored(ini.read_text(), ini) == text


def test_a_receipt_of_the_time_when_there_was_one_only_serves_still(config: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    ini = config / "global.ini"
    receipt = {"ini": str(ini), "named": "C:/P", "before": ""}
    (tmp_path / "cache" / "obs-python.json").write_text(json.dumps(receipt))
    assert restored(with_ini_value(INI, "Python", "Path64bit", "C:/P"), ini) == INI


def test_the_python_is_noted_once_with_a_backup_and_taken_back(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ini = python(tmp_path / "Python312", 12), config / "global.ini"
    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([tmp_path, folder]))
    windows_python.ensure_python(config, (32, 0, 1), refuses)
    windows_python.ensure_python(config, (32, 0, 1), refuses)
    text = ini.read_text()
    assert ini_value(text, "Python", "Path64bit") == folder.as_posix()
    assert [copy.read_text() for copy in config.glob("*.ezvtb-backup")] == [INI]
    assert restored(text, ini) == INI


def test_the_python_that_was_named_before_comes_back(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ini = python(tmp_path / "Python312", 12), config / "global.ini"
    before = with_ini_value(INI, "Python", "Path64bit", "C:/gone")
    ini.write_text(before)
    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([folder]))
    windows_python.ensure_python(config, (), refuses)
    assert ini.read_text() != before
    assert restored(ini.read_text(), ini) == before


def test_when_our_own_python_was_replaced_the_one_before_it_comes_back(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ini = config / "global.ini"
    for minor in (11, 12):
        folder = python(tmp_path / f"Python3{minor}", minor)
        monkeypatch.setattr(windows_python, "python_folders", lambda _, folder=folder: iter([folder]))
        windows_python.ensure_python(config, (32, 0, 1), refuses)
        assert ini_value(ini.read_text(), "Python", "Path64bit") == folder.as_posix()
        (folder / f"python3{minor}.dll").unlink()  # it is removed from the computer
    assert restored(ini.read_text(), ini) == INI


@pytest.mark.parametrize("still_runs", [True, False])
def test_what_obs_writes_while_a_python_is_installed_is_kept(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, still_runs: bool
) -> None:
    ini = config / "global.ini"
    text = INI.replace("My show", "My other show")

    def install(wanted: int) -> None:
        python(tmp_path / "new", wanted)
        ini.write_text(text)  # somebody starts OBS
        monkeypatch.setattr(user_obs, "is_running", lambda: still_runs)

    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([tmp_path / "new"]))
    if still_runs:
        with pytest.raises(SetupError, match="Close OBS"):
            windows_python.ensure_python(config, (32, 0, 1), install)
        assert ini.read_text() == text
    else:
        windows_python.ensure_python(config, (32, 0, 1), install)
        assert ini.read_text() == with_ini_value(text, "Python", "Path64bit", (tmp_path / "new").as_posix())


def test_a_python_that_the_user_has_named_since_stays(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([python(tmp_path / "Python312", 12)]))
    windows_python.ensure_python(config, (), refuses)
    own = with_ini_value(INI, "Python", "Path64bit", "C:/mine")
    assert restored(own, config / "global.ini") == own


@pytest.mark.parametrize("receipt", [None, "", "[]", "{}"])
def test_without_a_receipt_nothing_is_taken_back(config: Path, tmp_path: Path, receipt: "str | None") -> None:
    if receipt is not None:
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache" / "obs-python.json").write_text(receipt)
    text = with_ini_value(INI, "Python", "Path64bit", "C:/mine")
    assert restored(text, config / "global.ini") == text


def test_without_a_configuration_or_a_python_nothing_is_written(config: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="Start OBS once"):
        windows_python.ensure_python(tmp_path / "none", (), refuses)
    with pytest.raises(SetupError, match=r"No Python 3\.12 for you"):
        windows_python.ensure_python(config, (), refuses)
    with pytest.raises(
        SetupError, match=r"none was found\. Install one: winget install Python\.Python\.3\.10, or http"
    ):
        windows_python.ensure_python(config, (29, 0, 2), lambda _: None)
    assert [path.name for path in config.iterdir()] == ["global.ini"]


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("[A]\nx=1\n\n[Python]\nPath64bit=C:/P\n", "[A]\nx=1\n"),
        ("[Python]\nPath64bit=C:/P\n\n[A]\nPath64bit=2\n", "[A]\nPath64bit=2\n"),
        ("[Python]\nPath32bit=a\nPath64bit=C:/P\n[A]\nx=1\n", "[Python]\nPath32bit=a\n[A]\nx=1\n"),
        ("[A]\nx=1\n", "[A]\nx=1\n"),
    ],
)
def test_taking_an_ini_value_out_leaves_every_other_line(text: str, without: str) -> None:
    assert without_ini_value(text, "Python", "Path64bit") == without
