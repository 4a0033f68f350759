"""The Python that runs the engine, and its packages."""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from ezvtb.doctor.finding import Finding, Problem
from ezvtb.paths import PROJECT, engine_python
from ezvtb.setup import environment
from ezvtb.setup.environment import STAMP, UNWANTED
from ezvtb.setup.locks import RUNTIME
from ezvtb.setup.runtime_choice import AUTOMATIC, remembered
from ezvtb.setup.runtimes import ONNX_RUNTIMES

INSTALLER = "Run install.sh" if sys.platform != "win32" else "Run install.ps1"

_TOLD = (
    *("numpy", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "openvino", "tensorrt", "tensorrt-cu13"),
    *("tensorrt-rtx-cu13-bindings", "pycuda", "cuda-bindings", "onnx", "pillow", "simplejpeg", "zstandard"),
)
"""Packages whose versions a maintainer wants to know."""

_SHOWN = 5


def check() -> Finding:
    """Whether the environment is the installer's, and whole."""
    packages = environment.installed_packages()
    lock = PROJECT / RUNTIME.file
    wanted = environment.fingerprint(lock)
    stamp = environment.read_stamp(Path(sys.prefix) / STAMP)
    problems = _interpreter(Path(sys.prefix), engine_python()) or problems_of(packages, stamp, wanted)
    versions = [f"{name} {packages[name]}" for name in _TOLD if name in packages]
    facts = [
        f"Python {platform.python_version()}, {platform.architecture()[0]}, in {sys.prefix}",
        f"{len(packages)} packages; {', '.join(versions) or 'none of those that the engine needs'}",
    ]
    if (asked := remembered(Path(sys.prefix))) != AUTOMATIC:
        facts.append(f"installed with --runtime {asked}")
    if set_here := sorted(name for name in os.environ if name.startswith("EZVTB_")):
        facts.append("set in the environment: " + ", ".join(f"{name}={os.environ[name]}" for name in set_here))
    return Finding(facts, problems)


def _interpreter(prefix: Path, engine: Path) -> "list[Problem]":
    if not engine.exists():
        named = os.environ.get("EZVTB_PYTHON")
        remedy = "Unset EZVTB_PYTHON, which names it." if named else f"{INSTALLER}."
        return [Problem(f"The engine's Python, {engine}, isn't there.", remedy, grave=True)]
    if sys.maxsize <= 2**32:
        return [Problem("This Python has 32 bits.", "Install a 64-bit Python, delete .venv, run the installer.", True)]
    if engine.parent.parent.resolve() != prefix.resolve():
        ours = f"{engine} -m ezvtb.doctor"
        return [Problem("This page was made by another Python than the engine's.", f"Make it with: {ours}")]
    return []


def problems_of(packages: Mapping[str, str], stamp: "Mapping[str, Mapping[str, str]]", wanted: str) -> "list[Problem]":
    """What is wrong with the installed packages; `wanted` is the lock's fingerprint, `stamp` the installer's note."""
    problems = []
    noted = stamp.get("packages", {})
    changed = [f"{name} {packages.get(name, 'is missing')}" for name in noted if packages.get(name) != noted[name]]
    if not stamp:
        problems.append(Problem("The installer didn't get to its end here.", f"{INSTALLER} (again)."))
    elif changed:
        some = ", ".join(sorted(changed)[:_SHOWN]) + (" …" if len(changed) > _SHOWN else "")
        text = f"{len(changed)} of the packages aren't as they were installed: {some}."
        problems.append(Problem(text, f"{INSTALLER} again: it puts them right."))
    elif stamp.get("locks", {}).get(RUNTIME.file) != wanted:
        problems.append(Problem("The packages are those of another version of EZVTB Avatar.", f"{INSTALLER} again."))
    if UNWANTED in packages:
        problems.append(Problem(f"{UNWANTED} is installed: it reports every start.", f"{INSTALLER}: it removes it."))
    flavours = [name for name in ONNX_RUNTIMES if name in packages]
    if len(flavours) > 1:
        text = f"{' and '.join(flavours)} are installed: they overwrite each other's files, and none of them is whole."
        problems.append(Problem(text, f"Close OBS; {INSTALLER[:1].lower()}{INSTALLER[1:]}: it leaves one."))
    elif not flavours:
        problems.append(Problem("There is no ONNX Runtime here.", f"{INSTALLER}."))
    return problems
