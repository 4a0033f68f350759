"""`python -m ezvtb.bench`: measures, prints, and saves to `out/bench.md`. `gpu`: one device (`ezvtb.bench.gpu`)."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ezvtb import paths, picture
from ezvtb.backends.base import Array
from ezvtb.bench import cacher, engine, gpu, obs, pictures, play, poser, tracking
from ezvtb.bench.table import Table
from ezvtb.errors import EzvtbError


def main(arguments: "list[str] | None" = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["gpu"]:
        return gpu.main(words[1:])
    parser = argparse.ArgumentParser("python -m ezvtb.bench", description="Measure the avatar on this machine.")
    names = "poser, engine, cacher, hits, play, pictures, tracking, obs; all; or gpu, which has options of its own"
    parser.add_argument("parts", nargs="*", metavar="PART", help=names)
    parser.add_argument("--poses", type=int, default=42, help="how many recorded poses to run (default 42)")
    parser.add_argument("--seconds", type=float, default=8, help="how long each combination plays (default 8)")
    parser.add_argument("--save", type=Path, default=paths.PROJECT / "out" / "bench.md", help="where the table goes")
    chosen = parser.parse_args(arguments)
    try:
        measures = _measures(chosen.poses, chosen.seconds)
        if unknown := [part for part in chosen.parts if part not in measures]:
            parser.error(f"there is no part {unknown[0]!r}; there are: {', '.join(measures)}")
        texts = [f"# Benchmark\n\n{_machine()}\n"]
        print(texts[0])
        for part in chosen.parts or measures:
            texts.append(measures[part]().markdown())
            print(texts[-1])
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    chosen.save.parent.mkdir(parents=True, exist_ok=True)
    chosen.save.write_text("\n".join(texts), "utf-8")
    print(f"Saved to {chosen.save}.")
    return 0


def _measures(count: int, seconds: float) -> "dict[str, Callable[[], Table]]":
    recording: Array = np.load(paths.PROJECT / "demo" / "poses_20fps.npy")
    poses = _spread(recording, count)
    file = paths.CHARACTER
    avatar = picture.load(file).pixels

    def measure_poser() -> Table:
        with tempfile.TemporaryDirectory() as work:
            return poser.measure(avatar, poses, Path(work))

    return {
        "poser": measure_poser,
        "engine": lambda: engine.measure(avatar, file, poses),
        "cacher": lambda: cacher.measure(avatar, poses),
        "hits": lambda: play.measure_hits(recording),
        "play": lambda: play.measure(file, recording, seconds),
        "pictures": lambda: pictures.measure(file),
        "tracking": tracking.measure,
        "obs": lambda: obs.measure(file),
    }


def _spread(recording: Array, count: int) -> Array:
    """So many poses, evenly spread over the recording, so that neighbours differ everywhere."""
    poses: Array = recording[np.linspace(0, len(recording) - 1, count).astype(int)]
    return poses


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}."


if __name__ == "__main__":
    sys.exit(main())
