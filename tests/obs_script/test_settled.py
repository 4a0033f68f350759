"""What somebody still types is not acted upon."""

from ezvtb_obs.settled import SETTLE_SECONDS, Settled


def test_typing_counts_once_it_rests() -> None:
    value = Settled("127.0.0.1")
    now = 100.0
    for typed in ("1", "19", "192", "192."):
        now += 0.3
        assert value.offer(now, typed) == "127.0.0.1"
    assert value.offer(now + SETTLE_SECONDS - 0.01, "192.") == "127.0.0.1"
    assert value.offer(now + SETTLE_SECONDS, "192.") == "192."
    assert value.offer(now + 50, "192.") == "192."


def test_what_is_taken_back_in_time_never_counted() -> None:
    value = Settled(1)
    assert value.offer(0, 2) == 1
    assert value.offer(0.5, 1) == 1
    assert value.offer(9, 1) == 1
