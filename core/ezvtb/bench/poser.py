"""The poser: each network and the whole, each backend against a plain export of the reference in ONNX Runtime."""

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ezvtb import backends
from ezvtb.backends.base import Array, Backend, Buffer, Graph, Memory, TensorSpec
from ezvtb.bench.table import Table
from ezvtb.errors import BackendError
from ezvtb.models import store
from ezvtb.models.build import build_plain
from ezvtb.tha.poser import Poser
from ezvtb.tha.stages import STAGES
from ezvtb.tracking.pose import BODY

BASELINE = "plain, ONNX Runtime"
_WARM_UP = 2
_CACHE_BYTES = 2**28


class _TimedGraph(Graph):
    def __init__(self, graph: Graph, memory: Memory, times: list[float]) -> None:
        self.inputs, self.outputs = graph.inputs, graph.outputs
        self._graph, self._memory, self._times = graph, memory, times

    def run(self, buffers: Mapping[str, Any]) -> None:
        start = time.perf_counter()
        self._graph.run(buffers)
        self._memory.wait(self._memory.mark())  # a card works on when `run` has returned
        self._times.append(time.perf_counter() - start)


class _TimedBackend(Backend):
    """A backend whose graphs note how long each run took, by the graph's name."""

    name = "timed"

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.memory = backend.memory
        self.times: dict[str, list[float]] = defaultdict(list)

    def load(self, path: Path) -> Graph:
        return _TimedGraph(self._backend.load(path), self.memory, self.times[path.stem])

    def allocate_on_device(self, spec: TensorSpec) -> Buffer:
        return self._backend.allocate_on_device(spec)


class _Contestant:
    def __init__(self, backend: Backend, graphs: Mapping[str, Path], picture: Array) -> None:
        self._timed = _TimedBackend(backend)
        self._poser = Poser(self._timed, graphs, _CACHE_BYTES)
        self._poser.set_picture(picture)
        self._frame = self._poser.allocate_frame()
        self.whole: list[float] = []
        self.head_only: list[float] = []

    def pose(self, pose: Array, times: list[float]) -> None:
        start = time.perf_counter()
        self._poser.pose(pose, self._frame)
        _ = self._frame.host  # a card works on when `pose` has returned
        times.append(time.perf_counter() - start)

    def forget(self) -> None:
        """Drops what the warm-up measured."""
        for times in (self.whole, self.head_only, *self._timed.times.values()):
            times.clear()

    def milliseconds(self, row: str) -> float:
        times = {"whole pose": self.whole, "only the head moved": self.head_only, **self._timed.times}[row]
        return statistics.median(times) * 1e3


def measure(picture: Array, poses: Array, work: Path) -> Table:
    """The table of the poser: medians over `poses` ((n, 45) float32), the contestants in turns pose by pose.

    After each pose comes the same with another head, which eyebrows and face need not be computed for.
    """
    contestants = {
        name: _Contestant(backend, graphs, picture) for name, (backend, graphs) in _line_up(work / "plain").items()
    }
    for number, pose in enumerate(poses):
        turned = pose.copy()
        turned[BODY] = 0.5 * turned[BODY] + 0.25
        if number == _WARM_UP:
            for contestant in contestants.values():
                contestant.forget()
        for contestant in contestants.values():
            contestant.pose(pose, contestant.whole)
            contestant.pose(turned, contestant.head_only)
    rows = [*(stage.graph for stage in STAGES), "whole pose", "only the head moved"]
    cells = [[row, *(_cell(contestants, name, row) for name in contestants)] for row in rows]
    ratios = ["head / whole"] + [
        f"{each.milliseconds('only the head moved') / each.milliseconds('whole pose'):.2f}"
        for each in contestants.values()
    ]
    note = f"Median ms of {len(poses) - _WARM_UP} poses; in brackets how many times faster than the first column."
    return Table("Poser (THA3 separable)", ["", *contestants], [*cells, ratios], note)


def _cell(contestants: Mapping[str, _Contestant], name: str, row: str) -> str:
    mine, baseline = contestants[name].milliseconds(row), contestants[BASELINE].milliseconds(row)
    return f"{mine:.1f}" if name == BASELINE else f"{mine:.1f} ({baseline / mine:.2f}x)"


def _line_up(work: Path) -> dict[str, tuple[Backend, Mapping[str, Path]]]:
    """Who runs: the baseline, then every backend at every precision that it has here."""
    runners: dict[str, tuple[Backend, Mapping[str, Path]]] = {
        BASELINE: (backends.open_backend("onnxruntime", 0, half=False), build_plain(work))
    }
    for kind in reversed(backends.PREFERENCE):
        for half in (False, True):
            try:
                backend = backends.open_backend(kind, 0, half)
            except BackendError as error:
                print(f"{kind} is left out: {error}")
                continue
            name = f"{backend.name} {backend.precision}"
            if name not in runners:
                runners[name] = backend, store.find("tha3_separable", backend.graph_precision).graphs
    return runners
