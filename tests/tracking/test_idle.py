import pytest

from ezvtb.tracking import pose
from ezvtb.tracking.idle import BLINK_CLOSE_SECONDS, BLINK_GAP_SECONDS, BREATH_SECONDS, Idle

STEP = 1 / 60
MINUTE = [number * STEP for number in range(60 * 60)]


def column(name: str, idle: Idle) -> list[float]:
    return [idle.pose(seconds)[pose.INDEX[name]] for seconds in MINUTE]


def test_every_value_stays_in_its_range() -> None:
    idle = Idle()
    for seconds in MINUTE:
        values = idle.pose(seconds)
        assert values == pose.clamp(values)


def test_the_same_moment_gives_the_same_pose_and_another_seed_another() -> None:
    assert Idle(3).pose(12.5) == Idle(3).pose(12.5) != Idle(4).pose(12.5)


def test_nothing_jumps_from_one_frame_to_the_next() -> None:
    idle = Idle()
    fastest = STEP / BLINK_CLOSE_SECONDS + 0.01
    for a, b in zip(MINUTE, MINUTE[1:], strict=False):
        assert max(abs(x - y) for x, y in zip(idle.pose(a), idle.pose(b), strict=True)) <= fastest


def test_the_chest_rises_and_falls_once_a_breath() -> None:
    breath = column("breathing", Idle())
    assert min(breath) < 0.01
    assert max(breath) > 0.99
    assert Idle().pose(1.0)[44] == pytest.approx(Idle().pose(1.0 + BREATH_SECONDS)[44])


def test_eyes_close_wholly_and_as_often_as_a_persons() -> None:
    for seed in range(5):
        closed = column("eye_wink_left", Idle(seed))
        assert closed == column("eye_wink_right", Idle(seed))
        starts = [at for at, (a, b) in enumerate(zip(closed, closed[1:], strict=False)) if a == 0 < b]
        gaps = [(b - a) * STEP for a, b in zip(starts, starts[1:], strict=False)]
        assert max(closed) > 0.8
        assert all(BLINK_GAP_SECONDS[0] - 0.1 <= gap <= BLINK_GAP_SECONDS[1] + 0.1 for gap in gaps)


def test_the_head_sways_a_little_and_to_both_sides() -> None:
    for name in ("head_x", "head_y", "neck_z", "body_y", "body_z"):
        sway = column(name, Idle())
        assert -0.2 < min(sway) < -0.05 < 0.05 < max(sway) < 0.2
