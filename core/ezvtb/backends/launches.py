"""How a network gets to a card: kernel by kernel, or as one CUDA graph."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Optional

from ezvtb.backends.cuda import Card
from ezvtb.errors import BackendError

Launch = Callable[[], None]

_MOST = 4
"""Sets of addresses that are remembered. A network has one, the poser's last one two: its frames take turns."""


class Launches:
    """The runs of one network. From the second with the same addresses on, they are one CUDA graph's.

    That pays for everything that runs again and again: a network has some hundred kernels, each of which costs the
    processor microseconds to launch, and small ones end before the next is launched. What has other addresses each time
    isn't captured. A graph has the addresses in it which it was captured with, so each set of addresses has its own.
    The first run has to be a plain one: TensorRT makes ready there what must not be captured ("CUDA Graphs" in its
    documentation).
    """

    def __init__(self, card: Card, enqueue: Callable[[], bool]) -> None:
        """`enqueue` puts the network into the card's stream, kernel by kernel; whether that worked."""
        self._card, self._enqueue = card, enqueue
        self._captured: OrderedDict[tuple[int, ...], Optional[Launch]] = OrderedDict()
        self._captures = True

    def run(self, addresses: tuple[int, ...]) -> bool:
        """Puts the network into the card's stream, its tensors being at these addresses; whether that worked."""
        seen = addresses in self._captured
        launch = self._captured.pop(addresses, None)
        if seen and launch is None and self._captures:
            launch = self._capture()
        self._captured[addresses] = launch
        if len(self._captured) > _MOST:
            self._captured.popitem(last=False)
        if launch is None:
            return self._enqueue()
        launch()
        return True

    def _capture(self) -> Optional[Launch]:
        """None, and no other attempt, where it doesn't work."""
        launch = None
        try:
            launch = self._card.capture(self._enqueue)
        except BackendError as error:
            note = f"CUDA graphs don't work on this card, so the processor has more to do: {error.message}"
            if note not in self._card.notes:
                self._card.notes.append(note)
        self._captures = launch is not None
        return launch
