import time
from typing import Any

import numpy as np
import pytest

from ezvtb.play.stage import Shown, Stage


class Eye:
    def __init__(self, showing: bool = True) -> None:
        self.showing = showing
        self.seen: list[Shown] = []

    def show(self, shown: Shown) -> None:
        self.seen.append(shown)


def push(stage: Stage, pixels: Any) -> bool:
    return stage.push(pixels.ctypes.data, pixels.shape[1], pixels.shape[0])


def test_every_view_gets_a_copy_of_each_frame_with_its_moment() -> None:
    one, other = Eye(), Eye()
    stage = Stage([one, other])
    engines_memory = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    drawn = engines_memory.copy()
    before = time.perf_counter()
    assert push(stage, engines_memory)
    engines_memory[:] = 0
    for view in (one, other):
        np.testing.assert_array_equal(view.seen[0].pixels, drawn)
        assert before <= view.seen[0].moment <= time.perf_counter()
    assert stage.first_moment == one.seen[0].moment
    with pytest.raises(ValueError, match="read-only"):
        one.seen[0].pixels[:] = 0


@pytest.mark.parametrize(("views", "showing"), [([], False), ([False], False), ([False, True], True)])
def test_it_shows_while_any_view_does(views: "list[bool]", showing: bool) -> None:
    assert Stage([Eye(each) for each in views]).showing() is showing


def test_a_frame_wakes_who_waits_once() -> None:
    stage = Stage([])
    assert not stage.wait(0)
    push(stage, np.zeros((1, 1, 4), np.uint8))
    assert stage.wait(0)
    assert not stage.wait(0)


def test_after_leaving_it_is_gone_for_the_driver() -> None:
    view = Eye()
    stage = Stage([view])
    assert stage.alive()
    stage.leave()
    assert not stage.alive()
    assert not push(stage, np.zeros((1, 1, 4), np.uint8))
    assert not view.seen
