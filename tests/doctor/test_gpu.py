"""`--gpu`: what is tried where, and how it reads."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ezvtb.backends import devices
from ezvtb.backends.devices import Device
from ezvtb.bench import engines_first
from ezvtb.bench.comparison import Comparison
from ezvtb.bench.turns import Result
from ezvtb.doctor import __main__ as command
from ezvtb.doctor import gpu
from ezvtb.doctor.finding import Finding, Problem
from ezvtb.trials import TRIALS
from ezvtb.trials.place import Outcome, Place

CARD = Device("a card", 1 << 33, {"tensorrt": 0, "cuda": 0})
CPU = Device("a CPU", 0, {"openvino": 0, "onnxruntime": 0})


@pytest.fixture(autouse=True)
def computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)
    monkeypatch.setattr(devices, "find", lambda: devices.Listing([CARD, CPU], []))


def test_every_kind_of_a_card_is_tried_at_both_precisions_and_no_cpu() -> None:
    assert [(place.kind, place.half, place.brief) for place in gpu.places([CARD, CPU])] == [
        ("tensorrt", True, False),
        ("tensorrt", False, False),
        ("cuda", True, False),
        ("cuda", False, False),
    ]


def test_a_named_backend_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "openvino")
    assert gpu.places([CARD, CPU]) == [Place("openvino", 0, 1, half, brief=True) for half in (True, False)]


def test_each_trial_has_a_process_and_a_card_that_does_not_draw_is_left_at_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str, float]] = []

    def examine(function: str, seconds: float, grave: bool, arguments: "list[object]", what: str) -> Finding:
        title, kind, *_ = arguments
        asked.append((str(kind), str(title), seconds))
        return Finding([], [Problem("It crashed.")]) if kind == "tensorrt" else Finding([f"  {title}: right"], [])

    monkeypatch.setattr(gpu, "examine", examine)
    found = gpu.trials()
    assert [title for kind, title, _ in asked if kind == "tensorrt"] == ["poser", "poser"]
    assert [title for kind, title, _ in asked if kind == "cuda"] == [*TRIALS, *TRIALS]
    assert found.facts[:2] == ["tensorrt at half precision on a card:", "  not tried any further"]
    assert found.problems[0].text == "tensorrt at half precision on a card, poser: It crashed."
    assert max(seconds for _, title, seconds in asked if title == "memory") > 300


def test_what_a_trial_finds_is_told_in_a_line_and_what_is_wrong_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [Outcome("ash", True, "52 dB"), Outcome("coral", False, "12 dB")]
    monkeypatch.setitem(TRIALS, "poser", lambda place: outcomes if place.half else [])
    assert gpu.try_one("poser", "cuda", 0, 0, True, False) == Finding(
        ["  poser: ash: 52 dB; coral: 12 dB"], [Problem("coral: 12 dB")]
    )
    assert gpu.try_one("poser", "cuda", 0, 0, False, False) == Finding([], [])


@pytest.mark.parametrize(("installed", "error", "problems"), [(True, "", 0), (True, "no room", 1), (False, "", 0)])
def test_engines_are_built_where_tensorrt_is_installed(
    installed: bool, error: str, problems: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[tuple[str, int]] = []
    monkeypatch.setattr(gpu.flavours, "installed", lambda: ("tensorrt",) if installed else ())
    monkeypatch.setattr(engines_first, "build", lambda kind, number, say: (built.append((kind, number)), error)[1])
    found = gpu.engines()
    assert built == ([("tensorrt", 0)] if installed else [])
    assert len(found.problems) == problems
    assert found.facts


def test_without_a_card_that_is_said_once_a_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find", lambda: devices.Listing([CPU], []))
    monkeypatch.setattr(gpu, "reference_python", lambda: ("", ""))
    assert [section().problems for section in (gpu.trials, gpu.figures)] == [[gpu._NOTHING]] * 2


def test_figures_are_told_in_lines_and_who_was_left_out_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"backend": "ONNX Runtime CUDA", "precision": "fp16"}
    results = [
        Result("cuda half", about, {"core, x2": [5.0, 6.0, 7.0]}, ""),
        Result("tensorrt half", {}, {}, "Its process ended with -11."),
    ]
    done = Comparison(CARD, results, {"fp32": {}, "fp16": {}}, [], {})
    asked: list[str] = []
    monkeypatch.setattr(gpu, "compare", lambda *_, python, **__: (asked.append(python), done)[1])
    monkeypatch.setattr(gpu, "reference_python", lambda: ("a Python", ""))
    found = gpu.figures()
    assert asked == ["a Python"]
    assert found.facts == ["a card, milliseconds:", "  ONNX Runtime CUDA fp16: core, x2 6.000"]
    assert [each.text for each in found.problems] == ["tensorrt half was left out: Its process ended with -11."]


@pytest.mark.parametrize(
    ("named", "torch", "wheel", "python", "why"),
    [
        ("/opt/python", False, True, "/opt/python", ""),
        ("/opt/python", True, True, "/opt/python", ""),
        ("", True, True, sys.executable, ""),
        ("", False, True, "", "it isn't installed here"),
        ("", True, False, "", "isn't kept"),
    ],
)
def test_pytorch_takes_part_where_it_is_at_hand_and_else_it_is_said_why_not(
    *, named: str, torch: bool, wheel: bool, python: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_PYTHON", named)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if torch else None)
    monkeypatch.setattr(gpu, "kept_wheel", lambda _: Path("a.whl") if wheel else None)
    chosen, said = gpu.reference_python()
    assert chosen == python
    assert why in said if why else not said


def test_how_long_it_takes_is_said_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    def examine(*_: object) -> Finding:
        told.append(capsys.readouterr().err)
        return Finding([], [])

    monkeypatch.setattr(command.apart, "examine", examine)
    assert command.main(["--gpu", "--json"]) == 0
    assert "minutes" in told[0]


def test_a_trial_runs_in_a_process_of_its_own() -> None:
    found = gpu.examine("ezvtb.doctor.gpu:try_one", 120, False, ["memory", *Place("null", 0, 0, False, brief=True)])
    assert found.problems == []
    assert "MB over 100 poses, 64 at most" in found.facts[0]
