"""What RIFE's tests share: the installed graphs, backends opened once, our own characters' frames."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ezvtb import backends
from ezvtb.backends.base import Backend
from ezvtb.backends.frame import Frame
from ezvtb.errors import EzvtbError
from ezvtb.models.store import find
from ezvtb.rife.interpolator import Interpolator

FRAMES = Path(__file__).parents[1] / "goldens" / "frames"
REAL = ("openvino", "onnxruntime")

Picture = NDArray[np.uint8]


@pytest.fixture(scope="session")
def graphs() -> dict[str, Path]:
    """RIFE's installed graphs; a test that needs them fails, with the remedy, where they are missing."""
    try:
        return find("rife40").graphs
    except EzvtbError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session", params=REAL)
def backend(request: pytest.FixtureRequest) -> Backend:
    return backends.open_backend(request.param, 0, half=False)


@pytest.fixture(scope="session")
def frame() -> Callable[[str, int], Picture]:
    """The reference poser's frame of a character at a golden pose: (512, 512, 4) BGRA."""

    def load(character: str, number: int) -> Picture:
        with Image.open(FRAMES / f"{character}_{number:02}.webp") as image:
            return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]])

    return load


class Between:
    """An interpolator that takes and gives arrays."""

    def __init__(self, *arguments: Any) -> None:
        self._interpolator = Interpolator(*arguments)
        self.statistics = self._interpolator.statistics

    def between(self, before: Picture, after: Picture, equal: bool = False) -> list[Picture]:
        new = Frame.of(after)
        old = new if before is after else Frame.of(before)
        made = self._interpolator.between(old, new, equal)
        return [after if each is new else each.host for each in made]


def premultiplied(frame: NDArray[Any]) -> NDArray[np.float64]:
    """A frame's colour times alpha, and alpha: 0..255."""
    levels = frame.astype(np.float64)
    return np.concatenate([levels[..., :3] * levels[..., 3:] / 255, levels[..., 3:]], axis=-1)


def psnr(frame: NDArray[Any], truth: NDArray[Any]) -> float:
    """dB over premultiplied BGRA; `frame` may be premultiplied float already."""
    ours = premultiplied(frame) if frame.dtype == np.uint8 else frame
    error = float(np.mean((ours - premultiplied(truth)) ** 2))
    return 10 * np.log10(255**2 / error) if error else float("inf")
