"""`--gpu`: every runtime on every graphics card: TensorRT's engines built, the trials passed, everything measured.

Where `EZVTB_BACKEND` names one, nothing but that one is tried, and if it is one of the CPU, with a few poses.
"""

import importlib.util
import os
import sys
import time

from ezvtb.backends import PREFERENCE, flavours
from ezvtb.backends import devices as adapters
from ezvtb.backends.devices import ON_CPU, Device
from ezvtb.bench import engines_first, gpu_page
from ezvtb.bench.comparison import Comparison
from ezvtb.bench.entrant import CORES
from ezvtb.bench.gpu import compare
from ezvtb.doctor.apart import examine
from ezvtb.doctor.finding import Finding, Problem
from ezvtb.doctor.runtimes import MODEL
from ezvtb.models.manifest import find_model
from ezvtb.models.weights import kept_wheel
from ezvtb.trials import TRIALS
from ezvtb.trials.place import Place

_NOTHING = Problem("No graphics card was found that a runtime could use.", "See Devices.")
_SECONDS = {"memory": 1800.0}
_TRIAL_SECONDS = 180.0
"""A trial is cut off after so long: a card takes some seconds, most of them to load; but minutes for 10,000 poses."""
_ROUNDS = 5


def places(found: "list[Device]") -> "list[Place]":
    """Where there is something to try: each kind on each device, half precision first."""
    named = os.environ.get("EZVTB_BACKEND")
    kinds = [kind for kind in PREFERENCE if kind == named or (not named and kind not in ON_CPU)]
    return [
        Place(kind, device.numbers[kind], number, half, brief=kind in ON_CPU)
        for number, device in enumerate(found)
        for kind in kinds
        if kind in device.numbers
        for half in (True, False)
    ]


def engines() -> Finding:
    """TensorRT's engines of all that is tried, those built that are missing."""
    facts: list[str] = []
    problems: list[Problem] = []
    installed = flavours.installed()
    for kind, number in dict.fromkeys((place.kind, place.number) for place in places(adapters.find().devices)):
        if kind in flavours.FLAVOURS and kind in installed:
            start = time.monotonic()
            if error := engines_first.build(kind, number, _say):
                problems.append(Problem(f"{kind}: not all engines could be built: {error}"))
            facts.append(f"{kind}, card {number}: looked for and built in {time.monotonic() - start:.0f} s")
    return Finding(facts or ["none are needed"], problems)


def trials() -> Finding:
    """Every trial in every place, each in a process of its own."""
    found = adapters.find().devices
    facts: list[str] = []
    problems: list[Problem] = [] if places(found) else [_NOTHING]
    for place in places(found):
        where = f"{place.kind} at {'half' if place.half else 'full'} precision on {found[place.device_id].name}"
        facts.append(f"{where}:")
        for title in TRIALS:
            what = f"{where}, {title}"
            seconds = _SECONDS.get(title, _TRIAL_SECONDS)
            finding = examine("ezvtb.doctor.gpu:try_one", seconds, False, [title, *place], what)
            facts += finding.facts
            problems += [each._replace(text=f"{what}: {each.text}") for each in finding.problems]
            if not finding.facts and title == "poser":  # it doesn't even draw: the others would say the same
                facts.append("  not tried any further")
                break
    return Finding(facts, problems)


def try_one(title: str, kind: str, number: int, device_id: int, half: bool, brief: bool) -> Finding:  # noqa: PLR0917
    """One trial, see `ezvtb.trials`; its place as `Place` has it, because JSON carries it."""
    outcomes = TRIALS[title](Place(kind, number, device_id, half, brief))
    facts = [f"  {title}: {'; '.join(map(str, outcomes))}"] if outcomes else []
    return Finding(facts, [Problem(str(each)) for each in outcomes if not each.good])


def figures() -> Finding:
    """The benchmark of each device, beside PyTorch where that is at hand."""
    found = adapters.find().devices
    python, without = reference_python()
    facts: list[str] = [without] if without else []
    problems: list[Problem] = [] if places(found) else [_NOTHING]
    kinds = list(dict.fromkeys(place.kind for place in places(found)))
    for number in dict.fromkeys(place.device_id for place in places(found)):
        done = compare(found[number], number, _ROUNDS, only=kinds, python=python, build=False, say=_say)
        facts += told(done)
        problems += [Problem(f"{each.name} was left out: {each.error}") for each in done.results if each.error]
    return Finding(facts, problems)


def reference_python() -> "tuple[str, str]":
    """The Python to run the PyTorch reference with, or why there is none: nothing is downloaded for it.

    `REFERENCE_PYTHON` names it, as for `tests/gpu/run.sh`; else it is this one, if it has PyTorch.
    """
    python = os.environ.get("REFERENCE_PYTHON") or (sys.executable if importlib.util.find_spec("torch") else "")
    if not python:
        return (
            "",
            "not compared with PyTorch: it isn't installed here, and REFERENCE_PYTHON names no Python that has it",
        )
    if kept_wheel(find_model(MODEL)) is None:
        return "", f"not compared with PyTorch: the download of {MODEL}, which has the reference, isn't kept"
    return python, ""


def told(done: Comparison) -> "list[str]":
    """A comparison in a few lines: what poses and frames take, and the goals."""
    lines = [f"{done.device.name}, milliseconds:"]
    for result in done.results:
        shown = [f"{row} {gpu_page.milliseconds(result, row)}" for row in CORES if result.median(row)]
        shown += [f"{row} {gpu_page.milliseconds(result, row)}" for row in done.works["fp32"] if result.median(row)]
        if shown:
            lines.append(f"  {gpu_page.title(result)}: {', '.join(shown)}")
    return [*lines, *(f"  {goal.line()}" for goal in done.goals)]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
