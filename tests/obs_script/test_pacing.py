"""When poses are asked for and frames shown."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb_obs.pacing import Pacer


def test_lateness_does_not_add_up() -> None:
    pacer = Pacer(10, 1)
    asked = []
    now = 100.0
    for _ in range(100):
        now = max(now, now + pacer.pose_due(now)) + 0.003  # the thread wakes 3 ms late each time
        pacer.pose_asked(now)
        asked.append(now)
    assert (asked[-1] - asked[0]) / 99 == pytest.approx(0.1, abs=1e-3)


def test_after_a_pause_no_pose_is_made_up_for() -> None:
    pacer = Pacer(10, 1)
    pacer.pose_asked(100)
    assert pacer.pose_due(200) < 0
    pacer.pose_asked(200)
    assert pacer.pose_due(200) == pytest.approx(0.1)


@given(st.floats(5, 120), st.integers(1, 4), st.lists(st.floats(0.001, 3), min_size=1, max_size=30))
def test_frames_are_shown_in_order_and_within_two_poses_time(limit: float, scale: int, gaps: "list[float]") -> None:
    pacer, now, last = Pacer(limit, scale), 50.0, 0.0
    for gap in gaps:
        now += gap
        moments = pacer.arrived(now, scale)
        assert moments[0] >= max(now, last)
        assert moments == sorted(moments)
        last = moments[-1]
        assert moments[-1] - now <= 2.5 * max(scale / limit, 1)


def gaps_between_frames(arrivals: "list[float]", limit: float, scale: int) -> "list[float]":
    pacer = Pacer(limit, scale)
    moments = [moment for arrival in arrivals for moment in pacer.arrived(arrival, scale)]
    assert moments == sorted(moments)
    late = moments[len(moments) // 2 :]  # once it knows its engine
    return [after - before for before, after in zip(late, late[1:])]


def test_a_single_frame_is_shown_at_once() -> None:
    pacer = Pacer(30, 1)
    for moment in (10.0, 10.2, 10.21, 10.4):
        assert pacer.arrived(moment, 1) == [moment]


def test_steady_arrivals_give_steady_frames() -> None:
    gaps = gaps_between_frames([10 + 0.15 * number for number in range(60)], 30, 4)
    assert max(gaps) - min(gaps) < 0.002
    assert sum(gaps) / len(gaps) == pytest.approx(0.15 / 4, rel=0.01)


def test_uneven_arrivals_give_nearly_steady_frames() -> None:
    """A frame from the cache comes at once, another after 100 ms: a quarter of the time between two poses."""
    chance = random.Random(1)
    arrivals = [10 + 0.4 * number + chance.choice((0.0, 0.1)) for number in range(200)]
    gaps = gaps_between_frames(arrivals, 10, 4)
    assert max(gaps) < 0.1 * 1.75  # twice, if each pose's frames began when they came
    assert min(gaps) >= 0.1 * 0.79


def test_interpolated_frames_are_spread_over_the_engines_interval() -> None:
    pacer = Pacer(120, 2)
    for index in range(20):  # a pose takes 100 ms: slower than the limit
        moments = pacer.arrived(index * 0.1, 2)
    assert moments[1] - moments[0] == pytest.approx(0.05, rel=0.05)
