"""How busy this process keeps NVIDIA's cards, through NVML.

The driver samples each process a few times a second, on cards from Maxwell on. Where it doesn't tell, on Windows with
some drivers or in a container that has its own process numbers, there is no answer.
"""

import ctypes
import os
from collections.abc import Callable
from typing import Any, Optional

from ezvtb.backends import nvml
from ezvtb.errors import BackendError
from ezvtb.setup.graphics import load_nvml

_INSUFFICIENT_SIZE = 7
"""`NVML_ERROR_INSUFFICIENT_SIZE` of nvml.h: the answer to how many samples there are, where there are any."""


class _Sample(ctypes.Structure):
    """`nvmlProcessUtilizationSample_t` of nvml.h."""

    _fields_ = (
        ("pid", ctypes.c_uint),
        ("time", ctypes.c_ulonglong),
        ("sm", ctypes.c_uint),
        ("memory", ctypes.c_uint),
        ("encoder", ctypes.c_uint),
        ("decoder", ctypes.c_uint),
    )


class CardUsage:
    """Of one process, on the card where it is busiest. Call it now and then."""

    def __init__(self, library: Any, process: int) -> None:
        """`library` is NVML; it is initialised here, and stays so until the process ends."""
        self._library, self._process = library, process
        self._cards = _cards(library)
        self._seen = [0] * len(self._cards)

    def __call__(self) -> Optional[float]:
        """Percent of the card's time in which the process computed there, since the last call; None if unknown."""
        shares = map(self._share, range(len(self._cards)))
        return max((share for share in shares if share is not None), default=None)

    def _share(self, card: int) -> Optional[float]:
        count, since = ctypes.c_uint(0), ctypes.c_ulonglong(self._seen[card])
        ask = self._library.nvmlDeviceGetProcessUtilization
        if ask(self._cards[card], None, ctypes.byref(count), since) != _INSUFFICIENT_SIZE:
            return None
        samples = (_Sample * count.value)()
        code = ask(self._cards[card], samples, ctypes.byref(count), since)
        if code:
            return None
        mine = [each for each in samples[: count.value] if each.pid == self._process]
        self._seen[card] = max((each.time for each in mine), default=self._seen[card])
        return sum(each.sm for each in mine) / len(mine) if mine else None


def open_usage() -> "Callable[[], Optional[float]]":
    """What tells this process's share; it never knows one without NVIDIA's driver."""
    library = load_nvml()
    return CardUsage(library, os.getpid()) if library else lambda: None


def _cards(library: Any) -> "list[ctypes.c_void_p]":
    try:
        nvml.call(library, "nvmlInit_v2")
        return nvml.handles(library, usable_only=True)
    except BackendError:  # no card whose share could be told
        return []
