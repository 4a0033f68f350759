"""The page: a summary, then a section each."""

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

from ezvtb.doctor.finding import Finding, Problem, Verdict

WIDTH = 100
"""Columns."""
_VERDICT, _TITLE = 9, 14
"""Columns of the verdict and of the title."""


_LONGEST = 200
"""Characters of a problem in the summary."""


class Result(NamedTuple):
    """A section as it was found."""

    title: str
    finding: Finding
    seconds: float
    """How long it took."""


def can_live(results: "Sequence[Result]") -> bool:
    """Whether there can be an avatar: nothing grave was found."""
    return all(result.finding.verdict is not Verdict.TROUBLE for result in results)


def summary(results: "Sequence[Result]") -> "tuple[str, list[tuple[str, Problem]]]":
    """The first line, and what it announces: the grave problems first, each with its section and only once."""
    found: dict[tuple[str, str], tuple[str, Problem]] = {}
    for result in results:
        for problem in result.finding.problems:
            key = problem.text, problem.remedy
            if key not in found or (problem.grave and not found[key][1].grave):
                found[key] = result.title, problem
    problems = sorted(found.values(), key=lambda each: not each[1].grave)
    grave = sum(problem.grave for _, problem in problems)
    light = len(problems) - grave
    if grave:
        line = f"{grave} thing{'s need' if grave > 1 else ' needs'} you" + (
            f", {light} more to look at" if light else ""
        )
        return f"{line}:", problems
    line = "The avatar can live here."
    return f"{line} {light} thing{'s' if light > 1 else ''} to look at:" if light else line, problems


def text(results: "Sequence[Result]", made_by: str) -> str:
    """The page, plain text."""
    line, problems = summary(results)
    lines = [line]
    for number, (title, problem) in enumerate(problems, 1):
        # what a runtime says may fill the page; it is whole in its section
        lines += _wrapped(
            textwrap.shorten(problem.text, _LONGEST, placeholder=" ..."), f"{number:>3}. {title}: ", "     "
        )
        if problem.remedy:
            lines += _wrapped(problem.remedy, "     -> ", "        ")
    lines += ["", made_by, ""]
    for result in results:
        lines += _section(result)
    return "\n".join(lines) + "\n"


def data(results: "Sequence[Result]", made_by: str) -> "dict[str, Any]":
    """The page for programs."""
    return {
        "made_by": made_by,
        "can_live": can_live(results),
        "summary": summary(results)[0],
        "sections": [
            {
                "title": result.title,
                "verdict": result.finding.verdict.value,
                "facts": result.finding.facts,
                "problems": [problem._asdict() for problem in result.finding.problems],
                "seconds": round(result.seconds, 1),
            }
            for result in results
        ],
    }


def _section(result: Result) -> "list[str]":
    head = f"{result.finding.verdict.value.upper():<{_VERDICT}}{result.title:<{_TITLE}}"
    blank = " " * len(head)
    lines: list[str] = []
    for line in [f"! {problem.text}" for problem in result.finding.problems] + result.finding.facts:
        lines += _wrapped(line, blank if lines else head, blank + "  ")
    return lines or [head.rstrip()]


def _wrapped(line: str, first: str, others: str) -> "list[str]":
    indent = " " * (len(line) - len(line.lstrip()))
    # one line: what others say may have several
    whole = " ".join(line.split())
    return textwrap.wrap(whole, WIDTH, initial_indent=first + indent, subsequent_indent=others + indent) or [first]
