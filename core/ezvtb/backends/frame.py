"""A frame on its way through the core: on the host, on a device, or on both."""

from typing import Any

import numpy as np

from ezvtb.backends.base import HOST, Array, Buffer, Memory, TensorSpec


class Frame:
    """A place for one picture, (height, width, 4) uint8 BGRA, straight alpha, used again and again.

    It is copied where it is asked for and isn't yet, once. Its way to the host begins as soon as it is drawn, and
    nobody waits for it before `host`: the cacher encodes it, RIFE and super resolution look there for what has changed
    and what is visible. That is 1 MB a frame of 512x512, 0.1 ms over a bus that isn't fast, and saves them a quarter to
    all of their work.
    """

    def __init__(self, height: int, width: int, memory: Memory = HOST) -> None:
        """`memory`: where it is drawn most often. Zeros at first."""
        self._spec = TensorSpec((1, height, width, 4), np.dtype(np.uint8))
        self._copies: dict[Memory, Buffer] = {HOST: memory.allocate_host(self._spec)}
        HOST.clear(self._copies[HOST])
        self._fresh = {HOST}  # the memories where it is as it was drawn last
        self._under_way: tuple[Memory, Any] = (HOST, None)  # the last copy from or to the host's array

    @classmethod
    def of(cls, picture: Array) -> "Frame":
        """A frame that shows a picture of the host's, (height, width, 4) uint8."""
        frame = cls(*picture.shape[:2])
        frame.host[...] = picture
        frame.drawn(HOST)
        return frame

    @property
    def host(self) -> Array:
        """Its pixels, (height, width, 4), for the host to read, when they have arrived there."""
        pixels: Any = self.canvas(HOST)
        shown: Array = pixels[0]
        return shown

    def canvas(self, memory: Memory) -> Buffer:
        """Its place in that memory, (1, height, width, 4), to be drawn on as a whole; `drawn` comes next."""
        if memory is HOST:
            where, event = self._under_way
            where.wait(event)
            self._under_way = (HOST, None)
        elif memory not in self._copies:
            self._copies[memory] = memory.allocate(self._spec)
        return self._copies[memory]

    def drawn(self, memory: Memory) -> None:
        """What `canvas` gave holds the picture now."""
        self._fresh = {memory}
        if memory is not HOST:
            self.take(memory, self._copies[memory])
            self._fresh.add(memory)

    def take(self, memory: Memory, picture: Buffer) -> None:
        """The frame is a copy of `picture` in that memory, on the host."""
        memory.copy(self.canvas(HOST), picture)
        self._under_way = (memory, memory.mark())
        self._fresh = {HOST}

    def on(self, memory: Memory) -> Buffer:
        """The picture in that memory, (1, height, width, 4), to be read there."""
        if memory not in self._fresh:
            pixels = self.canvas(HOST)
            memory.copy(self.canvas(memory), pixels)
            self._under_way = (memory, memory.mark())
            self._fresh.add(memory)
        return self._copies[memory]
