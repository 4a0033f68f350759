import argparse
from pathlib import Path
from typing import Any

import pytest

from ezvtb.play import setting
from ezvtb_obs.settings import DEFAULTS, RANGES, Settings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fps_limit=60", 60),
        ("cache_gb=0.5", 0.5),
        ("idle=off", False),
        ("idle = YES", True),
        ("cache=database", "database"),
        ("picture=a=b.png", "a=b.png"),
        ("tracker=", ""),
        ("phone=", ""),
        ("simplify=4", 4),
    ],
)
def test_a_setting_is_read_as_its_own_kind(text: str, value: Any) -> None:
    name, read = setting.setting(text)
    assert (read, type(read)) == (value, type(DEFAULTS[name]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fps_limit", "no NAME=VALUE"),
        ("speed=3", "no NAME=VALUE"),
        ("fits={}", "no NAME=VALUE"),
        ("fps_limit=fast", "fps_limit is a number from 5 to 120, not 'fast'"),
        ("fps_limit=121", "fps_limit is a number from 5 to 120"),
        ("fps_limit=29.97", "fps_limit is a number"),
        ("cache_gb=nan", "cache_gb is a number"),
        ("sr_noise=-1", "sr_noise is a number from 0 to 3"),
        ("idle=maybe", "idle is on or off"),
        ("cache=disk", "cache is one of off, ram, database"),
        ("simplify=5", "simplify is one of 0, 1"),
        ("microphone=Mic", "audio source of OBS"),
    ],
)
def test_what_is_not_allowed_is_said_with_what_is(text: str, said: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=said):
        setting.setting(text)


@pytest.mark.parametrize("name", setting.NAMES)
def test_every_default_can_be_given(name: str) -> None:
    default = DEFAULTS[name]
    text = {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default)
    assert setting.setting(f"{name}={text}") == (name, default)


def test_the_others_keep_their_defaults() -> None:
    assert setting.settings([("fps_limit", 60), ("fps_limit", 20)]) == Settings(fps_limit=20)


def test_a_picture_is_found_from_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert setting.settings([("picture", "me.png")]).picture == str(tmp_path / "me.png")
    assert not setting.settings([("picture", "")]).picture


def test_the_table_tells_every_name_its_default_and_range() -> None:
    lines = setting.table()
    assert [line.split()[0] for line in lines] == setting.NAMES
    assert next(line for line in lines if line.startswith("fps_limit ")).split(maxsplit=2)[1:] == [
        str(DEFAULTS["fps_limit"]), f"a number from {RANGES['fps_limit'].lowest:g} to {RANGES['fps_limit'].highest:g}"
    ]  # fmt: skip
