"""Contestants in processes of their own: what they answer, and what becomes of one that fails."""

import sys

import pytest

from ezvtb.bench.turns import Contestant, Result, in_turns

HEAD = "import json, sys, os, time\n"
SERVES = """
print(json.dumps({"ready": {"backend": "b"}}), flush=True)
for count, _ in enumerate(sys.stdin):
    print(json.dumps({"milliseconds": {"row": count + 1.0}}), flush=True)
"""


def contestant(name: str, code: str) -> Contestant:
    return Contestant(name, [sys.executable, "-c", HEAD + code])


def test_each_is_measured_once_a_round() -> None:
    told: list[str] = []
    first, second = in_turns([contestant("a", SERVES), contestant("b", SERVES)], 3, told.append)
    assert first == Result("a", {"backend": "b"}, {"row": [1.0, 2.0, 3.0]}, "")
    assert second.median("row") == 2.0
    assert second.median("other") is None
    assert told[:2] == ["a: ready", "b: ready"]


FAILURES = {
    "refuses": ('print(json.dumps({"error": "No card."}), flush=True)', "No card."),
    "crashes at once": ('sys.stderr.write("driver broke"); sys.exit(7)', "ended with 7. Its last words: driver broke"),
}


@pytest.mark.parametrize(("code", "words"), FAILURES.values(), ids=FAILURES)
def test_who_fails_is_out_and_says_why_and_the_others_go_on(code: str, words: str) -> None:
    out, other = in_turns([contestant("out", code), contestant("other", SERVES)], 2)
    assert words in out.error
    assert out.rows == {}
    assert other.rows == {"row": [1.0, 2.0]}


def test_a_crash_in_a_round_leaves_what_was_measured() -> None:
    code = SERVES.replace("    print", '    if count == 1: sys.stderr.write("lost"); os._exit(3)\n    print')
    (result,) = in_turns([contestant("a", code)], 3)
    assert result.rows == {"row": [1.0]}
    assert "ended with 3" in result.error


def test_who_does_not_answer_is_cut_off() -> None:
    slow = contestant("slow", "time.sleep(60)")
    assert not slow.wait_ready(0.5)
    assert slow.end().error == "It didn't answer within 0 s."


def test_a_program_that_is_not_there_is_said() -> None:
    (result,) = in_turns([Contestant("a", ["/no/such/python"])], 1)
    assert "/no/such/python doesn't start" in result.error


def test_who_stops_it_keeps_what_was_measured() -> None:
    def say(line: str) -> None:
        if line == "round 2 of 9":
            raise KeyboardInterrupt

    (result,) = in_turns([contestant("a", SERVES)], 9, say)
    assert result.rows == {"row": [1.0, 2.0]}
