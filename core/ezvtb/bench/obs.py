"""What the avatar costs OBS: frame time and lagged frames with and without the source, in turns."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ezvtb import paths
from ezvtb.bench.table import Table
from ezvtb.setup.headless_obs import Xvfb, free_port, running_obs
from ezvtb.setup.obs_config import ObsHome, avatar_source, color_source, scene_item

SECONDS = 8.0
_SETTLE_SECONDS = 4.0


def measure(picture_file: Path, rounds: int = 3) -> Table:
    """The table of OBS: `rounds` sessions with the avatar and as many without, 1280x720 at 30 frames a second."""
    without, with_avatar = [], []
    with Xvfb() as screen:
        for _ in range(rounds):
            without.append(_session(screen.display, None))
            with_avatar.append(_session(screen.display, picture_file))
    rows = [
        [name, f"{statistics.median(each[0] for each in sessions):.2f}", str(sum(each[1] for each in sessions)),
         str(sum(each[2] for each in sessions))]
        for name, sessions in (("without", without), ("with the avatar", with_avatar))
    ]  # fmt: skip
    note = f"Medians and sums of {rounds} sessions of {SECONDS:.0f} s each, in turns, software rendering."
    return Table("In OBS", ["", "frame time, ms", "lagged frames", "of"], rows, note)


def _session(display: str, picture_file: "Path | None") -> tuple[float, int, int]:
    """(OBS's mean frame time in ms, frames it lagged, frames in all) while poses stream."""
    port = free_port()
    sources = [color_source("Background", 0xFF806040, 1280, 720)]
    items = [scene_item("Background")]
    if picture_file is not None:
        sources.append(avatar_source("Avatar", picture=str(picture_file), port=port))
        items.append(scene_item("Avatar", 384, 208))
    with tempfile.TemporaryDirectory() as folder:
        home = ObsHome(
            Path(folder) / "home", free_port(), sources, items, [paths.PROJECT / "obs_script" / "ezvtb_avatar.py"]
        )
        recording = str(paths.PROJECT / "demo" / "poses_20fps.npy")
        with running_obs(home.write(), display) as obs:
            command = [sys.executable, "-m", "ezvtb.replay", recording, "--to", f"127.0.0.1:{port}", "--loop"]
            replay = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            try:
                time.sleep(_SETTLE_SECONDS)
                before = obs.statistics()
                samples = []
                for _ in range(int(SECONDS)):
                    time.sleep(1)
                    samples.append(float(obs.statistics()["averageFrameRenderTime"]))
                after = obs.statistics()
            finally:
                replay.kill()
                replay.wait()
            obs.quit()
    lagged, total = (int(after[name]) - int(before[name]) for name in ("renderSkippedFrames", "renderTotalFrames"))
    return statistics.mean(samples), lagged, total
