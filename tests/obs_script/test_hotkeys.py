"""The hotkeys of an avatar, with a libobs of Python."""

from typing import Any

import pytest

from ezvtb_obs.hotkeys import HOTKEYS, LONGEST_HOLD_SECONDS, STRAIGHT_AHEAD, Hotkeys

PRESS, RELEASE = 1, 0
GARBAGE = 0x5A00
"""What may stand in a register above a C bool."""


class FakeObs:
    """One source with a handle; properties by their number."""

    def __init__(self) -> None:
        self.handle: dict[bytes, int] = {}
        self.steps: dict[int, int] = {}
        self.registered: list[tuple[bytes, bytes, int]] = []

    def act(self, *actions: int) -> None:
        """What libobs does when that becomes of the first hotkey."""
        for pressed in actions:
            self.obs_property_int_set_limits(self.registered[0][2], 7, 8, pressed)

    # libobs

    def address(self, name: str) -> int:
        assert name == "obs_property_int_set_limits"
        return 99

    def obs_obj_get_data(self, source: int) -> int:
        assert source == 1
        return 2

    def obs_data_get_int(self, _handle: int, name: bytes) -> int:
        return self.handle.get(name, 0)

    def obs_data_set_int(self, _handle: int, name: bytes, value: int) -> None:
        self.handle[name] = value

    def obs_properties_create(self) -> int:
        return 3

    def obs_properties_add_int(self, _properties: int, _name: bytes, _text: bytes, *limits: int) -> int:
        self.steps[100 + len(self.steps)] = limits[2]
        return 99 + len(self.steps)

    def obs_property_int_set_limits(self, note: int, _lowest: int, _highest: int, step: int) -> None:
        self.steps[note] = step

    def obs_property_int_step(self, note: int) -> int:
        return self.steps[note]

    def obs_hotkey_register_source(self, source: int, name: bytes, text: bytes, function: int, note: int) -> int:
        assert (source, function) == (1, 99)
        self.registered.append((name, text, note))
        return len(self.registered)


@pytest.fixture
def obs() -> Any:
    return FakeObs()


def test_every_hotkey_of_the_table_is_registered_once_whatever_is_reloaded(obs: Any) -> None:
    first = Hotkeys(obs, 1)
    assert [name.decode() for name, _, _ in obs.registered] == list(HOTKEYS)
    assert obs.registered[0][1] == b"I look straight ahead"
    obs.act(PRESS)
    second = Hotkeys(obs, 1)
    assert len(obs.registered) == len(HOTKEYS)
    assert second.pressed(0) == []  # it came while nobody looked
    obs.act(PRESS)
    assert second.pressed(0) == [STRAIGHT_AHEAD]
    assert first.pressed(0) == []


@pytest.mark.parametrize(
    ("actions", "found"),
    [
        # at each look: what has happened since the last one
        ([(), ()], [0, 0]),
        ([(PRESS,), (), (RELEASE,), ()], [1, 0, 0, 0]),
        ([(PRESS, RELEASE), ()], [1, 0]),
        ([(PRESS,), (RELEASE,), (PRESS, RELEASE), (PRESS,), (RELEASE,)], [1, 0, 1, 1, 0]),
        ([(PRESS,), (PRESS,), (PRESS,)], [1, 1, 1]),  # from somebody who never releases
        ([(PRESS | GARBAGE,), (RELEASE | GARBAGE,)], [1, 0]),
    ],
)
def test_a_press_and_its_release_are_one(obs: Any, actions: "list[tuple[int, ...]]", found: "list[int]") -> None:
    hotkeys = Hotkeys(obs, 1)
    seen = []
    for now, each in enumerate(actions):
        obs.act(*each)
        seen.append(len(hotkeys.pressed(now / 60)))
    assert seen == found


def test_a_press_without_release_does_not_swallow_the_next_one(obs: Any) -> None:
    hotkeys = Hotkeys(obs, 1)
    obs.act(PRESS)
    assert hotkeys.pressed(0)
    obs.act(PRESS, RELEASE)
    assert hotkeys.pressed(LONGEST_HOLD_SECONDS + 0.1)
    assert not hotkeys.pressed(LONGEST_HOLD_SECONDS + 0.2)


def test_a_hotkey_is_held_from_press_to_release(obs: Any) -> None:
    hotkeys = Hotkeys(obs, 1)
    held = []
    for now, each in enumerate([(PRESS,), (), (RELEASE,), (PRESS, RELEASE), (PRESS,), (PRESS,)]):
        obs.act(*each)
        hotkeys.pressed(now)
        held.append(STRAIGHT_AHEAD in hotkeys.held)
    # the last press is of somebody who never releases: it lets go
    assert held == [True, True, False, False, True, False]
