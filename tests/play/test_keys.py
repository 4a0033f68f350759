"""Keys of the window as hotkeys."""

import pytest

from ezvtb.play.keys import KEYS, WindowKeys
from ezvtb_obs import hotkeys


def test_every_hotkey_has_a_key() -> None:
    assert sorted(KEYS.values()) == sorted(hotkeys.HOTKEYS)


def test_a_key_is_pressed_once_and_held_until_it_comes_up() -> None:
    keys = WindowKeys()
    keys.press("1", 100)
    assert keys.held == {hotkeys.EXPRESSIONS[0]}
    assert keys.pressed(0.0) == [hotkeys.EXPRESSIONS[0]]
    assert keys.pressed(0.0) == []
    keys.release("1", 200)
    assert keys.held == frozenset()


@pytest.mark.parametrize("releases", [True, False])
def test_a_key_that_repeats_itself_is_pressed_once(releases: bool) -> None:
    keys = WindowKeys()
    keys.press("p", 100)
    for time in range(600, 1000, 30):
        if releases:
            keys.release("p", time)
        keys.press("p", time)
    assert keys.pressed(0.0) == [hotkeys.PAUSE]
    assert keys.held == {hotkeys.PAUSE}
    keys.release("p", 1000)
    keys.press("p", 1001)
    assert keys.pressed(0.0) == [hotkeys.PAUSE]
