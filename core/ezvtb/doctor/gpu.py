"""`--gpu`: every runtime on every graphics card, proved at both precisions and measured."""

import statistics
import time
from collections.abc import Callable

import numpy as np

from ezvtb.backends import PREFERENCE, golden, open_backend
from ezvtb.backends import check as network
from ezvtb.backends import devices as adapters
from ezvtb.backends.base import Array, Backend
from ezvtb.backends.engines import NotBuilt
from ezvtb.backends.frame import Frame
from ezvtb.doctor.apart import examine
from ezvtb.doctor.finding import Finding, Problem, problem_of
from ezvtb.doctor.runtimes import MODEL, ON_CPU, milliseconds_a_pose
from ezvtb.errors import BackendError, ModelError
from ezvtb.models import store
from ezvtb.rife.interpolator import Interpolator
from ezvtb.sr.enlarger import Enlarger, model_for
from ezvtb.tha.poser import Poser

_TRY_SECONDS = 120.0
_SCALE = 4
_RUNS, _WARM_UP = 12, 2


def check() -> Finding:
    """What each card can do with each runtime, half and full precision apart."""
    listing = adapters.find()
    orders = [
        (f"{kind} on {device.name}", (kind, device.numbers[kind], half))
        for device in listing.devices
        for kind in PREFERENCE
        if kind in device.numbers and kind not in ON_CPU
        for half in (True, False)
    ]
    if not orders:
        return Finding([], [Problem("No graphics card was found that a runtime could use.", "See Devices.")])
    findings = [examine("ezvtb.doctor.gpu:try_one", _TRY_SECONDS, False, each, what) for what, each in orders]
    facts = [fact for finding in findings for fact in finding.facts]
    return Finding(facts, [problem for finding in findings for problem in finding.problems])


def try_one(kind: str, number: int, half: bool) -> Finding:
    """One runtime on one card at one precision: its test network, the golden pose, and milliseconds of each part."""
    facts: list[str] = []
    problems: list[Problem] = []
    try:
        backend = open_backend(kind, number, half)
    except BackendError as error:
        return Finding([], [problem_of(error)])
    facts.append(f"{kind}: {backend.name} {backend.precision}, {backend.device}")
    parts = (
        ("test network", _test_network),
        ("golden pose", _golden_pose),
        (f"in-between frames x{_SCALE}", _in_between),
        ("super resolution", _super_resolution),
    )
    for title, part in parts:
        try:
            facts.append(f"  {title}: {part(backend)}")
        except NotBuilt as error:
            facts.append(f"  {title}: {error}")
        except ModelError as error:
            facts.append(f"  {title}: not tried. {error.message}")
        except BackendError as error:
            problems.append(problem_of(error))
            facts.append(f"  {title}: refused")
    return Finding(facts, problems)


def _test_network(backend: Backend) -> str:
    network.prove(backend)
    return "right"


def _golden_pose(backend: Backend) -> str:
    model = store.find(MODEL, backend.graph_precision)
    poser = Poser(backend, model.graphs, 0)
    start = time.perf_counter()
    golden.prove(poser, model, backend)
    first = (time.perf_counter() - start) * 1e3
    picture, pose = _stored()
    return f"right; {milliseconds_a_pose(poser, picture, pose):.1f} ms a pose, the first {first:.0f} ms"


def _in_between(backend: Backend) -> str:
    model = store.find("rife40", backend.graph_precision)
    interpolator = Interpolator(backend, model.graphs, _SCALE)
    before, _ = _stored()
    old, new = Frame.of(before), Frame.of(np.roll(before, 6, 1))
    taken = _milliseconds(lambda _: [each.host for each in interpolator.between(old, new)])
    return f"{taken:.1f} ms for {_SCALE - 1}"


def _super_resolution(backend: Backend) -> str:
    name, graph = model_for(True, 1)
    enlarger = Enlarger(backend, store.find(name, backend.graph_precision).graphs, graph)
    picture, _ = _stored()
    shifted = [Frame.of(np.roll(picture, shift, 1)) for shift in range(2)]  # a frame as the one before costs nothing
    out = enlarger.allocate_frame()

    def run(number: int) -> Array:
        enlarger.enlarge(shifted[number % 2], out)
        return out.host

    return f"{_milliseconds(run):.1f} ms for the face x4"


def _milliseconds(run: Callable[[int], object]) -> float:
    times = []
    for number in range(_RUNS):
        start = time.perf_counter()
        run(number)
        times.append(time.perf_counter() - start)
    return statistics.median(times[_WARM_UP:]) * 1e3


def _stored() -> "tuple[Array, Array]":
    with np.load(golden.FILE) as stored:
        return stored["picture"], stored["pose"]
