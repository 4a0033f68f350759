"""Our script in the user's scene collections: added and taken out, and nothing else touched."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.setup import scene
from ezvtb.setup.scene_collections import our_scripts, read_collection, with_script, without_script

LUA = {"path": "/usr/share/obs/clock-source.lua", "settings": {"format": "%H:%M"}}
OTHER_PYTHON = {"path": "/home/me/scripts/avatar.py", "settings": {}}
OURS = {"path": scene.SCRIPT.as_posix(), "settings": {"kept": 1}}
DEAD = {"path": "/gone/obs_script/ezvtb_avatar.py", "settings": {"kept": 1}}


def collection(*scripts: "dict[str, Any]") -> "dict[str, Any]":
    """As OBS writes it, with a foreign source, an avatar, and another module's settings."""
    return {
        "name": "My show",
        "sources": [
            {"id": "text", "name": "日本語"},
            {"id": "ezvtb_avatar", "name": "Avatar", "settings": {"port": 1}},
        ],
        "modules": {
            "auto-scene-switcher": {"active": False},
            "scripts-tool": [copy.deepcopy(each) for each in scripts],
        },
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [OURS | {"settings": {}}]),
        ([LUA, OTHER_PYTHON], [LUA, OTHER_PYTHON, OURS | {"settings": {}}]),
        ([LUA, OURS], [LUA, OURS]),
        ([DEAD, LUA], [OURS, LUA]),
    ],
    ids=["none", "others", "there already", "from a folder that is gone"],
)
def test_the_script_is_added_once(before: "list[dict[str, Any]]", after: "list[dict[str, Any]]") -> None:
    old = collection(*before)
    unchanged = copy.deepcopy(old)
    assert with_script(old, scene.SCRIPT) == collection(*after)
    assert old == unchanged
    assert with_script(with_script(old, scene.SCRIPT), scene.SCRIPT) == collection(*after)


@pytest.mark.parametrize("modules", [None, {}, {"modules": None}, {"modules": {}}, {"modules": {"scripts-tool": None}}])
def test_a_collection_without_scripts_gets_its_first(modules: "dict[str, Any] | None") -> None:
    assert len(our_scripts(with_script({"name": "x"} | (modules or {}), scene.SCRIPT))) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], []),
        ([LUA, OTHER_PYTHON], [LUA, OTHER_PYTHON]),
        ([LUA, OURS, OTHER_PYTHON], [LUA, OTHER_PYTHON]),
        ([DEAD, OURS, LUA], [LUA]),
    ],
)
def test_only_our_script_is_taken_out(before: "list[dict[str, Any]]", after: "list[dict[str, Any]]") -> None:
    assert without_script(collection(*before), scene.SCRIPT) == collection(*after)


def test_the_script_of_another_clone_stays(tmp_path: Path) -> None:
    (tmp_path / scene.SCRIPT.name).touch()
    other = {"path": (tmp_path / scene.SCRIPT.name).as_posix(), "settings": {}}
    assert without_script(collection(OURS, other), scene.SCRIPT) == collection(other)
    assert with_script(collection(other), scene.SCRIPT) == collection(other)


@given(st.lists(st.sampled_from([LUA, OTHER_PYTHON]), max_size=5))
def test_adding_and_taking_out_leaves_what_was_there(scripts: "list[dict[str, Any]]") -> None:
    old = collection(*scripts)
    assert without_script(with_script(old, scene.SCRIPT), scene.SCRIPT) == old


@pytest.mark.parametrize("content", ["", "{", "[]", "3"])
def test_a_damaged_collection_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    assert read_collection(tmp_path / "x.json") is None


def test_a_collection_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"name": "x"}), "utf-8-sig")
    assert read_collection(tmp_path / "x.json") == {"name": "x"}
