import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking import pose
from ezvtb.tracking.idle import (
    BLINK_CLOSE_SECONDS,
    BLINK_GAP_SECONDS,
    DEFAULT,
    GAZE_LEAP_SECONDS,
    GAZE_STAY_SECONDS,
    SECOND_BLINK_SECONDS,
    Idle,
    IdleOptions,
)

STEP = 1 / 60
MINUTE = [number * STEP for number in range(60 * 60)]
STILL = IdleOptions(breath_depth=0, blinks=False, gaze=0, head=0)
SWAYING = ("head_x", "head_y", "neck_z", "body_y", "body_z")

OPTIONS = st.builds(
    IdleOptions, st.floats(0, 60), st.floats(0, 1), st.booleans(), *[st.sampled_from([0.0, 0.5, 1.0, 2.0])] * 2
)


def column(name: str, idle: Idle, options: IdleOptions = DEFAULT) -> list[float]:
    return [idle.pose(seconds, options)[pose.INDEX[name]] for seconds in MINUTE]


def starts(closed: list[float]) -> list[float]:
    """When the eyes begin to close, seconds."""
    return [at * STEP for at, (a, b) in enumerate(zip(closed, closed[1:], strict=False)) if a == 0 < b]


@given(st.floats(-1e6, 1e6), OPTIONS, st.integers(0, 5))
def test_every_value_stays_in_its_range(seconds: float, options: IdleOptions, seed: int) -> None:
    values = Idle(seed).pose(seconds, options)
    assert values == pose.clamp(values)


def test_the_same_moment_gives_the_same_pose_and_another_seed_another() -> None:
    assert Idle(3).pose(12.5) == Idle(3).pose(12.5) != Idle(4).pose(12.5)
    idle = Idle(3)
    seen = [idle.pose(seconds) for seconds in MINUTE]
    assert [idle.pose(seconds) for seconds in reversed(MINUTE)] == seen[::-1]


def test_nothing_jumps_from_one_frame_to_the_next() -> None:
    idle = Idle()
    fastest = STEP / BLINK_CLOSE_SECONDS + 0.01
    for a, b in zip(MINUTE, MINUTE[1:], strict=False):
        assert max(abs(x - y) for x, y in zip(idle.pose(a), idle.pose(b), strict=True)) <= fastest


@pytest.mark.parametrize("rate", [6, 15, 40])
def test_the_chest_rises_and_falls_so_often_a_minute_and_so_deep(rate: float) -> None:
    options = IdleOptions(breaths_a_minute=rate, breath_depth=0.6)
    breath = column("breathing", Idle(), options)
    peaks = [b for a, b, c in zip(breath, breath[1:], breath[2:], strict=False) if a < b >= c]
    assert len(peaks) == pytest.approx(rate, abs=1)
    assert min(breath) < 0.01
    assert max(breath) == pytest.approx(0.6, abs=0.01)


@given(st.lists(st.floats(0, 60), min_size=1, max_size=10), st.floats(0, 1e5))
def test_a_new_rate_of_breathing_goes_on_from_the_breath_that_is_taken(rates: list[float], start: float) -> None:
    idle, now = Idle(), start
    before = idle.breathing(now, IdleOptions(breaths_a_minute=rates[0]))
    for rate in rates:
        for _ in range(3):
            now += STEP
            after = idle.breathing(now, IdleOptions(breaths_a_minute=rate))
            assert abs(after - before) < 0.06  # 60 a minute rise by π / 60 a frame
            before = after


def test_eyes_close_wholly_and_as_often_as_a_persons() -> None:
    for seed in range(5):
        closed = column("eye_wink_left", Idle(seed))
        assert closed == column("eye_wink_right", Idle(seed))
        assert max(closed) > 0.8
        moments = starts(closed)
        gaps = [b - a for a, b in zip(moments, moments[1:], strict=False)]
        shortest, longest = BLINK_GAP_SECONDS
        for gap in gaps:  # a second blink comes at once, and the next gap is shorter by it
            second = abs(gap - SECOND_BLINK_SECONDS) < 2 * STEP
            assert second or shortest - SECOND_BLINK_SECONDS - 2 * STEP <= gap <= longest + 2 * STEP


def test_now_and_then_it_blinks_twice() -> None:
    gaps: list[float] = []
    for seed in range(8):
        moments = starts(column("eye_wink_left", Idle(seed)))
        gaps += [b - a for a, b in zip(moments, moments[1:], strict=False)]
    assert 0.05 < sum(gap < 1 for gap in gaps) / len(gaps) < 0.3


def test_the_head_sways_a_little_and_to_both_sides() -> None:
    for name in SWAYING:
        sway = column(name, Idle())
        assert -0.2 < min(sway) < -0.05 < 0.05 < max(sway) < 0.2


def test_the_eyes_rest_at_a_place_and_leap_to_another() -> None:
    looks = column("iris_rotation_y", Idle())
    moving = [a != b for a, b in zip(looks, looks[1:], strict=False)]
    assert 0 < sum(moving) / len(moving) < 2 * GAZE_LEAP_SECONDS / GAZE_STAY_SECONDS
    assert -0.15 < min(looks) < -0.05 < 0.05 < max(looks) < 0.15


def test_each_of_it_can_be_switched_off_and_made_stronger() -> None:
    idle = Idle()
    for seconds in MINUTE:
        assert not any(idle.pose(seconds, STILL))
        plain, strong = idle.pose(seconds), idle.pose(seconds, IdleOptions(gaze=2, head=2))
        for name in (*SWAYING, "iris_rotation_x", "iris_rotation_y"):
            assert strong[pose.INDEX[name]] == pytest.approx(2 * plain[pose.INDEX[name]])
