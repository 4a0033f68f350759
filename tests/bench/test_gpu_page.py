"""Goals, and the page of a device, from figures that were made up."""

import json
from pathlib import Path
from typing import Any

import pytest

from ezvtb.backends.devices import Device
from ezvtb.bench import gpu, gpu_page
from ezvtb.bench.comparison import Comparison
from ezvtb.bench.entrant import FRAME_COPY, ON_DEVICE, WHOLE_POSE
from ezvtb.bench.floors import Layer, Peak, Work
from ezvtb.bench.goals import Goal, floor_share, goals, peak
from ezvtb.bench.peaks import COPY, PRODUCT
from ezvtb.bench.turns import Result
from ezvtb.tha.stages import STAGES

NETWORKS = [stage.graph for stage in STAGES]
WORKS = {name: Work((Layer("l", 10**9, 10**6),)) for name in NETWORKS}


def ours(**rows: float) -> Result:
    """TensorRT on a card of 1 TFLOP/s and 1 GB/s, on which each network needs 1 ms at least and takes 2."""
    about = {
        "backend": "TensorRT",
        "precision": "fp16",
        "clock": "CUDA events",
        "amounts": {PRODUCT: 10**12, COPY: 10**9},
    }
    figures = {PRODUCT: 1000.0, COPY: 1000.0, WHOLE_POSE: 8.5, FRAME_COPY: 0.1, **dict.fromkeys(NETWORKS, 2.0), **rows}
    return Result("tensorrt half", about, {name: [value] * 3 for name, value in figures.items()}, "")


def other(whole: float) -> Result:
    return Result("x", {"backend": "x", "precision": "fp16", "clock": "wall"}, {WHOLE_POSE: [whole]}, "")


def test_the_peak_is_what_was_measured_and_the_floor_is_reached_in_part() -> None:
    assert peak(ours()) == Peak(1e12, 1e9)
    assert floor_share(ours(), WORKS, NETWORKS) == pytest.approx(0.5)
    assert floor_share(other(1.0), WORKS, NETWORKS) is None


def verdicts(found: "list[Goal]") -> "list[str]":
    return [goal.verdict for goal in found]


def test_goals_are_met_or_not_by_their_figures() -> None:
    cores = {ON_DEVICE.format(WHOLE_POSE): 8.1, "core, x2": 12.0, ON_DEVICE.format("core, x2"): 10.0}
    found = goals(ours(**cores), {"eager": other(40.0), "session": other(10.0)}, WORKS)
    assert verdicts(found) == ["met", "not met", "met", "met", "not met"]
    assert found[0].line() == "tensorrt half: 4.71 times eager PyTorch, whole pose, at least 4: met"
    assert found[4].line().endswith("core, x2, at most 1.1: not met")


def test_what_was_not_measured_is_said_with_its_reason() -> None:
    eager = Result("PyTorch", {}, {}, "No module named 'torch'")
    found = goals(ours(), {"eager": eager}, WORKS)
    assert verdicts(found) == ["not measured", "not measured", "met", "not measured"]
    assert [goal.why_not for goal in found] == [
        "No module named 'torch'",
        "it didn't take part",
        "",
        "only TensorRT's runs are timed on the device itself",
    ]


def test_more_than_the_peak_is_no_proof() -> None:
    busy = ours(**{PRODUCT: 5000.0})
    (floor,) = [goal for goal in goals(busy, {}, WORKS) if "floor" in goal.what]
    assert floor.verdict == "not measured"
    assert floor.why_not.startswith("2.50 of it: the peak was measured too low")


@pytest.fixture
def done() -> Any:
    broken = Result("cuda half", {}, {}, "Its process ended with -11.")
    works = {"fp32": WORKS, "fp16": WORKS}
    about = {"made": "by", "system": "Linux", "processor": "a CPU"}
    device = Device("NVIDIA GeForce RTX 3060", 12 << 30, {"tensorrt": 0})
    return Comparison(device, [ours(**{"core, x2": 9.0}), broken], works, goals(ours(), {}, WORKS), about)


def test_the_page_has_all_that_was_measured_and_who_was_left_out(done: Any) -> None:
    text = gpu_page.text(done)
    for words in (
        "# NVIDIA GeForce RTX 3060 (12 GB)",
        "## Goals",
        "| combiner ",
        "2.000",
        "| core, x2",
        "1.00 TFLOP/s",
        "1.000, 1.000: 1.000 (50%)",
        "* cuda half: Its process ended with -11.",
        "TensorRT fp16: CUDA events",
    ):
        assert words in text, words


def test_page_and_figures_are_named_after_the_device(done: Any, tmp_path: Path) -> None:
    page, figures = gpu.save(done, tmp_path / "new")
    assert (page.name, figures.name) == ("nvidia-geforce-rtx-3060.md", "nvidia-geforce-rtx-3060.json")
    told = json.loads(figures.read_text("utf-8"))
    assert told["contestants"][0]["rows"]["combiner"] == [2.0] * 3
    assert told["networks"]["fp16"]["editor"] == {"flops": 10**9, "bytes": 10**6}
    assert {goal["verdict"] for goal in told["goals"]} == {"met", "not measured"}
