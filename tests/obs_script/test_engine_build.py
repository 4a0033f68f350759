"""What the panel says of the build of TensorRT's engines; `test_handover` presses its buttons."""

from typing import Any

import pytest

from ezvtb_obs import engine_build, status
from ezvtb_obs.status import Facts


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ""),
        ({"state": "ready"}, ""),
        ({"state": "running"}, "TensorRT's engines are being built."),
        (
            {"state": "running", "network": 3, "of": 5, "seconds_left": None},
            "TensorRT's engines are being built: network 3 of 5.",
        ),
        (
            {"state": "running", "network": 3, "of": 5, "seconds_left": 150.0},
            "TensorRT's engines are being built: network 3 of 5, about 2 min left.",
        ),
        (
            {"state": "cancelled"},
            "TensorRT's engines: the build was stopped. It goes on by its button, or at the next start.",
        ),
        ({"state": "failed", "error": "No."}, "TensorRT's engines can't be built: No."),
    ],
)
def test_how_it_stands_is_told(facts: "dict[str, Any]", expected: str) -> None:
    assert engine_build.sentence({"build": facts}) == expected
    lines = status.sentences(Facts(statistics={"build": facts}))
    assert [line for line in lines if "TensorRT" in line] == ([expected] if expected else [])
