from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking import pose
from ezvtb.tracking.simplify import STEPS, Level, simplify

POSES = st.builds(pose.clamp, st.lists(st.floats(-1.2, 1.2, allow_nan=False), min_size=pose.SIZE, max_size=pose.SIZE))
RECORDING = Path(__file__).parents[2] / "demo" / "poses_20fps.npy"


def posed(**values: float) -> "list[float]":
    made = pose.neutral()
    for name, value in values.items():
        made[pose.INDEX[name]] = value
    return made


@given(POSES, st.sampled_from(Level))
def test_a_simplified_pose_stays_in_range_and_is_simple_already(values: "list[float]", level: Level) -> None:
    simple = simplify(values, level)
    assert simple == pose.clamp(simple)
    assert simplify(simple, level) == pytest.approx(simple)


@given(POSES)
def test_off_changes_nothing_that_could_be_seen(values: "list[float]") -> None:
    assert simplify(values, Level.OFF) == pytest.approx(values, abs=0.0005 + 1e-9)


@pytest.mark.parametrize("level", Level)
def test_rest_stays_rest(level: Level) -> None:
    assert simplify(pose.neutral(), level) == pose.neutral()


def test_each_level_has_at_most_the_steps_of_the_one_before() -> None:
    levels = list(Level)
    for finer, coarser in zip(levels, levels[1:], strict=False):
        assert all(a >= b for a, b in zip(STEPS[finer], STEPS[coarser], strict=True))


def test_each_level_leaves_fewer_poses_of_a_recording() -> None:
    recording = np.load(RECORDING).tolist()
    counts = [len({tuple(simplify(values, level)) for values in recording}) for level in Level]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < 0.95 * counts[0]


def test_the_larger_of_wink_and_happy_wink_stays_from_light_on() -> None:
    values = posed(eye_wink_left=0.5, eye_happy_wink_left=0.25, eye_wink_right=0.25, eye_happy_wink_right=0.5)
    simple = simplify(values, Level.LIGHT)
    assert simple[12:16] == [0.5, 0.0, 0.0, 0.5]
    assert all(simplify(values, Level.FINE)[12:16])


def test_all_vowels_are_an_open_mouth_from_strong_on() -> None:
    assert simplify(posed(mouth_iii=0.5), Level.STRONG)[26:31] == [0.5, 0, 0, 0, 0]
    assert simplify(posed(mouth_uuu=0.5), Level.LIGHT)[26:31] == [0, 0, 0, 0, 0.5]


def test_the_eyes_move_as_one_from_strong_on() -> None:
    simple = simplify(posed(eye_wink_left=1.0), Level.STRONG)
    assert simple[12] == simple[13] == 0.5
