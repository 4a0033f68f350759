"""What a graph's run is timed by: the card's own events where TensorRT runs on it, else the computer's clock."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from ezvtb.backends.base import Array, Backend, Buffer, TensorSpec
from ezvtb.backends.cuda import Card, open_card
from ezvtb.backends.flavours import FLAVOURS

Work = Callable[[], object]


class Clock(ABC):
    """Times runs, and says where what they read and write lies while they are timed."""

    name: str

    @abstractmethod
    def milliseconds(self, work: Work, times: int) -> float:
        """One of `times` runs in a row, on average."""

    @abstractmethod
    def given(self, backend: Backend, spec: TensorSpec, content: Array) -> Buffer:
        """A buffer with that content, for a graph to read."""

    @abstractmethod
    def result(self, backend: Backend, spec: TensorSpec) -> Buffer:
        """A buffer for what a graph gives to the host."""


class WallClock(Clock):
    """For backends whose runs return when they are done. What the host gives and takes is copied each time."""

    name = "wall"

    def milliseconds(self, work: Work, times: int) -> float:
        """See `Clock.milliseconds`."""
        start = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - start) * 1e3 / times

    def given(self, backend: Backend, spec: TensorSpec, content: Array) -> Buffer:
        """See `Clock.given`."""
        buffer = backend.allocate(spec)
        buffer[...] = content
        return buffer

    def result(self, backend: Backend, spec: TensorSpec) -> Buffer:
        """See `Clock.result`."""
        return backend.allocate(spec)


class EventClock(Clock):
    """By events in the card's stream. All buffers are the card's, so the runs queue up and the host isn't timed."""

    name = "CUDA events"

    def __init__(self, card: Card) -> None:
        self._card = card

    def milliseconds(self, work: Work, times: int) -> float:
        """See `Clock.milliseconds`."""
        return self._card.do(self._measure, work, times)

    def given(self, backend: Backend, spec: TensorSpec, content: Array) -> Buffer:
        """See `Clock.given`."""
        buffer = backend.allocate_on_device(spec)
        self._card.do(self._upload, buffer, np.ascontiguousarray(np.broadcast_to(content, spec.shape), spec.dtype))
        return buffer

    def result(self, backend: Backend, spec: TensorSpec) -> Buffer:
        """See `Clock.result`."""
        return backend.allocate_on_device(spec)

    def copy(self, buffer: Any, out: Array, times: int) -> float:
        """Milliseconds of one copy of a buffer to the host's page-locked memory."""
        return self.milliseconds(lambda: self._card.to_host(out, buffer.memory), times)

    def _measure(self, work: Work, times: int) -> float:
        start = self._card.mark()
        for _ in range(times):
            work()
        end = self._card.mark()
        self._card.wait(end)
        return self._card.milliseconds(start, end) / times

    def _upload(self, buffer: Any, content: Array) -> None:
        self._card.to_device(buffer.memory, content)
        self._card.synchronize()


def clock_of(kind: str, number: int) -> Clock:
    """The best clock for a backend of this kind (`ezvtb.backends.KINDS`) on the device that it knows by `number`."""
    return EventClock(open_card(number)) if kind in FLAVOURS else WallClock()
