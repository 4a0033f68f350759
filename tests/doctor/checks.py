"""Checks that misbehave, for the tests of the process that runs them."""

import os
import sys
import time

from ezvtb.doctor.finding import Finding, Problem
from ezvtb.errors import BackendError


def good(word: str, number: int) -> Finding:
    print("noise on the output")
    os.write(1, b"and noise of a library\n")
    return Finding([f"{word} {number}"], [Problem("text", "remedy")])


def hangs() -> Finding:
    time.sleep(60)
    return Finding([], [])


def crashes() -> Finding:
    print("about to crash", file=sys.stderr, flush=True)
    os.abort()


def refuses() -> Finding:
    raise BackendError("The card is gone.", "Put it back.")


def lacks() -> Finding:
    raise ImportError("no numpy")


def errs() -> Finding:
    raise ZeroDivisionError("x")
