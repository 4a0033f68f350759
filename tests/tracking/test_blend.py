import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking import pose
from ezvtb.tracking.blend import HOLD_SECONDS, TO_IDLE_SECONDS, TO_LIVE_SECONDS, Blend, Ease

LIVE, IDLE = [1.0] * 45, [0.0] * 45
STEP = 1 / 60


def play(blend: Blend, start: float, seconds: float, *, packets: bool) -> list[float]:
    """The first parameter at 60 frames a second, with or without packets."""
    shown = []
    for number in range(int(seconds / STEP)):
        now = start + number * STEP
        if packets:
            blend.feed(LIVE, now)
        shown.append(blend.pose(IDLE, now)[0])
    return shown


def test_before_any_packet_the_character_idles() -> None:
    assert play(Blend(), 100.0, 1, packets=False) == [0.0] * 60


def test_poses_are_followed_exactly_once_they_have_come_for_a_moment() -> None:
    blend = Blend()
    play(blend, 100.0, TO_LIVE_SECONDS + 0.1, packets=True)
    moving = [0.25] * 45
    blend.feed(moving, 200.0)
    blend.pose(IDLE, 200.0)
    assert blend.pose(IDLE, 200.0) == moving


def test_after_silence_the_pose_is_held_and_then_eased_to_idle_within_a_second() -> None:
    blend = Blend()
    play(blend, 100.0, 1, packets=True)
    shown = play(blend, 101.0, HOLD_SECONDS + TO_IDLE_SECONDS + 0.1, packets=False)
    held = shown[: int((HOLD_SECONDS - 0.1) / STEP)]
    assert held == [1.0] * len(held)
    assert shown[-1] == 0.0
    assert max(a - b for a, b in zip(shown, shown[1:], strict=False)) < 2 * STEP / TO_IDLE_SECONDS


def test_the_tracker_is_followed_again_from_the_first_packet_on_and_without_a_jump() -> None:
    blend = Blend()
    play(blend, 100.0, 1, packets=True)
    play(blend, 101.0, 3, packets=False)
    shown = play(blend, 104.0, TO_LIVE_SECONDS + 0.1, packets=True)
    assert shown[1] > shown[0] >= 0
    assert shown[-1] == 1.0
    assert max(b - a for a, b in zip(shown, shown[1:], strict=False)) < 2 * STEP / TO_LIVE_SECONDS


def test_a_clock_that_stands_still_or_leaps_harms_nothing() -> None:
    blend = Blend()
    blend.feed(LIVE, 100.0)
    for now in (100.0, 100.0, 99.0, 5000.0, 5000.0):
        assert 0.0 <= blend.pose(IDLE, now)[0] <= 1.0


LOW, HIGH = [lowest * 1.0 for lowest in pose.LOWEST], [1.0] * 45


def test_the_first_source_is_shown_at_once_and_as_it_is() -> None:
    ease = Ease()
    assert ease.pose(HIGH, "a", 0.3, 5.0) == HIGH
    assert ease.pose(LOW, "a", 0.3, 5.0) == LOW


def test_another_source_is_reached_in_time_and_then_shown_exactly() -> None:
    ease = Ease()
    ease.pose(LOW, "a", 0.3, 5.0)
    shown = [ease.pose(HIGH, "b", 0.3, 5 + number * STEP) for number in range(1, 20)]
    heads = [values[pose.INDEX["head_y"]] for values in shown]
    assert heads == sorted(heads)
    assert -1 < heads[0] < heads[8] < 1
    assert heads[8] == pytest.approx(0, abs=0.01)
    assert shown[-1] == HIGH


def test_on_the_way_the_new_source_is_followed() -> None:
    ease = Ease()
    ease.pose([0.75] * 45, "a", 1.0, 0.0)
    still = ease.pose([0.5] * 45, "b", 1.0, 0.2)
    moved = ease.pose([0.25] * 45, "b", 1.0, 0.2)
    assert [a - b for a, b in zip(still, moved, strict=True)] == pytest.approx([0.25] * 45)


def test_a_change_that_nobody_saw_for_long_is_over() -> None:
    ease = Ease()
    ease.pose(LOW, "a", 1.0, 0.0)
    assert ease.pose(HIGH, "b", 1.0, 60.0) == HIGH


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.3, 1.0]), st.floats(0, 0.2)), max_size=40),
    st.lists(st.lists(st.floats(0, 1), min_size=45, max_size=45), min_size=3, max_size=3),
)
def test_nothing_moves_faster_than_the_stated_limit(
    changes: list[tuple[str, float, float]], poses: list[list[float]]
) -> None:
    targets, ease, now = dict(zip("abc", poses, strict=True)), Ease(), 0.0
    last = ease.pose(targets["a"], "a", 0.3, now)
    for source, seconds, step in changes:
        now += step
        shown = ease.pose(targets[source], source, seconds, now)
        assert max(abs(a - b) for a, b in zip(last, shown, strict=True)) <= 1.5 / 0.3 * step + 1e-9
        last = shown


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(-1e9, 1e9)), max_size=20))
def test_no_clock_takes_it_out_of_range(moments: list[tuple[str, float]]) -> None:
    ease = Ease()
    for source, now in moments:
        shown = ease.pose(HIGH if source == "a" else LOW, source, 0.3, now)
        assert shown == pose.clamp(shown)
