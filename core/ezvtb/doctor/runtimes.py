"""The devices of this computer, and each inference runtime tried on each of them that it can use."""

import os
import shutil
import statistics
import subprocess
import time

import numpy as np

from ezvtb.backends import PREFERENCE, golden, open_backend
from ezvtb.backends import devices as adapters
from ezvtb.backends.base import Array, Backend
from ezvtb.backends.engines import NotBuilt
from ezvtb.doctor.apart import examine
from ezvtb.doctor.finding import Finding, Problem, problem_of
from ezvtb.errors import BackendError
from ezvtb.models import store
from ezvtb.tha.poser import Poser

MODEL = "tha3_separable"

_TRY_SECONDS = 60.0
_MEASURE_SECONDS = 1.5
_WARM_UP = 2


def devices() -> Finding:
    """What `device_id` counts, and the drivers."""
    listing = adapters.find()
    facts = [f"{number}: {each.label}: {', '.join(each.numbers)}" for number, each in enumerate(listing.devices)]
    facts += _nvidia_driver()
    return Finding(facts, [Problem(text) for text in listing.problems])


def check() -> Finding:
    """Every runtime on every device that it can use, each in a process of its own, as the engine would choose."""
    listing = adapters.find()
    named = os.environ.get("EZVTB_BACKEND")
    kinds = (named,) if named else PREFERENCE
    tries = [(kind, device) for device in listing.devices for kind in kinds if kind in device.numbers]
    orders = [(f"{kind} on {device.name}", (kind, device.numbers[kind])) for kind, device in tries]
    if named and not orders:
        orders = [(named, (named, 0))]
    findings = [examine("ezvtb.doctor.runtimes:try_one", _TRY_SECONDS, False, each, what) for what, each in orders]
    facts = [fact for finding in findings for fact in finding.facts]
    problems = [problem for finding in findings for problem in finding.problems]
    works = any(finding.facts for finding in findings)
    if named:
        text = f"EZVTB_BACKEND is set: nothing but {named} is used" + ("." if works else ", and it doesn't work here.")
        problems.append(Problem(text, "Unset that environment variable, unless it is on purpose.", not works))
    elif idle := [kind for kind in PREFERENCE if kind not in dict(tries)]:
        facts.append(f"no device here for: {', '.join(idle)}")
    if not named and not works:
        problems.append(Problem("No inference runtime works here.", "See what each of them says.", grave=True))
    return Finding(facts, problems)


def try_one(kind: str, number: int) -> Finding:
    """A runtime on one device: whether it draws the golden pose, at half precision or else at full, and how fast."""
    problems: list[Problem] = []
    for half in (True, False):
        try:
            backend = open_backend(kind, number, half)
        except BackendError as error:
            return Finding([], [*problems, problem_of(error)])
        if backend.name == "null":
            return Finding(["null: draws a test picture"], [])
        title = f"{kind}: {backend.name} {backend.precision}, {backend.device}"
        try:
            milliseconds = measure(backend)
        except NotBuilt as error:
            return Finding([f"{title}: {error} It is built when an avatar first uses this card."], problems)
        except BackendError as error:
            if problem_of(error) not in problems:
                problems.append(problem_of(error))
            if backend.precision == "fp32":
                break
        else:
            return Finding([f"{title}: draws the golden pose, {milliseconds:.0f} ms a pose"], problems)
    return Finding([], problems)


def measure(backend: Backend) -> float:
    """Milliseconds a whole pose, median, after the golden pose was drawn right. BackendError if it wasn't."""
    model = store.find(MODEL, backend.graph_precision)
    poser = Poser(backend, model.graphs, 0)
    golden.prove(poser, model, backend)
    with np.load(golden.FILE) as stored:
        picture, pose = stored["picture"], stored["pose"]
    return milliseconds_a_pose(poser, picture, pose)


def milliseconds_a_pose(poser: Poser, picture: Array, pose: Array) -> float:
    """The median of what a pose takes; `poser` keeps no results, so that all networks run each time."""
    poser.set_picture(picture)
    frame = poser.allocate_frame()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < _WARM_UP + 3 or time.perf_counter() - began < _MEASURE_SECONDS:
        start = time.perf_counter()
        poser.pose(pose, frame)
        _ = frame.host  # it has arrived
        times.append(time.perf_counter() - start)
    return statistics.median(times[_WARM_UP:]) * 1e3


def _nvidia_driver() -> "list[str]":
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = "--query-gpu=name,driver_version,memory.used,memory.total,utilization.gpu"
    try:
        answer = subprocess.run(
            [program, query, "--format=csv,noheader"], capture_output=True, text=True, timeout=15, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"nvidia-smi doesn't answer: {error}"]
    return [f"nvidia-smi: {line.strip()}" for line in (answer.stdout or answer.stderr).splitlines()[:8]]
