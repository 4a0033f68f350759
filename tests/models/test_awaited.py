"""A model that comes while an avatar does without it."""

from pathlib import Path

from ezvtb.models.awaited import Awaited, seen
from ezvtb.models.store import model_folder
from ezvtb.paths import RECORD


def put(name: str) -> None:
    """As an install leaves it: the folder appears with all that is in it."""
    work = model_folder(f".{name}.new")
    work.mkdir(parents=True)
    (work / RECORD).write_text("{}", "utf-8")
    work.rename(model_folder(name))


def test_a_model_that_was_not_there_comes(folders: Path) -> None:
    awaited = Awaited()
    awaited.add(seen("one", "two"))
    assert not awaited.came
    put("three")
    assert not awaited.came
    put("two")
    assert awaited.came


def test_one_that_does_not_serve_is_awaited_until_it_is_installed_anew(folders: Path) -> None:
    put("one")
    awaited = Awaited()
    awaited.add(seen("one"))
    assert not awaited.came
    model_folder("one").rename(model_folder(".one.old"))
    assert not awaited.came
    put("one")
    assert awaited.came


def test_one_that_comes_while_it_is_tried_counts(folders: Path) -> None:
    before, awaited = seen("one"), Awaited()
    put("one")
    awaited.add(before)
    assert awaited.came
