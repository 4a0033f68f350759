"""A card that isn't there: its memory and its stream.

What is put into the stream is done when somebody waits for it, and not before; whoever calls without the card's context
is told so.
"""

import ctypes
import itertools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

CARD = "NVIDIA GeForce RTX 3060"


class Gpu:
    """The card."""

    def __init__(self) -> None:
        self.memory: dict[int, Any] = {}
        self.queue: list[tuple[int, Callable[[], Any]]] = []
        self.current = threading.local()
        self.fails: dict[str, Any] = {}
        self.compiled = 0
        """How often TensorRT-RTX had to compile an engine's kernels."""
        self.uploaded: list[int] = []
        self.downloaded: list[int] = []
        self.moved = self.waits = self.launched = 0
        self.capturing: list[Callable[[], Any]] | None = None
        self.graphs: dict[int, Any] = {}
        """CUDA graphs that were captured and not destroyed, and those that can be launched."""
        self._numbers = itertools.count(1)

    def check(self) -> None:
        assert getattr(self.current, "context", None) == "primary", "the card's context is not current in this thread"

    def allocate(self, nbytes: int) -> int:
        self.check()
        block = (ctypes.c_ubyte * nbytes)(*b"\xaa" * min(nbytes, 64))
        address = ctypes.addressof(block)
        self.memory[address] = block
        return address

    def free(self, address: int) -> None:
        self.check()
        del self.memory[address]

    def at(self, address: int) -> Any:
        return self.memory[address]

    def put(self, work: Callable[[], Any]) -> int:
        self.check()
        if self.capturing is not None:
            self.capturing.append(work)
            return 0
        number = next(self._numbers)
        self.queue.append((number, work))
        return number

    def begin_capture(self) -> None:
        self.check()
        assert self.capturing is None
        self.capturing = []

    def end_capture(self) -> "list[Callable[[], Any]]":
        works, self.capturing = self.capturing, None
        assert works is not None
        return works

    def launch(self, works: "list[Callable[[], Any]]") -> None:
        self.launched += 1
        for work in works:
            self.put(work)

    def catch_up(self, until: "int | None" = None) -> None:
        """Does what is in the stream, up to a number."""
        self.check()
        self.waits += bool(self.queue and (until is None or self.queue[0][0] <= until))
        while self.queue and (until is None or self.queue[0][0] <= until):
            self.queue.pop(0)[1]()

    def move(self, copy: Any) -> None:
        """A copy of pixels between two places of the card's memory, as `CUDA_MEMCPY2D` says."""
        self.moved += 1

        def rows(address: Any, pitch: int, x: int, y: int) -> Any:
            content = np.frombuffer(self.at(address), np.uint8)
            assert x + copy.WidthInBytes <= pitch
            return content[y * pitch :][: copy.Height * pitch].reshape(-1, pitch)[:, x : x + copy.WidthInBytes]

        to = copy.dstDevice, copy.dstPitch, copy.dstXInBytes, copy.dstY
        source = copy.srcDevice, copy.srcPitch, copy.srcXInBytes, copy.srcY
        self.put(lambda: np.copyto(rows(*to), rows(*source)))

    def clear(self, address: int, value: int, nbytes: int) -> None:
        self.put(lambda: ctypes.memset(self.at(address), value, nbytes))

    def upload(self, address: int, source: int, nbytes: int) -> None:
        self.uploaded.append(nbytes)
        self.put(lambda: ctypes.memmove(self.at(address), source, nbytes))

    def download(self, target: int, address: int, nbytes: int) -> None:
        self.downloaded.append(nbytes)
        self.put(lambda: ctypes.memmove(target, self.at(address), nbytes))
