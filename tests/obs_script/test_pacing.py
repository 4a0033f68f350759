"""When poses are asked for and frames shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb_obs.pacing import Pacer, RateCounter


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
def test_frames_are_shown_in_order_and_within_the_poses_time(limit: float, scale: int, gaps: "list[float]") -> None:
    pacer, now = Pacer(limit, scale), 50.0
    for gap in gaps:
        now += gap
        moments = pacer.arrived(now, scale)
        assert moments[0] == now
        assert moments == sorted(moments)
        assert moments[-1] - now <= max(scale / limit, 1)


def test_interpolated_frames_are_spread_over_the_engines_interval() -> None:
    pacer = Pacer(120, 2)
    for index in range(20):  # a pose takes 100 ms: slower than the limit
        moments = pacer.arrived(index * 0.1, 2)
    assert moments[1] - moments[0] == pytest.approx(0.05, rel=0.05)


def test_the_rate_is_of_the_last_seconds() -> None:
    rate = RateCounter()
    for index in range(60):
        rate.count(index / 30)
    assert rate.per_second(59 / 30) == pytest.approx(30, rel=0.05)
    assert rate.per_second(100) == 0
