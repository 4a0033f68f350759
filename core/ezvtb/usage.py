"""What this process takes of the computer: its share of all processors, and of an NVIDIA card."""

import os
import time
from collections.abc import Callable
from typing import Optional

from ezvtb.backends.nvml_usage import open_usage


class Usage:
    """Shares since the last look."""

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        processor: Callable[[], float] = time.process_time,
        card: "Optional[Callable[[], Optional[float]]]" = None,
    ) -> None:
        """`processor` tells the seconds that all threads of this process have computed, `card` its share of the card
        in percent, or None."""
        self._clock, self._processor, self._card = clock, processor, card or open_usage()
        self._processors = os.cpu_count() or 1
        self._looked_at, self._computed = clock(), processor()

    def percent(self) -> "dict[str, float]":
        """`cpu`: of all processors together; `gpu`: of the card, where its driver tells. Both 0..100."""
        now, computed = self._clock(), self._processor()
        share = (computed - self._computed) / max(now - self._looked_at, 1e-3) / self._processors
        self._looked_at, self._computed = now, computed
        card = self._card()
        return {"cpu": min(100.0, 100 * share), **({} if card is None else {"gpu": card})}
