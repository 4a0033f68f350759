import pytest

from ezvtb.tracking.rate import RateCounter


@pytest.mark.parametrize("events", [1, 7])
def test_the_rate_is_of_the_last_seconds(events: int) -> None:
    rate = RateCounter()
    for index in range(60):
        rate.count(index / 30, events)
    assert rate.per_second(59 / 30) == pytest.approx(30 * events, rel=0.05)
    assert rate.per_second(100) == 0
