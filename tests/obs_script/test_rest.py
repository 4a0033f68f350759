"""When an avatar rests, on a clock of the tests' own."""

import pytest

from ezvtb_obs import status
from ezvtb_obs.rest import ENGINE_KEPT_SECONDS, Rest


@pytest.mark.parametrize(
    ("stopped", "showing", "phase"),
    [(False, True, ""), (False, False, status.PAUSED), (True, True, status.STOPPED), (True, False, status.STOPPED)],
)
def test_it_rests_while_a_hotkey_has_stopped_it_or_nothing_shows_it(stopped: bool, showing: bool, phase: str) -> None:
    rest = Rest()
    assert rest.look(0.0, stopped, showing) == rest.phase == phase


def test_only_a_long_rest_without_a_break_needs_no_engine() -> None:
    rest = Rest()
    assert not rest.is_long(1e6)
    rest.look(0.0, False, False)
    assert not rest.is_long(ENGINE_KEPT_SECONDS - 1)
    rest.look(ENGINE_KEPT_SECONDS - 1, False, True)
    rest.look(ENGINE_KEPT_SECONDS, True, True)
    assert not rest.is_long(ENGINE_KEPT_SECONDS + 1)
    rest.look(ENGINE_KEPT_SECONDS + 2, False, False)  # another reason, but the same rest
    assert rest.is_long(2 * ENGINE_KEPT_SECONDS)
