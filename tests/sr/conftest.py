"""What the super resolution tests share: the installed models and the frames of our own characters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ezvtb import backends
from ezvtb.backends.frame import Frame
from ezvtb.errors import EzvtbError
from ezvtb.models.store import find
from ezvtb.sr.enlarger import Enlarger, model_for

GOLDENS = Path(__file__).parents[1] / "goldens"


class Enlarging:
    """An enlarger that takes and gives arrays."""

    def __init__(self, *arguments: Any) -> None:
        self._enlarger = Enlarger(*arguments)
        self._out = self._enlarger.allocate_frame()
        self.statistics = self._enlarger.statistics

    def enlarge(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The next call overwrites what it gives."""
        self._enlarger.enlarge(Frame.of(picture), self._out)
        return self._out.host

    @property
    def backend_seconds(self) -> float:
        return self._enlarger.backend_seconds


Open = Callable[..., Enlarging]


@pytest.fixture(scope="session")
def open_enlarger() -> Open:
    """(x4, noise, backend kind, half) -> an enlarger; fails, with the remedy, where the model is not installed.

    One of each for all tests: they take seconds to compile.
    """
    made: dict[Any, Enlarging] = {}

    def get(x4: bool, noise: int = 1, kind: str = "openvino", half: bool = False) -> Enlarging:
        key = (x4, noise, kind, half)
        if key not in made:
            name, graph = model_for(x4, noise)
            backend = backends.open_backend(kind, 0, half)
            try:
                made[key] = Enlarging(backend, find(name, backend.graph_precision).graphs, graph)
            except EzvtbError as error:
                pytest.fail(str(error), pytrace=False)
        return made[key]

    return get


@pytest.fixture(scope="session")
def coral() -> NDArray[np.uint8]:
    """A posed frame of a character with soft edges and long hair: (512, 512, 4) BGRA."""
    with Image.open(GOLDENS / "frames" / "coral_03.webp") as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]])
