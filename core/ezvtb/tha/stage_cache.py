"""What the poser keeps: results of its stages, and finished frames, by the part of the pose that they depend on."""

from collections.abc import Callable
from typing import Any

import cachetools

from ezvtb.backends.base import HOST, Buffer, Memory
from ezvtb.errors import BackendError

Buffers = dict[str, Any]
"""What the graphs read and write, by tensor."""


class StageCache:
    """The buffers themselves are kept, and the next run gets another: nothing is copied.

    `capacity` bounds it, bytes; what was used least recently goes first.
    """

    frames = False
    """Whether finished frames are kept too. Not on the host: the cacher does, in a tenth of the memory."""

    def __init__(self, capacity: int, allocate: Callable[[str], Buffer]) -> None:
        """`allocate` gives a new buffer for a tensor."""
        self._kept: cachetools.LRUCache[bytes, Buffer] = cachetools.LRUCache(capacity, lambda each: each.nbytes)
        self._allocate = allocate
        self.notes: list[str] = []
        """What doesn't go as well as it could, a sentence each."""

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        return int(self._kept.currsize)

    def clear(self) -> None:
        """Forgets all."""
        self._kept.clear()

    def make_room(self, tensor: str, buffers: Buffers) -> None:
        """Has the next run write the tensor where nothing that is kept is overwritten."""
        if self._kept.maxsize:
            buffers[tensor] = self._allocate(tensor)

    def keep(self, part: bytes, tensor: str, buffers: Buffers) -> None:
        """Keeps what the tensor's buffer holds, if there is room for it at all."""
        if buffers[tensor].nbytes <= self._kept.maxsize:
            self._kept[part] = buffers[tensor]

    def recall(self, part: bytes, tensor: str, buffers: Buffers) -> bool:
        """Whether it was kept; if so, the tensor's buffer holds it now."""
        kept = self._kept.get(part)
        if kept is not None:
            self._bring(kept, tensor, buffers)
        return kept is not None

    def _bring(self, kept: Buffer, tensor: str, buffers: Buffers) -> None:
        buffers[tensor] = kept


class CopyingCache(StageCache):
    """Copies are kept, in a card's memory or in page-locked RAM, and the graphs use the same buffers for ever.

    That pays on a card: copying half a megabyte takes it some microseconds, and a CUDA graph, which saves the launches
    of a whole stage, has its buffers' addresses in it. In VRAM finished frames pay too, at 1 MB each as against 0.4 MB
    (half precision) or 0.9 MB for an expression's stages: found there, a frame needs no network, no decoding of a JPEG
    and no upload. In RAM they don't: there the cacher has them, and many more.
    """

    def __init__(self, capacity: int, memory: Memory, allocate: Callable[[str], Buffer], in_ram: bool) -> None:
        super().__init__(capacity, allocate)
        self._memory = memory
        self._most = capacity
        self.frames = not in_ram

    def make_room(self, tensor: str, buffers: Buffers) -> None:
        """See `StageCache.make_room`: what is kept is elsewhere."""

    def keep(self, part: bytes, tensor: str, buffers: Buffers) -> None:
        """See `StageCache.keep`."""
        size = buffers[tensor].nbytes
        if part in self._kept or size > self._most:
            return
        while self._kept.currsize + size > self._most:
            self._kept.popitem()  # before there is a new one: it may take this one's place
        try:
            kept = self._allocate(tensor)
        except BackendError as error:  # a game has the rest; if it is worse, the next network says so
            self._most = self.nbytes
            self.notes = [f"No more than {self._most >> 20} MB of results can be kept: {error.message}"]
            return
        self._memory.copy(kept, buffers[tensor])
        self._kept[part] = kept

    def _bring(self, kept: Buffer, tensor: str, buffers: Buffers) -> None:
        self._memory.copy(buffers[tensor], kept)


def for_memory(memory: Memory, capacity: int, allocate: Callable[[str], Buffer], in_ram: bool) -> StageCache:
    """The cache that suits what the poser runs on. `allocate` gives buffers for what is kept."""
    if memory is HOST:
        return StageCache(capacity, allocate)
    return CopyingCache(capacity, memory, allocate, in_ram)
