"""The whole engine at play: recorded poses in real time, each combination of cache, interpolation and enlargement."""

import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ezvtb.backends.base import Array
from ezvtb.bench.table import Table
from ezvtb.tracking.simplify import Level, simplify
from ezvtb_obs.engine_client import EngineClient

POSES_PER_SECOND = 20

CACHES: dict[str, dict[str, Any]] = {
    "off": {"use_cacher": False},
    "RAM": {"use_cacher": True},
    "database": {"use_cacher": True, "cacher_on_database": True},
}
ENLARGEMENTS: dict[str, dict[str, Any]] = {
    "off": {"use_sr": False},
    "x4": {"use_sr": True, "sr_x4": True},
    "x2": {"use_sr": True, "sr_x4": False},
}
SCALES = (1, 2, 3, 4)


def measure(
    picture_file: Path, poses: Array, seconds: float, enlargements: Sequence[str] = ("off", "x4", "x2")
) -> Table:
    """Each combination for `seconds`: of the poses ((n, 45) float32, 20 a second) the newest is drawn, as in OBS."""
    rows = []
    for sr, cache, scale in itertools.product(enlargements, CACHES, SCALES):
        scaled = {"use_interpolation": scale > 1, "interpolation_scale": max(scale, 2)}
        options = {"use_tensorrt": False, **CACHES[cache], **ENLARGEMENTS[sr], **scaled}
        with tempfile.TemporaryDirectory() as folder:
            played = _play(picture_file, poses, seconds, options | {"cacher_db_path": str(Path(folder) / "frames.db")})
        rows.append([sr, cache, f"x{scale}", *played])
        print("  ".join(rows[-1]), flush=True)
    columns = ["enlarged", "cache", "frames a pose", "frames/s", "p50 ms", "p95 ms", "p99 ms", "hit rate", "memory MB"]
    note = f"{seconds:.0f} s each of recorded poses at {POSES_PER_SECOND} a second; p50 to p99: from pose to frames."
    return Table("At play", columns, rows, note)


def measure_hits(poses: Array) -> Table:
    """How often a pose of the recording has come before, by simplification level: what a cache can hit at most."""
    rows = []
    for level in Level:
        seen: set[tuple[float, ...]] = set()
        known = 0
        for pose in poses.tolist():
            simple = tuple(simplify(pose, level))
            known += simple in seen
            seen.add(simple)
        rows.append([level.name.lower(), f"{known / len(poses):.1%}", str(len(seen))])
    note = f"{len(poses)} recorded poses, {len(poses) / POSES_PER_SECOND:.0f} s of lively movement."
    return Table("Poses that come again", ["simplify", "known", "different"], rows, note)


def _play(picture_file: Path, poses: Array, seconds: float, options: dict[str, Any]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        client = EngineClient(options, Path(folder) / "engine.log")
        try:
            client.wait_ready()
            client.setImage(str(picture_file))
            client.inference([0.0] * 45)  # the first frame has warmed everything up
            times, frames = [], 0
            start = now = time.perf_counter()
            while now - start < seconds:
                pose = poses[int((now - start) * POSES_PER_SECOND) % len(poses)]
                frames += len(client.inference(pose.tolist()))
                times.append((time.perf_counter() - now) * 1e3)
                now = time.perf_counter()
            statistics = client.statistics
            memory = _resident_megabytes(client.pid)
        finally:
            client.close()
    hits, misses = statistics.get("cacher_hits", 0), statistics.get("cacher_misses", 0)
    rate = f"{hits / max(hits + misses, 1):.0%}" if options["use_cacher"] else ""
    percentiles = [f"{value:.0f}" for value in np.percentile(times, (50, 95, 99))]
    return [f"{frames / (now - start):.1f}", *percentiles, rate, memory]


def _resident_megabytes(pid: int) -> str:
    """Memory that the process occupies; empty where the system doesn't tell it as Linux does."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((f"{int(line.split()[1]) // 1024}" for line in lines if line.startswith("VmRSS")), "")
