"""TensorRT 11, or TensorRT-RTX 1, on NVIDIA cards. Engines are built beforehand: `ezvtb.backends.tensorrt_build`."""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ezvtb.backends import devices, engines
from ezvtb.backends.base import Array, Backend, DeviceBuffer, Graph, TensorSpec
from ezvtb.backends.card_memory import CardMemory
from ezvtb.backends.cuda import Card, open_card
from ezvtb.backends.engines import Identity
from ezvtb.backends.flavours import PLAIN, RTX, Flavour
from ezvtb.backends.just_in_time import open_context
from ezvtb.backends.launches import Launches
from ezvtb.backends.shared import Shared, shared
from ezvtb.errors import BackendError

_COPIES = 2
"""Of what the host gives a graph. Of two the older one has arrived when it is needed again, as poses come and go."""


class _Copy:
    """A page-locked copy of what the host gave, and the event after which the card has it."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.sent: Any = None


class Engine:
    """An engine on its card. It ends in the card's thread, and with it what it came from."""

    def __init__(self, engine: Any, runtime: Any, card: Card) -> None:
        self.held = [runtime, engine]
        card.emptied_with(self, self.held)


class TensorRtGraph(Graph):
    """One execution context of an engine. It is made in the card's thread."""

    def __init__(self, trt: Any, used: "Shared[Engine]", context: Any, card: Card) -> None:
        self._card = card
        if context is None:
            raise BackendError("TensorRT has no memory left for an engine.", "Close what else uses the graphics card.")
        _runtime, engine = used.made.held
        self._used = used  # what ends later than the context: this is told the card's thread first
        self._held = [context]
        card.emptied_with(self, self._held)
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        specs = {
            name: TensorSpec(tuple(engine.get_tensor_shape(name)), np.dtype(trt.nptype(engine.get_tensor_dtype(name))))
            for name in names
        }
        self.inputs, self.outputs = (
            {name: specs[name] for name in names if engine.get_tensor_mode(name) == mode}
            for mode in (trt.TensorIOMode.INPUT, trt.TensorIOMode.OUTPUT)
        )
        self._specs = specs
        self._near: dict[str, DeviceBuffer] = {}  # the card's side of what the host writes or reads
        self._given: dict[str, deque[_Copy]] = {}  # what the host wrote, on its way
        self._bound: dict[str, Any] = {}
        held = self._held  # and not the context itself: it ends in the card's thread
        self._launches = Launches(card, lambda: bool(held[0].execute_async_v3(card.stream)))

    def run(self, buffers: Mapping[str, Any]) -> None:
        """See `Graph.run`. Returns at once where no output is the host's: the next graph waits in the card's stream."""
        self._card.do(self._run, buffers)

    def _run(self, buffers: Mapping[str, Any]) -> None:
        card = self._card
        for name in (*self.inputs, *self.outputs):
            self._bind(name, buffers[name])
        for name in self.inputs:
            if isinstance(buffers[name], np.ndarray):
                self._send(name, buffers[name])
        if not self._launches.run(tuple(int(each.memory) for each in self._bound.values())):
            card.synchronize()  # a card that is lost says so
            raise BackendError("TensorRT failed: see the engine's log.", "Restart the avatar.")
        read = [name for name in self.outputs if isinstance(buffers[name], np.ndarray)]
        for name in read:
            card.to_host(buffers[name], self._near[name].memory)
        if read:
            card.synchronize()

    def _bind(self, name: str, buffer: Any) -> None:
        if isinstance(buffer, np.ndarray):
            if name not in self._near:
                self._near[name] = self._card.allocate(self._specs[name])
            buffer = self._near[name]
        if self._bound.get(name) is not buffer:
            (context,) = self._held
            if not context.set_tensor_address(name, int(buffer.memory)):
                raise BackendError(f"TensorRT doesn't take the memory for {name}.", "Restart the avatar.")
            self._bound[name] = buffer

    def _send(self, name: str, array: Array) -> None:
        """Sends the array to the card out of a page-locked copy: the host may write it again at once."""
        copies = self._given.setdefault(name, deque())
        if len(copies) < _COPIES:
            copies.append(_Copy(self._card.allocate_host(self._specs[name])))
        else:
            copies.rotate(-1)
            self._card.wait(copies[-1].sent)
        np.copyto(copies[-1].array, array)
        self._card.to_device(self._near[name].memory, copies[-1].array)
        copies[-1].sent = self._card.mark()


class TensorRtBackend(Backend):
    """TensorRT on one card: the graphs' own types say what is computed in half precision."""

    device_memory = half_pays = gives_way = True  # through pycuda it doesn't, which has a note of its own

    def __init__(self, number: int, half: bool, flavour: Flavour = PLAIN) -> None:
        self._number, self._flavour = number, flavour
        self._trt = trt = flavour.library()
        self.name = flavour.name
        found = devices.known_as(flavour.kind, number)
        self.device, self.device_bytes = found.name, found.memory
        self.precision = self.graph_precision = "fp16" if half else "fp32"
        self._card = open_card(number)
        self.memory = CardMemory(self._card)
        self._runtime = self._card.do(flavour.started, trt.Runtime, trt.Logger(trt.Logger.WARNING))

    def load(self, path: Path) -> TensorRtGraph:
        """See `Backend.load`. NotBuilt if there is no engine of the graph that works."""
        kind = self._flavour.kind
        wanted = engines.identity(path, self._trt.__version__, self.device, kind)
        used = shared(path, (wanted, self._card), lambda: self._read(wanted))
        return self._card.do(self._opened, used, wanted)

    def _read(self, wanted: Identity) -> Engine:
        kind = self._flavour.kind
        content = engines.read(wanted)
        if content is None:
            raise engines.NotBuilt(f"{self.name}'s engine of {wanted.graph} isn't built yet.", self._number, kind)
        engine = self._card.do(self._deserialized, content)
        if engine is None:
            engines.delete(wanted)
            why = f"{self.name} doesn't take its engine of {wanted.graph}; it is deleted."
            raise engines.NotBuilt(why, self._number, kind)
        return engine

    def _deserialized(self, content: bytes) -> "Engine | None":
        engine = self._runtime.deserialize_cuda_engine(content)
        return None if engine is None else Engine(engine, self._runtime, self._card)

    def _opened(self, used: "Shared[Engine]", wanted: Identity) -> TensorRtGraph:
        _runtime, engine = used.made.held
        keeps = self._flavour.compiles_when_loaded
        context = open_context(engine, wanted) if keeps else engine.create_execution_context()
        return TensorRtGraph(self._trt, used, context, self._card)


def rtx(number: int, half: bool) -> TensorRtBackend:
    """TensorRT-RTX on one card."""
    return TensorRtBackend(number, half, RTX)
