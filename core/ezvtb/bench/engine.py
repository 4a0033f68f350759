"""What surrounds the poser: the core's own share of a call, the way to the engine process, the start."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from ezvtb.backends.base import Array
from ezvtb.bench.table import Table
from ezvtb.core import Core
from ezvtb.options import Options
from ezvtb_obs.engine_client import EngineClient


def measure(picture: Array, picture_file: Path, poses: Array, starts: int = 3) -> Table:
    """The table of overheads: medians over `poses`, and over `starts` starts of the process."""
    rows = [
        ["core's own cost a frame, cache off", f"{_own_cost(picture, poses, cacher=False):.2f}", "3"],
        ["core's own cost a frame, cache in RAM", f"{_own_cost(picture, poses, cacher=True):.2f}", "3"],
        ["round trip to the engine process, beside the inference", f"{_round_trip(picture_file, poses):.2f}", "1"],
    ]
    with tempfile.TemporaryDirectory() as empty:
        first = _start(picture_file, Path(empty))
        again = statistics.median(_start(picture_file, Path(empty)) for _ in range(starts))
    rows += [["start to first frame, the very first time", f"{first:.0f}", ""]]
    rows += [["start to first frame, any other time", f"{again:.0f}", ""]]
    return Table("Around the poser", ["", "ms", "goal"], rows, f"Medians of {len(poses)} poses, {starts} starts.")


def _own_cost(picture: Array, poses: Array, cacher: bool) -> float:
    core = Core(Options(model_half=False, use_interpolation=False, use_cacher=cacher))
    core.setImage(picture)
    own = []
    for pose in poses:
        core.inference(pose[np.newaxis])
        own.append(core.statistics["milliseconds"] - core.statistics["backend_milliseconds"])
    return statistics.median(own)


def _round_trip(picture_file: Path, poses: Array) -> float:
    with tempfile.TemporaryDirectory() as folder:
        client = EngineClient({"use_interpolation": False}, Path(folder) / "engine.log")
        try:
            client.wait_ready()
            client.setImage(str(picture_file))
            beside = []
            for pose in poses:
                start = time.perf_counter()
                client.inference(pose.tolist())
                beside.append((time.perf_counter() - start) * 1e3 - client.milliseconds)
            return statistics.median(beside)
        finally:
            client.close()


def _start(picture_file: Path, cache: Path) -> float:
    """Milliseconds from the process's start to the first frame, with compiled graphs kept in `cache`."""
    before = os.environ.get("EZVTB_CACHE")
    os.environ["EZVTB_CACHE"] = str(cache)
    start = time.perf_counter()
    client = EngineClient({"use_interpolation": False}, cache / "engine.log")
    try:
        client.wait_ready()
        client.setImage(str(picture_file))
        client.inference([0.0] * 45)
        return (time.perf_counter() - start) * 1e3
    finally:
        client.close()
        if before is None:
            del os.environ["EZVTB_CACHE"]
        else:
            os.environ["EZVTB_CACHE"] = before
