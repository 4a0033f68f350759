"""OBS on a display of its own. Where OBS or Xvfb is missing, these tests are left out."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ezvtb.setup.headless_obs import Xvfb

from .stage import Stage, open_stage

pytest.register_assert_rewrite(f"{__package__}.special_rows")  # no test file, but it says what failed as one does
HERE = Path(__file__).parent
NEEDED = ("obs", "Xvfb", "xdotool")

OpenStage = Callable[..., Stage]


def pytest_collection_modifyitems(items: "list[pytest.Item]") -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.obs)
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))


@pytest.fixture(scope="session")
def server() -> Iterator[Xvfb]:
    with Xvfb() as running:
        yield running


@pytest.fixture(scope="session")
def figure() -> Any:
    """(512, 512, 4) RGBA: a pale disc with a soft edge of 12 pixels, a half-transparent bar below, nothing else."""
    rows, columns = np.mgrid[0:512, 0:512]
    distance = np.hypot(rows - 220, columns - 256)
    alpha = np.clip((126 - distance) / 12, 0, 1) * 255
    alpha[380:480, 200:312] = 128
    pixels = np.zeros((512, 512, 4), np.uint8)
    pixels[..., :3] = (250, 240, 230)
    pixels[..., 3] = alpha.round()
    pixels[pixels[..., 3] == 0] = 0
    return pixels


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory, figure: Any) -> Path:
    path = tmp_path_factory.mktemp("picture") / "figure.png"
    Image.fromarray(figure, "RGBA").save(path)
    return path


@pytest.fixture
def open_obs(tmp_path: Path, server: Xvfb, picture: Path) -> Iterator[OpenStage]:
    """Starts an OBS; `quit` it in the test, or it is killed afterwards."""
    opened: list[Stage] = []

    def open_it(**options: Any) -> Stage:
        opened.append(open_stage(tmp_path / f"obs{len(opened)}", server, options.pop("picture", picture), **options))
        return opened[-1]

    yield open_it
    for stage in opened:
        stage.obs.kill()
