"""A check in a process of its own: its answer, and what becomes of one that has none."""

import time
from pathlib import Path

import pytest

from ezvtb.doctor import apart
from ezvtb.doctor.finding import Finding, Problem

HERE = "checks"


@pytest.fixture(autouse=True)
def _find_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process gets the project's own folders; here it also gets this one's."""
    source = Path(apart.__file__).parents[3]
    (tests,) = [path for path in (source / "tests" / "doctor",) if path.is_dir()]
    real = apart.subprocess.Popen

    def popen(command: "list[str]", **options: object) -> object:
        environment = dict(options.pop("env"))  # type: ignore[call-overload]
        environment["PYTHONPATH"] += apart.os.pathsep + str(tests)
        return real(command, env=environment, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(apart.subprocess, "Popen", popen)


def test_a_finding_comes_back_whole_whatever_the_check_prints() -> None:
    found = apart.examine(f"{HERE}:good", 120, False, ["word", 7])
    assert found == Finding(["word 7"], [Problem("text", "remedy")])


def test_what_hangs_is_cut_off_and_said() -> None:
    start = time.monotonic()
    found = apart.examine(f"{HERE}:hangs", 1.0, True, what="cuda on a card")
    assert time.monotonic() - start < 50  # it would take a minute
    (problem,) = found.problems
    assert problem.text == "cuda on a card didn't end within 1 s and was cut off."
    assert problem.grave


def test_a_crash_is_said_with_its_last_words() -> None:
    (problem,) = apart.examine(f"{HERE}:crashes", 120, False).problems
    assert problem.text.startswith("This check crashed: its process ended ")
    assert "about to crash" in problem.text


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("refuses", Problem("The card is gone.", "Put it back.", True)),
        (
            "lacks",
            Problem("The Python environment is not whole: no numpy.", "Run the installer again.", True),
        ),
        ("errs", Problem("ZeroDivisionError: x", apart.REPORT, True)),
    ],
)
def test_an_exception_becomes_a_problem(check: str, problem: Problem) -> None:
    assert apart.examine(f"{HERE}:{check}", 120, True) == Finding([], [problem])
