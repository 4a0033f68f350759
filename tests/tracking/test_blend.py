from ezvtb.tracking.blend import HOLD_SECONDS, TO_IDLE_SECONDS, TO_LIVE_SECONDS, Blend

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
