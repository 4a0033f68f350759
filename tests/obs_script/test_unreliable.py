"""What failed twice within a minute is avoided, until the options change."""

from typing import Any

import pytest

from ezvtb_obs.unreliable import Unreliable

OPTIONS: "dict[str, object]" = {"device_id": 0}
CARD = {"component": "tha", "backend": "TensorRT", "device": "a card"}
CPU = {"component": "rife", "backend": "OpenVINO", "device": "a CPU"}
OFF = {"component": "sr", "backend": "off", "device": ""}


@pytest.mark.parametrize(
    ("failures", "avoided"),
    [
        ([], ()),
        ([(0, [CARD])], ()),
        ([(0, [CARD]), (59, [CARD])], ("TensorRT on a card",)),
        ([(0, [CARD]), (61, [CARD])], ()),
        ([(0, [CARD]), (61, [CARD]), (100, [CARD])], ("TensorRT on a card",)),
        ([(0, [CARD]), (1, [CPU])], ()),
        ([(0, [CARD, CARD, OFF])], ()),  # one failure of two components
        ([(0, [CARD, CPU]), (1, [CARD, CPU, OFF])], ("TensorRT on a card", "OpenVINO on a CPU")),
        ([(0, [CARD]), (1, [CARD]), (2, [CPU]), (3, [CPU])], ("TensorRT on a card", "OpenVINO on a CPU")),
    ],
)
def test_what_is_avoided(failures: "list[tuple[float, Any]]", avoided: "tuple[str, ...]") -> None:
    unreliable = Unreliable()
    for moment, report in failures:
        unreliable.failed(moment, OPTIONS, report)
    assert unreliable.avoided(OPTIONS) == avoided


def test_other_options_are_a_new_chance() -> None:
    unreliable = Unreliable()
    for moment in range(2):
        unreliable.failed(moment, OPTIONS, [CARD])
    assert unreliable.avoided({"device_id": 1}) == ()
    unreliable.failed(3, OPTIONS, [CARD])
    assert unreliable.avoided(OPTIONS) == ()
