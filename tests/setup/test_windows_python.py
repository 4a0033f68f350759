"""The Python that OBS on Windows loads: found, named in its configuration, taken back."""

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
    assert choose([*folders, python(tmp_path / "old", 10)], newest).name == chosen


@pytest.mark.parametrize("newest", [10, 11, 12])
def test_without_a_fitting_python_the_one_to_install_is_named(tmp_path: Path, newest: int) -> None:
    with pytest.raises(SetupError, match=rf"winget install Python\.Python\.3\.{newest}$"):
        choose([tmp_path], newest)


def test_the_python_is_noted_once_with_a_backup_and_taken_back(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ini = python(tmp_path / "Python312", 12), config / "global.ini"
    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([tmp_path, folder]))
    windows_python.ensure_python(config, (32, 0, 1))
    windows_python.ensure_python(config, (32, 0, 1))
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
    windows_python.ensure_python(config)
    assert ini.read_text() != before
    assert restored(ini.read_text(), ini) == before


def test_a_python_that_the_user_has_named_since_stays(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_python, "python_folders", lambda _: iter([python(tmp_path / "Python312", 12)]))
    windows_python.ensure_python(config)
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
        windows_python.ensure_python(tmp_path / "none")
    with pytest.raises(SetupError, match=r"winget install Python\.Python\.3\.12"):
        windows_python.ensure_python(config)
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
