"""Our side of the comparison: `python -m ezvtb.bench.entrant KIND NUMBER PRECISION DEVICE_ID`, see `ezvtb.bench.turns`.

Each network by itself, on its own buffers; and whole cores, from a pose to frames in the host's memory.
"""

import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ezvtb import backends, paths, picture
from ezvtb.backends.base import Array, Backend, TensorSpec, passed_on
from ezvtb.bench import peaks, turns
from ezvtb.bench.clock import Clock, EventClock, clock_of
from ezvtb.core import Core
from ezvtb.errors import ModelError
from ezvtb.models import store
from ezvtb.options import Options
from ezvtb.rife.blend import change
from ezvtb.rife.interpolator import SIZE, WIDTHS, width_for
from ezvtb.tha.stages import STAGES

CHAINS = {
    "tha3_separable": ("decomposer", *(stage.graph for stage in STAGES)),
    "rife40": tuple(f"{stage}_{width}" for width in reversed(WIDTHS) for stage in ("flow", "x2", "x3", "x4")),
    "realesr_animevideov3": ("face_x4", "face_window_x4"),
    "waifu2x_upconv7": ("noise1_x2",),
}
"""Model -> its networks, in an order in which each finds what it takes."""

WHOLE_POSE = "whole pose, to the host"
FRAME_COPY = "a frame's copy to the host"

CORES: dict[str, dict[str, Any]] = {
    WHOLE_POSE: {"use_interpolation": False},
    "core, x2": {},
    "core, x4": {"interpolation_scale": 4},
    "core, x2, face x4": {"use_sr": True},
}
ON_DEVICE = "{}: on the device"
"""The row of what the networks of such a core take by themselves."""

_POSES = 6
"""A round of a core."""
_ROUND_MILLISECONDS = 40.0
"""A network is run so often in a row that it takes about this."""
_MOST_RUNS = 50


def prepare(kind: str, number: int, half: bool, device_id: int) -> turns.Prepared:
    """See `turns.serve`. BackendError or ModelError if nothing can be measured."""
    backend = backends.open_backend(kind, number, half)
    clock = clock_of(kind, number)
    given = _given()
    networks = {
        name: run
        for model, names in CHAINS.items()
        for name, run in _networks(backend, clock, model, names, given).items()
    }
    trials = peaks.prepare(backend, clock)
    runs = networks | {title: partial(trial.graph.run, trial.buffers) for title, trial in trials.items()}
    times = {name: _times(clock, run) for name, run in runs.items()}
    cores = _Cores(kind, backend.precision != "fp32", device_id, given)

    def measure() -> turns.Milliseconds:
        figures = {name: clock.milliseconds(run, times[name]) for name, run in runs.items()}
        if isinstance(clock, EventClock):
            figures[FRAME_COPY] = _copy(backend, clock)
        return figures | cores.measure(figures)

    about = {
        "backend": backend.name,
        "device": backend.device,
        "precision": backend.precision,
        "clock": clock.name,
        "amounts": {title: trial.amount for title, trial in trials.items()},
    }
    return about, measure


def _networks(
    backend: Backend, clock: Clock, model: str, names: "tuple[str, ...]", given: "dict[str, Array]"
) -> "dict[str, Callable[[], object]]":
    """A model's networks, ready to run on what the one before has left; none of a model that isn't installed."""
    try:
        files = store.find(model, backend.graph_precision).graphs
    except ModelError as error:
        print(f"{model} is left out: {error}", file=sys.stderr)
        return {}
    runs: dict[str, Callable[[], object]] = {}
    buffers: dict[str, Any] = {}
    graphs = {name: backend.load(files[name]) for name in names if name in files}
    shared = passed_on(list(graphs.values()))
    for name, graph in graphs.items():
        # a window's graphs hand on tensors of other shapes under the same names
        own = {key: buffer for key, buffer in buffers.items() if key in graph.inputs and key in shared}
        own = {key: buffer for key, buffer in own.items() if buffer.nbytes == graph.inputs[key].nbytes}
        for key, spec in graph.inputs.items():
            if key not in own:
                own[key] = clock.given(backend, spec, _content(key, spec, given))
        for key, spec in graph.outputs.items():
            own[key] = backend.allocate_on_device(spec) if key in shared else clock.result(backend, spec)
        graph.run(own)
        buffers.update(own)
        runs[name] = partial(graph.run, own)
    return runs


def _given() -> "dict[str, Array]":
    """What the networks are given: our character and recorded poses, far from each other."""
    pixels = picture.load(paths.CHARACTER).pixels
    recording = np.load(paths.PROJECT / "demo" / "poses_20fps.npy")
    poses = recording[np.linspace(0, len(recording) - 1, _POSES).astype(int)]
    return {"picture": pixels, "poses": poses.astype(np.float32)}


def _content(name: str, spec: TensorSpec, given: "dict[str, Array]") -> Array:
    for stage in STAGES:
        if name == stage.pose_input:
            return given["poses"][:1, stage.pose_part]
    height, width = spec.shape[1:3]
    pixels = np.roll(given["picture"], 6, axis=1) if name == "after" else given["picture"]
    left = (pixels.shape[1] - width) // 2
    return np.ascontiguousarray(pixels[None, :height, left : left + width])


def _times(clock: Clock, run: "Callable[[], object]") -> int:
    clock.milliseconds(run, 1)
    return max(1, min(_MOST_RUNS, round(_ROUND_MILLISECONDS / max(clock.milliseconds(run, 1), 1e-3))))


def _copy(backend: Backend, clock: EventClock) -> float:
    spec = TensorSpec((1, SIZE, SIZE, 4), np.dtype(np.uint8))
    return clock.copy(backend.allocate_on_device(spec), backend.allocate(spec), _MOST_RUNS)


class _Cores:
    """Whole cores, as `get_core` makes them, on one backend; no result is kept. One draws poses only and is measured
    each time; of the others there is one at a time: all of them would take more memory than a small card has."""

    def __init__(self, kind: str, half: bool, device_id: int, given: "dict[str, Array]") -> None:
        os.environ["EZVTB_BACKEND"] = kind
        halves = dict.fromkeys(("model_half", "interpolation_half", "sr_half"), half)
        self._always: dict[str, Any] = {"device_id": device_id, "use_cacher": False, "model_cache": False, **halves}
        self._given = given
        self._first, *others = CORES
        self._turns = itertools.cycle(others)
        self._poser = self._open(self._first)

    def measure(self, networks: turns.Milliseconds) -> turns.Milliseconds:
        """The medians of what the first core and the next take for a pose, and of what their networks take of it."""
        name = next(self._turns)
        core, plan = self._open(name)
        try:
            return self._measured(self._first, *self._poser, networks) | self._measured(name, core, plan, networks)
        finally:
            core.close()

    def _open(self, name: str) -> "tuple[Core, list[list[str]]]":
        core = Core(Options(**self._always, **CORES[name]))
        core.setImage(self._given["picture"])
        return core, _plan(core, self._given["poses"])

    def _measured(
        self, name: str, core: Core, plan: "list[list[str]]", networks: turns.Milliseconds
    ) -> turns.Milliseconds:
        times = []
        for pose in self._given["poses"]:
            start = time.perf_counter()
            core.inference(pose[None])
            times.append((time.perf_counter() - start) * 1e3)
        figures = {name: statistics.median(times)}
        if core.size == SIZE and FRAME_COPY in networks:
            device = [sum(networks[each] for each in names) for names in plan]
            figures[ON_DEVICE.format(name)] = statistics.median(device)
        return figures


def _plan(core: Core, poses: Array) -> "list[list[str]]":
    """The networks, and the frames' copies, that a core runs for each of the poses when they come round and round."""
    plan = []
    before = core.inference(poses[-1:])[-1].copy()
    for pose in poses:
        count = core.statistics.get("rife_interpolated", 0)
        frame = core.inference(pose[None])[-1]
        names = [*(stage.graph for stage in STAGES), FRAME_COPY]
        if core.statistics.get("rife_interpolated", 0) > count:
            _, left, right = change(before, frame)
            width = width_for(left, right)
            names += [f"flow_{width}", f"x{core.scale}_{width}", *[FRAME_COPY] * (core.scale - 1)]
        plan.append(names)
        before = frame.copy()
    return plan


if __name__ == "__main__":
    turns.serve(lambda: prepare(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "half", int(sys.argv[4])))
