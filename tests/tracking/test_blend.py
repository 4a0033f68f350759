import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking import pose
from ezvtb.tracking.blend import Ease

STEP = 1 / 60
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
