"""A card's memory as components see it: copies and waits from any thread, each done in the card's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

import numpy as np

from ezvtb.backends.base import Array, DeviceBuffer, DeviceWindow, Given, Memory, TensorSpec
from ezvtb.backends.cuda import Card


@dataclass(frozen=True)
class CardMemory(Memory):
    """The memory of one card; two of the same card are equal. See `Memory`."""

    card: Card

    def do(self, work: Callable[..., Given], *arguments: Any) -> Given:
        """See `Memory.do`: all that `work` asks of this memory needs no other thread then."""
        return self.card.do(work, *arguments)

    def allocate(self, spec: TensorSpec) -> DeviceBuffer:
        """See `Memory.allocate`."""
        return self.do(self.card.allocate, spec)

    def allocate_host(self, spec: TensorSpec) -> Array:
        """See `Memory.allocate_host`: page-locked."""
        return self.do(self.card.allocate_host, spec)

    def copy(self, target: Any, source: Any) -> None:
        """See `Memory.copy`. Between two places of the card nothing passes through the host."""
        if isinstance(source, np.ndarray):
            self.do(self.card.to_device, target.memory, source)
        elif isinstance(target, np.ndarray):
            self.do(self.card.to_host, target, source.memory)
        else:
            self.do(self.card.move, _window(target), _window(source))

    def clear(self, target: Any) -> None:
        """See `Memory.clear`."""
        self.do(self.card.clear, target.memory, target.nbytes)

    def mark(self) -> Any:
        """See `Memory.mark`."""
        return self.do(self.card.mark)

    def wait(self, event: Any) -> None:
        """See `Memory.wait`."""
        self.do(self.card.wait, event)

    @property
    def notes(self) -> list[str]:
        """See `Memory.notes`."""
        return list(self.card.notes)


def _window(place: Union[DeviceBuffer, DeviceWindow]) -> DeviceWindow:
    return place.whole if isinstance(place, DeviceBuffer) else place
