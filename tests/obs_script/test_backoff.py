"""The back-off after failures, on a clock of the tests' own."""

import pytest

from ezvtb_obs.backoff import FIRST_SECONDS, HEALTHY_SECONDS, LONGEST_SECONDS, TOLD_SECONDS, Backoff


def test_each_failure_in_a_row_doubles_the_pause_up_to_the_longest() -> None:
    backoff = Backoff()
    pauses = []
    for _ in range(12):
        backoff.started()
        pauses.append(backoff.failed(0.0, "It failed."))
    assert pauses[:3] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_SECONDS
    assert backoff.left(0.0) == LONGEST_SECONDS
    assert backoff.left(LONGEST_SECONDS + 1) == 0


@pytest.mark.parametrize(("ran", "pause"), [(1.0, 2 * FIRST_SECONDS), (HEALTHY_SECONDS + 1, FIRST_SECONDS)])
def test_only_an_engine_that_ran_long_begins_anew(ran: float, pause: float) -> None:
    backoff = Backoff()
    backoff.failed(0.0, "It failed.")
    backoff.started()
    assert not backoff.was_ready
    backoff.ready(10.0)
    assert backoff.was_ready
    assert backoff.failed(10.0 + ran, "It failed again.") == pause


def test_a_failure_is_told_until_a_while_after_frames_come_again() -> None:
    backoff = Backoff()
    backoff.failed(0.0, "It failed.")
    backoff.started()
    assert backoff.error(1000.0) == "It failed."
    backoff.played(1000.0)
    backoff.played(1005.0)
    assert backoff.error(1000.0 + TOLD_SECONDS) == "It failed."
    assert backoff.error(1000.1 + TOLD_SECONDS) == ""
