"""The trial of engine files on a card that isn't there, with both TensorRTs."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.slot import plug_in
from ezvtb.backends import engines
from ezvtb.backends.engines import Identity
from ezvtb.trials import engine_files
from ezvtb.trials.place import Place

KINDS = ("tensorrt", "tensorrt-rtx")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Place:
    plug_in(monkeypatch, tmp_path, kinds=KINDS)
    return Place(request.param, 0, 0, half=False)


def test_engines_are_built_loaded_and_built_anew_when_they_are_damaged(place: Place, tmp_path: Path) -> None:
    outcomes = engine_files.trial(place)
    assert [(each.what, each.good) for each in outcomes] == [
        ("a new engine", True),
        *((damage, True) for damage in engine_files.DAMAGES),
    ]
    assert os.environ["EZVTB_CACHE"] == str(tmp_path)
    assert not list(tmp_path.iterdir()), "the user's own engines are left alone"


def refused_and_kept(really: Callable[[Identity], "bytes | None"], wanted: Identity) -> "bytes | None":
    """As `engines.read`, but what is damaged stays."""
    before = wanted.path.read_bytes() if wanted.path.exists() else b""
    content = really(wanted)
    if content is None and before:
        wanted.path.write_bytes(before)
    return content


def test_a_damaged_engine_that_stays_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    really = engines.read
    monkeypatch.setattr(engines, "read", lambda wanted: refused_and_kept(really, wanted))
    outcomes = engine_files.trial(place)
    assert [each.good for each in outcomes] == [True, False, False, False]


def test_where_there_are_no_engines_there_is_nothing_to_try() -> None:
    assert engine_files.trial(Place("openvino", 0, 0, half=False)) == []
