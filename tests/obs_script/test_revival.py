"""A placeholder is replaced, or stays as it was: never is the user's source lost."""

import sys
from typing import Any

import pytest

from ezvtb_obs import libobs, revival, source_type


class Source(int):
    """Stands for obspython's wrapped pointers, which are true and convert to int."""


class FakeObs:
    """An obspython with one scene: what the revival needs of it."""

    def __init__(self, loads: bool = True, adds: bool = True, copies: bool = True) -> None:
        self.loads, self.adds, self.copies = loads, adds, copies
        self.names = {1: "Avatar"}
        self.items = {10: 1}
        """Scene item -> source."""
        self.references = 0

    def obs_enum_sources(self) -> "list[Source]":
        return [Source(each) for each in self.names]

    def obs_source_get_unversioned_id(self, _source: int) -> str:
        return source_type.ID

    def obs_source_get_name(self, source: int) -> str:
        return self.names[source]

    def obs_get_source_by_name(self, name: str) -> Any:
        found = [Source(each) for each, its_name in self.names.items() if its_name == name]
        self.references += len(found)
        return found[0] if found else None

    def obs_source_set_name(self, source: int, name: str) -> None:
        assert name not in self.names.values()
        self.names[source] = name

    def obs_load_source(self, _data: Any) -> Any:
        if not self.loads:
            return None
        self.names[2] = "Avatar"
        self.references += 1
        return Source(2)

    def obs_source_remove(self, source: int) -> None:
        del self.names[source]
        self.items = {item: its for item, its in self.items.items() if its != source}

    def obs_source_release(self, source: Any) -> None:
        assert source is not None
        self.references -= 1

    def obs_frontend_get_scenes(self) -> "list[str]":
        return ["scene"]

    def obs_scene_enum_items(self, _scene: Any) -> "list[int]":
        return list(self.items)

    def obs_sceneitem_is_group(self, _item: int) -> bool:
        return False

    def obs_sceneitem_get_source(self, item: int) -> int:
        return self.items[item]

    def obs_sceneitem_remove(self, item: int) -> None:
        del self.items[item]

    def obs_scene_add(self, _scene: Any, source: int) -> Any:
        if not self.adds:
            return None
        self.items[20] = source
        return 20

    def obs_sceneitem_set_crop(self, _item: int, _crop: Any) -> None:
        if not self.copies:
            raise RuntimeError("another version of OBS")

    def __getattr__(self, name: str) -> Any:
        return lambda *_: 0


class NoData:
    def obs_obj_get_data(self, source: int) -> int:
        return 0 if source == 1 else 5

    def blog(self, *_: Any) -> None:
        pass


@pytest.fixture
def revive(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(libobs, "_loaded", [NoData()])

    def run(obs: FakeObs) -> "list[str]":
        monkeypatch.setitem(sys.modules, "obspython", obs)  # type: ignore[arg-type]
        return revival.revive_placeholders()

    return run


def test_a_placeholder_is_replaced(revive: Any) -> None:
    obs = FakeObs()
    assert revive(obs) == ["Avatar"]
    assert (obs.names, obs.items, obs.references) == ({2: "Avatar"}, {20: 2}, 0)


@pytest.mark.parametrize("failing", ["loads", "adds", "copies"])
def test_whatever_fails_the_source_stays_in_its_place_under_its_name(revive: Any, failing: str) -> None:
    obs = FakeObs(**{failing: False})
    assert revive(obs) == []
    assert (obs.names, obs.items, obs.references) == ({1: "Avatar"}, {10: 1}, 0)
