"""The engine, as OBS runs it: started, given a picture, asked for poses."""

import ctypes
import statistics
import tempfile
import time
from pathlib import Path

from PIL import Image

from ezvtb.doctor.apart import REPORT
from ezvtb.doctor.finding import Finding, Problem
from ezvtb.models.drawn import figure
from ezvtb.report import Component
from ezvtb.tracking.pose import BODY, SIZE
from ezvtb_obs.engine_client import EngineClient, Frame, Limits

OPTIONS = {"interpolation_scale": 4}
"""As a new avatar has it."""

_LIMITS = Limits(start=90.0, picture=20.0, pose=20.0)
_POSES = 10
_SLOW = 250.0
"""Milliseconds a pose: 4 poses a second, 16 frames with x4."""


def check() -> Finding:
    """Whether frames come, how they are made, and how fast."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # type: ignore[call-overload, unused-ignore]
        picture = Path(folder) / "figure.png"
        Image.fromarray(figure()[..., [2, 1, 0, 3]]).save(picture)
        start = time.perf_counter()
        client = EngineClient(OPTIONS, Path(folder) / "engine.log", limits=_LIMITS)
        try:
            client.wait_ready()
            ready = time.perf_counter() - start
            return _draw(client, picture, ready)
        finally:
            client.close()


def _draw(client: EngineClient, picture: Path, ready: float) -> Finding:
    client.setImage(str(picture))
    still = _pixels(client.inference([0.0] * SIZE)[-1])
    times, moved = [], still
    for number in range(1, _POSES + 1):
        pose = [0.0] * SIZE
        pose[BODY] = [number / _POSES] * len(pose[BODY])
        frames = client.inference(pose)
        times.append(client.milliseconds)
        moved = _pixels(frames[-1])
    milliseconds = statistics.median(times)
    components = [Component(**each) for each in client.ready["report"]]
    facts = [
        f"ready after {ready:.1f} s; {milliseconds:.0f} ms a pose of {client.scale} frames{_memory_of(client.pid)}",
        *map(str, components),
    ]
    problems = [*_of_frames(still, moved), *_of_report(components)]
    if milliseconds > _SLOW:
        text = f"The avatar is slow: {1e3 / milliseconds:.1f} poses a second."
        problems.append(Problem(text, "Close what keeps the computer busy; a graphics card helps most."))
    return Finding(facts, problems)


def _of_frames(still: bytes, moved: bytes) -> "list[Problem]":
    if not any(still[3::4]):
        return [Problem("The engine draws an empty picture.", REPORT, grave=True)]
    if still == moved:
        return [Problem("The engine draws the same frame for every pose.", REPORT, grave=True)]
    return []


def _of_report(components: "list[Component]") -> "list[Problem]":
    """What of the defaults isn't there; what merely isn't as asked are facts."""
    problems = [Problem(f"{each.component} is missing: {each.why}") for each in components if each.backend == "absent"]
    if any(each.component == "tha" and each.backend == "null" for each in components):
        problems.append(Problem("A test picture is drawn, no avatar.", "Unset EZVTB_BACKEND.", grave=True))
    return problems


def _pixels(frame: Frame) -> bytes:
    return ctypes.string_at(frame.address, frame.width * frame.height * 4)


def _memory_of(process: int) -> str:
    status = Path(f"/proc/{process}/status")
    lines = status.read_text("ascii", "replace").splitlines() if status.is_file() else []
    sizes = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
    return f"; {sizes[0] >> 10} MB of memory" if sizes else ""
