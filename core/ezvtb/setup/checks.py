"""`--test`: ruff, mypy and the whole test suite, in that order; the first that fails ends it."""

import sys

from ezvtb.paths import PROJECT
from ezvtb.setup.console import Stopwatch, exit_code, say

# From Python 3.12 on the lock has a NumPy whose types are written for no older one.
_MYPY = ["mypy"] if sys.version_info < (3, 12) else ["mypy", "--python-version=3.12"]
CHECKS = (
    ("ruff check", ["ruff", "check", "."]),
    ("ruff format", ["ruff", "format", "--check", "."]),
    ("mypy --strict", _MYPY),
    # The long ones take the better part of an hour: they are for a release, not for every change.
    ("pytest", ["pytest", "-m", "not long"]),
)


def run_checks() -> int:
    """Runs every check; the exit code of the first that fails, else 0."""
    for title, arguments in CHECKS:
        say(f"== {title}")
        clock = Stopwatch()
        code = exit_code([sys.executable, "-m", *arguments], folder=PROJECT)
        if code != 0:
            say(f"== {title} failed after {clock} (exit code {code}).")
            return code
        say(f"== {title}: good, {clock}.")
    say("Left out: the tests that take minutes each. They run with: .venv/bin/python -m pytest -m long")
    return 0
