"""What anybody would do: `python -m ezvtb.bench.session PROVIDER NUMBER PRECISION`, see `ezvtb.bench.turns`.

The networks as a plain export has them, each in an `InferenceSession` with ONNX Runtime's default settings, `run` with
arrays in the host's memory.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from ezvtb import paths, picture
from ezvtb.backends.base import Array
from ezvtb.bench import turns
from ezvtb.bench.clock import WallClock
from ezvtb.bench.entrant import WHOLE_POSE
from ezvtb.errors import BackendError
from ezvtb.models.build import build_graphs
from ezvtb.models.graph import Precision
from ezvtb.models.manifest import find_model
from ezvtb.tha.stages import STAGES

PROVIDERS = {"cuda": "CUDAExecutionProvider", "directml": "DmlExecutionProvider", "onnxruntime": "CPUExecutionProvider"}
"""The kind of a backend (`ezvtb.backends.KINDS`) -> ONNX Runtime's name of what it is made with."""

_RUNS = 5


def prepare(kind: str, number: int, half: bool) -> turns.Prepared:
    """See `turns.serve`. BackendError if this ONNX Runtime lacks the provider or it doesn't start."""
    name = PROVIDERS[kind]
    if name not in ort.get_available_providers():
        raise BackendError(f"{name} is not part of the ONNX Runtime that is installed.")
    if kind == "cuda":
        ort.preload_dlls()
    precision: Precision = "fp16" if half else "fp32"
    providers = [(name, {} if kind == "onnxruntime" else {"device_id": str(number)})]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # type: ignore[call-overload, unused-ignore]
        files = build_graphs(find_model("tha3_separable"), Path(folder), precisions=(precision,), plain=True)
        sessions = {path.stem: ort.InferenceSession(str(path), providers=providers) for path in files.values()}
    for session in sessions.values():
        if session.get_providers()[0] != name:
            raise BackendError(f"{name} doesn't start.")
    recording = np.load(paths.PROJECT / "demo" / "poses_20fps.npy")
    poses: Array = recording[np.linspace(0, len(recording) - 1, _RUNS).astype(int)].astype(np.float32)
    tensors: dict[str, Any] = {"picture": picture.load(paths.CHARACTER).pixels[None]}
    runs: dict[str, Callable[[], object]] = {
        name: partial(_run, session, tensors) for name, session in sessions.items()
    }
    chain = [runs[stage.graph] for stage in STAGES]

    def whole(pose: Array) -> float:
        start = time.perf_counter()
        for stage in STAGES:
            tensors[stage.pose_input] = pose[None, stage.pose_part]
        for run in chain:
            run()
        return (time.perf_counter() - start) * 1e3

    def measure() -> turns.Milliseconds:
        figures = {WHOLE_POSE: statistics.median(whole(pose) for pose in poses)}
        clock = WallClock()
        return {name: clock.milliseconds(run, _RUNS) for name, run in runs.items()} | figures

    runs["decomposer"]()
    whole(poses[0])
    return {"backend": f"plain session, {name}", "precision": precision, "clock": "wall"}, measure


def _run(session: Any, tensors: "dict[str, Any]") -> None:
    names = [each.name for each in session.get_outputs()]
    tensors.update(zip(names, session.run(names, {each.name: tensors[each.name] for each in session.get_inputs()})))


if __name__ == "__main__":
    turns.serve(lambda: prepare(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "half"))
