"""The page: its first lines, its layout, its form for programs."""

import json

import pytest

from ezvtb.doctor import page
from ezvtb.doctor.finding import Finding, Problem, Verdict
from ezvtb.doctor.page import Result

LIGHT = Problem("Slow.", "Wait.")
GRAVE = Problem("Gone.", "Fetch it.", grave=True)


def results(*problems: "list[Problem]") -> "list[Result]":
    return [Result(f"Part {number}", Finding(["fact"], each), 0.5) for number, each in enumerate(problems)]


@pytest.mark.parametrize(
    ("problems", "line", "lives"),
    [
        ([[]], "The avatar can live here.", True),
        ([[LIGHT]], "The avatar can live here. 1 thing to look at:", True),
        ([[LIGHT], [Problem("Old.")]], "The avatar can live here. 2 things to look at:", True),
        ([[GRAVE]], "1 thing needs you:", False),
        ([[LIGHT], [GRAVE]], "1 thing needs you, 1 more to look at:", False),
        ([[GRAVE], [GRAVE._replace(text="Off.")]], "2 things need you:", False),
        ([[GRAVE], [GRAVE]], "1 thing needs you:", False),
        ([[GRAVE._replace(grave=False)], [GRAVE]], "1 thing needs you:", False),
    ],
)
def test_the_first_line_says_how_it_is(problems: "list[list[Problem]]", line: str, lives: bool) -> None:
    assert page.summary(results(*problems))[0] == line
    assert page.can_live(results(*problems)) is lives


def test_what_keeps_the_avatar_from_living_comes_first_with_its_remedy() -> None:
    lines = page.text(results([LIGHT], [GRAVE]), "made by").splitlines()
    assert lines[1:3] == ["  1. Part 1: Gone.", "     -> Fetch it."]
    assert lines[3:5] == ["  2. Part 0: Slow.", "     -> Wait."]
    assert "made by" in lines


@pytest.mark.parametrize(
    ("problems", "verdict"), [([], Verdict.OK), ([LIGHT], Verdict.WARNING), ([LIGHT, GRAVE], Verdict.TROUBLE)]
)
def test_a_section_is_as_bad_as_its_worst_problem(problems: "list[Problem]", verdict: Verdict) -> None:
    (result,) = results(problems)
    assert result.finding.verdict is verdict
    assert page.text([result], "").splitlines()[-1 - len(problems)].startswith(verdict.value.upper())


def test_what_was_not_tried_is_neither_good_nor_bad() -> None:
    result = Result("T", Finding(["not tried"], [], tried=False), 0)
    assert result.finding.verdict is Verdict.SKIPPED
    assert page.text([result], "").splitlines()[-1].split() == ["SKIPPED", "T", "not", "tried"]
    assert page.can_live([result])


def test_no_line_is_wider_than_the_page() -> None:
    long = "word " * 60 + "x" * 80
    finding = Finding([long, "  " + long], [Problem(long, long)])
    lines = page.text([Result("A title", finding, 1)], "made by").splitlines()
    assert max(map(len, lines)) <= page.WIDTH


def test_several_lines_of_others_become_one() -> None:
    assert "a b" in page.text([Result("T", Finding(["a\n\tb"], []), 1)], "")


def test_programs_get_all_of_it() -> None:
    value = json.loads(json.dumps(page.data(results([GRAVE]), "made by")))
    assert value["can_live"] is False
    assert value["summary"] == "1 thing needs you:"
    assert value["sections"] == [
        {
            "title": "Part 0",
            "verdict": "trouble",
            "facts": ["fact"],
            "problems": [{"text": "Gone.", "remedy": "Fetch it.", "grave": True}],
            "seconds": 0.5,
        }
    ]
