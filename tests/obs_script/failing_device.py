"""A device that gets lost, for engine processes: the null backend on a card that fails where EZVTB_LOST names a file.

An engine process imports it before all else.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ezvtb import backends
from ezvtb.backends import devices
from ezvtb.backends.null import NullBackend, NullGraph
from ezvtb.errors import BackendError

LOST = Path(os.environ["EZVTB_LOST"])


class FailingGraph(NullGraph):
    """A stage on the card."""

    def run(self, buffers: Mapping[str, Any]) -> None:
        if LOST.exists():
            raise BackendError("ONNX Runtime DirectML failed: Exception(3) tid(5a68) 887A0005 The GPU is suspended.")
        super().run(buffers)


class FailingBackend(NullBackend):
    """On a card."""

    device = "a card"

    def load(self, path: Path) -> NullGraph:
        return FailingGraph(path.name)


backends.KINDS["directml"] = backends.Kind(__name__, FailingBackend.__name__)
backends.PREFERENCE = ("directml", "null")
LISTING = devices.Listing([devices.Device("a card", 0, {"directml": 0}), devices.Device("a CPU", 0, {"null": 0})], [])
devices.find = lambda: LISTING
