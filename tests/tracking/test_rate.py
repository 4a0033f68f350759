import sys
import threading

import pytest

from ezvtb.tracking.rate import SECONDS, RateCounter


@pytest.mark.parametrize("events", [1, 7])
def test_the_rate_is_of_the_last_seconds(events: int) -> None:
    rate = RateCounter()
    for index in range(60):
        rate.count(index / 30, events)
    assert rate.per_second(59 / 30) == pytest.approx(30 * events, rel=0.05)
    assert rate.per_second(100) == 0


def test_it_may_be_asked_for_while_another_thread_counts() -> None:
    rate, ended = RateCounter(), threading.Event()

    def count() -> None:
        now = 0.0
        while not ended.is_set():
            now += SECONDS / 1000
            rate.count(now)

    counting, interval = threading.Thread(target=count), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    counting.start()
    try:
        for _ in range(500):
            assert rate.per_second(0) >= 0
    finally:
        sys.setswitchinterval(interval)
        ended.set()
        counting.join()
