"""TensorRT's engines are built before the first test that needs them: minutes, the first time on a card."""

import pytest

from ezvtb.backends.flavours import FLAVOURS
from ezvtb.bench import engines_first
from ezvtb.trials.place import Place
from places import place_of


@pytest.fixture(scope="session")
def built() -> "dict[str, str]":
    """Kinds of TensorRT whose engines were built in this run -> what went wrong."""
    return {}


@pytest.fixture
def place(request: pytest.FixtureRequest, built: "dict[str, str]") -> Place:
    """Where a test takes place: its parameter is (kind, half)."""
    kind, half = request.param
    found = place_of(kind, half, brief=kind in ("openvino", "onnxruntime"))
    if kind in FLAVOURS and kind not in built:
        built[kind] = engines_first.build(kind, found.number, print)
    assert not built.get(kind), built[kind]
    return found
