import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking import pose
from ezvtb.tracking.one_euro import DEFAULT_RESPONSIVENESS, FORGET_SECONDS, OneEuro

YAW_DEGREES = 10
"""Of the head, at which head_y is 1."""


def filtered(
    name: str, values: list[float], rate: float, responsiveness: float = DEFAULT_RESPONSIVENESS
) -> list[float]:
    """One parameter's values, smoothed as they come `rate` times a second."""
    one_euro, index, shown = OneEuro(responsiveness), pose.INDEX[name], []
    for number, value in enumerate(values):
        fed = pose.neutral()
        fed[index] = value
        shown.append(one_euro.feed(fed, number / rate)[index])
    return shown


def sampled(motion: Callable[[float], float], rate: float, seconds: float) -> list[float]:
    return [motion(number / rate) for number in range(int(seconds * rate))]


def turn(size: float, duration: float) -> Callable[[float], float]:
    """As people turn: the minimum-jerk curve of Flash and Hogan (1985), begun after half a second."""

    def motion(seconds: float) -> float:
        s = min(1.0, max(0.0, (seconds - 0.5) / duration))
        return size * (10 * s**3 - 15 * s**4 + 6 * s**5)

    return motion


def delay_milliseconds(before: list[float], after: list[float], rate: float) -> float:
    """The mean delay of a turn: the area between both curves over its height."""
    return 1000 * sum(a - b for a, b in zip(before, after, strict=True)) / rate / (before[-1] - before[0])


def noise_left(name: str, deviation: float, responsiveness: float = DEFAULT_RESPONSIVENESS) -> float:
    """The share of a resting tracker's noise that gets through, 60 times a second."""
    chance = random.Random(7)
    noise = [chance.gauss(0, deviation) for _ in range(3000)]
    shown = filtered(name, noise, 60, responsiveness)
    return math.sqrt(sum(value**2 for value in shown) / sum(value**2 for value in noise))


@pytest.mark.parametrize(("degrees", "duration"), [(20, 0.5), (20, 1.0), (10, 0.3), (10, 0.4), (7, 0.3)])
def test_a_turn_of_the_head_at_60_hz_is_at_most_25_ms_late(degrees: float, duration: float) -> None:
    moved = sampled(turn(degrees / YAW_DEGREES, duration), 60, 4)
    assert 0 < delay_milliseconds(moved, filtered("head_y", moved, 60), 60) <= 25


def test_a_steady_turn_of_30_degrees_a_second_lags_by_at_most_15_ms() -> None:
    speed = 30 / YAW_DEGREES
    moved = sampled(lambda seconds: speed * seconds, 60, 2)
    assert (moved[-1] - filtered("head_y", moved, 60)[-1]) / speed <= 0.015


@pytest.mark.parametrize("degrees", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("name", ["head_x", "head_y", "neck_z"])
def test_a_resting_head_trembles_half_as_much_at_most(name: str, degrees: float) -> None:
    assert noise_left(name, degrees / YAW_DEGREES) < 0.55


def test_the_smoothest_setting_takes_nearly_all_noise_away_and_the_quickest_none() -> None:
    assert noise_left("head_y", 0.02, 0.0) < 0.2 < noise_left("head_y", 0.02, 0.5) < noise_left("head_y", 0.02, 0.9)
    assert noise_left("head_y", 0.02, 1.0) == 1.0


@pytest.mark.parametrize("rate", [60, 30, 24])
@pytest.mark.parametrize("phase", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", ["eye_wink_left", "eye_happy_wink_right"])
def test_a_blink_of_100_ms_is_not_lost(name: str, phase: float, rate: float) -> None:
    blink = [max(0.0, 1 - abs((number + phase) / rate - 0.5) / 0.05) for number in range(int(rate))]
    assert max(filtered(name, blink, rate)) > 0.85 * max(blink)


def test_a_syllable_opens_the_mouth_and_it_closes_again() -> None:
    syllables = sampled(lambda seconds: max(0.0, math.sin(math.tau * 4 * seconds)), 60, 1)  # 4 a second: lively speech
    shown = filtered("mouth_aaa", syllables, 60)
    assert max(shown) > 0.95
    assert min(shown[15:]) < 0.1


def test_at_full_responsiveness_poses_pass_unchanged() -> None:
    chance = random.Random(1)
    one_euro = OneEuro(1.0)
    for number in range(20):
        values = [chance.random() for _ in range(pose.SIZE)]
        assert one_euro.feed(values, number / 60) == values


def test_the_first_pose_and_the_first_after_a_gap_or_a_reset_pass_unchanged() -> None:
    one_euro, zeros, ones = OneEuro(), [0.0] * pose.SIZE, [1.0] * pose.SIZE
    assert one_euro.feed(zeros, 100.0) == zeros
    assert one_euro.feed(ones, 100.0 + 2 * FORGET_SECONDS) == ones
    assert one_euro.feed(zeros, 102.1) != zeros
    one_euro.reset()
    assert one_euro.feed(zeros, 102.11) == zeros


def test_a_pose_that_stays_is_reached() -> None:
    one_euro = OneEuro(0.0)
    one_euro.feed([0.0] * pose.SIZE, 0.0)
    for number in range(600):
        shown = one_euro.feed([1.0] * pose.SIZE, number / 60)
    assert shown == pytest.approx([1.0] * pose.SIZE, abs=0.001)


def test_a_moment_told_in_several_packets_is_smoothed_as_if_told_in_one() -> None:
    once, twice = OneEuro(), OneEuro()
    for number in range(60):
        moment, values = number / 60, [math.sin(number / 5)] * pose.SIZE
        twice.feed([0.3] * pose.SIZE, moment)
        assert twice.feed(values, moment + 0.0005) == once.feed(values, moment)


def test_a_flood_is_smoothed_too() -> None:
    one_euro, rate = OneEuro(), 10_000
    for number in range(rate // 2):
        shown = one_euro.feed([min(1.0, number / 1000)] * pose.SIZE, number / rate)
    assert shown == pytest.approx([1.0] * pose.SIZE, abs=0.05)


def test_what_it_returns_is_the_callers_own() -> None:
    one_euro = OneEuro()
    one_euro.feed([0.5] * pose.SIZE, 0.0)[0] = 9.0
    assert one_euro.feed([0.5] * pose.SIZE, 0.1) == [0.5] * pose.SIZE


MOMENTS = st.floats(-1e9, 1e9) | st.sampled_from([0.0, 1.0, math.inf, -math.inf, math.nan])


@given(st.lists(st.tuples(st.floats(-1, 1), MOMENTS), min_size=1, max_size=30), st.floats(0, 1))
def test_whatever_the_clock_does_values_stay_between_those_that_came(
    fed: list[tuple[float, float]], responsiveness: float
) -> None:
    one_euro = OneEuro(responsiveness)
    for number, (value, moment) in enumerate(fed, 1):
        came = [each for each, _ in fed[:number]]
        for shown in one_euro.feed([value] * pose.SIZE, moment):
            assert min(came) - 1e-9 <= shown <= max(came) + 1e-9
