"""Runtimes tried on the devices; the engine from end to end; the command itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ezvtb.backends.devices import Device, Listing
from ezvtb.doctor import __main__ as command
from ezvtb.doctor import apart, engine, runtimes
from ezvtb.doctor.finding import Finding, Problem, Verdict
from ezvtb.doctor.sections import GPU, SECTIONS, Section
from ezvtb.report import Component

CPU = Device("A CPU", 0, {"openvino": 0, "onnxruntime": 0})
CARD = Device("A card", 8 << 30, {"cuda": 0})


def on(devices: "list[Device]", answers: "dict[str, Finding]", monkeypatch: pytest.MonkeyPatch) -> Finding:
    monkeypatch.setattr(runtimes.adapters, "find", lambda: Listing(devices, []))
    monkeypatch.setattr(runtimes, "examine", lambda _, __, ___, arguments, what: answers[arguments[0]])
    return runtimes.check()


GOOD, BAD = Finding(["draws the golden pose, 80 ms"], []), Finding([], [Problem("No.", "Do.")])


@pytest.mark.parametrize(
    ("openvino", "onnxruntime", "verdict"),
    [(GOOD, GOOD, Verdict.OK), (BAD, GOOD, Verdict.WARNING), (BAD, BAD, Verdict.TROUBLE)],
)
def test_one_runtime_that_works_is_enough(
    openvino: Finding, onnxruntime: Finding, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)
    finding = on([CPU], {"openvino": openvino, "onnxruntime": onnxruntime}, monkeypatch)
    assert finding.verdict is verdict
    assert "no device here for" in finding.facts[-1]


def test_a_runtime_that_is_named_is_the_only_one_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "cuda")
    finding = on([CARD, CPU], {"cuda": GOOD}, monkeypatch)
    assert [problem.text for problem in finding.problems] == ["EZVTB_BACKEND is set: nothing but cuda is used."]
    refused = on([CPU], {"cuda": BAD}, monkeypatch)
    assert refused.problems[-1].text.endswith("and it doesn't work here.")
    assert refused.problems[-1].grave


def test_what_is_wrong_with_the_devices_is_told_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes.adapters, "find", lambda: Listing([CARD, CPU], ["There is another card."]))
    finding = runtimes.devices()
    assert finding.facts[:2] == ["0: A card (8 GB): cuda", "1: A CPU: openvino, onnxruntime"]
    assert finding.problems == [Problem("There is another card.")]


def test_a_runtime_draws_the_golden_pose_and_is_measured() -> None:
    finding = runtimes.try_one("onnxruntime", 0)
    assert finding.verdict is Verdict.OK
    assert "draws the golden pose, " in finding.facts[0]


def test_a_runtime_that_is_not_installed_says_what_to_do() -> None:
    (problem,) = runtimes.try_one("directml", 0).problems
    assert problem.remedy
    (unknown,) = runtimes.try_one("abacus", 0).problems
    assert "There is no backend 'abacus'" in unknown.text


def test_the_engine_draws_from_end_to_end() -> None:
    finding = engine.check()
    assert finding.verdict is not Verdict.TROUBLE
    assert "ms a pose of 4 frames" in finding.facts[0]
    assert any(fact.startswith("tha: ") for fact in finding.facts)


@pytest.mark.parametrize(
    ("still", "moved", "words"),
    [(bytes(8), bytes(8), "empty"), (b"abcd", b"abcd", "same frame"), (b"abcd", b"abce", "")],
)
def test_frames_must_show_something_that_moves(still: bytes, moved: bytes, words: str) -> None:
    assert [words in problem.text for problem in engine._of_frames(still, moved)] == ([True] if words else [])


def test_what_is_absent_is_a_problem_and_what_is_otherwise_a_fact() -> None:
    lines = [Component("tha", "OpenVINO", "", "fp32", "No half."), Component("rife", "absent", why="Not installed.")]
    (problem,) = engine._of_report(lines)
    assert problem == Problem("rife is missing: Not installed.")
    (null,) = engine._of_report([Component("tha", "null")])
    assert null.grave


@pytest.mark.parametrize("section", [*SECTIONS, *GPU], ids=lambda section: section.title)
def test_every_section_has_its_check(section: Section) -> None:
    module, _, name = section.function.partition(":")
    assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_sections_need_only_what_comes_before_them() -> None:
    before = {section.title: place for place, section in enumerate(SECTIONS)}
    assert all(before[need] < before.get(each.title, 99) for each in (*SECTIONS, *GPU) for need in each.needs)


def test_the_engine_is_not_tried_without_models(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[str] = []

    def examine(function: str, *_: object) -> Finding:
        tried.append(function)
        return Finding([], [Problem("Gone.", "", "models" in function)])

    monkeypatch.setattr(apart, "examine", examine)
    assert command.main([]) == 1
    assert "ezvtb.doctor.trackers:check" in tried
    assert not {"ezvtb.doctor.engine:check", "ezvtb.doctor.runtimes:check"} & set(tried)
    assert "not tried, as long as this is in trouble: Models" in capsys.readouterr().out


@pytest.mark.parametrize(("finding", "code"), [(GOOD, 0), (BAD, 0), (Finding([], [Problem("x", "", True)]), 1)])
def test_the_exit_code_says_whether_an_avatar_can_live(
    finding: Finding, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(apart, "examine", lambda *_: finding)
    assert command.main(["--json"]) == code
    value = json.loads(capsys.readouterr().out)
    assert value["can_live"] is (code == 0)
    assert [each["title"] for each in value["sections"]] == [section.title for section in SECTIONS]


def test_names_and_commands_are_put_right_for_the_user(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Finding([str(Path.home() / "x")], [Problem("Gone.", "Run `python -m ezvtb.models install`.")])
    monkeypatch.setattr(apart, "examine", lambda *_: said)
    command.main(["--gpu"])
    page = capsys.readouterr().out
    assert str(Path.home()) not in page
    assert "GPU" in page
    assert "python -m ezvtb.models" in page
    assert "`python -m" not in page


def test_the_doctor_needs_nothing_that_has_to_be_installed() -> None:
    core, script = (Path(apart.PROJECT) / name for name in ("core", "obs_script"))
    code = f"import sys; sys.path[:0] = [{str(core)!r}, {str(script)!r}]; import ezvtb.doctor.__main__"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
