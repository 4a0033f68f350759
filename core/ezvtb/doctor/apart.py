"""Runs a check in a process of its own: what hangs is cut off, and what crashes takes nothing else along.

`python -m ezvtb.doctor.apart MODULE:FUNCTION GRAVE ARGUMENTS` answers with the finding as JSON on its output. It ends
when its input is closed, so that nothing outlives the doctor.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from ezvtb import own_stdin
from ezvtb.doctor.finding import Finding, Problem, problem_of
from ezvtb.errors import EzvtbError
from ezvtb.paths import PROJECT
from ezvtb_obs.engine_process import last_words

REPORT = "Report it with this page."
_INSTALLER = "Run the installer again."


def examine(
    function: str, seconds: float, grave: bool, arguments: "Sequence[Any]" = (), what: str = "This check"
) -> Finding:
    """What `module:function` of the doctor finds with these arguments (what JSON can hold).

    That it takes longer than `seconds`, crashes or raises is a problem, `grave` or not. `what` is how the user reads of
    it.
    """
    command = [sys.executable, "-m", "ezvtb.doctor.apart", function, json.dumps([grave, list(arguments)])]
    ours = os.pathsep.join(str(PROJECT / name) for name in ("core", "obs_script"))
    # files, not pipes: what the check itself started may hold them open after its end
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": ours, "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=said,
        )
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            text = f"{what} didn't end within {seconds:.0f} s and was cut off."
            return Finding([], [Problem(text, f"Restart the computer and try again. {REPORT}", grave)])
        finally:
            child.kill()
            child.wait()
            with contextlib.suppress(OSError):
                child.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        answer.seek(0)
        said.seek(0)
        return _understood(answer.read(), said.read().decode("utf-8", "replace"), child.returncode, grave, what)


def _understood(answer: bytes, said: str, code: int, grave: bool, what: str) -> Finding:
    try:
        return Finding.from_json(json.loads(answer))
    except (ValueError, KeyError, TypeError):
        how = f"by signal {-code}" if code < 0 else f"with exit code {code:#x}" if code > 255 else f"with {code}"
        words = last_words(said)
        text = f"{what} crashed: its process ended {how}." + (f" Its last words: {words}" if words else "")
        return Finding([], [Problem(text, REPORT, grave)])


def find(function: str, grave: bool, arguments: "Sequence[Any]") -> Finding:
    """What the check finds, in this process; that it raises is a problem."""
    module, _, name = function.partition(":")
    try:
        finding: Finding = getattr(importlib.import_module(module), name)(*arguments)
        return finding
    except EzvtbError as error:
        return Finding([], [problem_of(error, grave)])
    except ImportError as error:
        traceback.print_exc()
        return Finding([], [Problem(f"The Python environment is not whole: {error}.", _INSTALLER, grave)])
    except Exception as error:  # noqa: BLE001 (whatever it is, the page has to say it)
        traceback.print_exc()
        return Finding([], [Problem(f"{type(error).__name__}: {error}", REPORT, grave)])


def main(function: str, order: str) -> NoReturn:
    """The process: what else it prints doesn't get into its answer."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    own_stdin.end_with_it()
    grave, arguments = json.loads(order)
    finding = find(function, grave, arguments)
    with os.fdopen(answers, "wb") as output:
        output.write(json.dumps(finding._asdict()).encode())
    sys.stderr.flush()
    os._exit(0)  # a runtime that hangs or crashes while it is unloaded has answered all the same


if __name__ == "__main__":
    main(*sys.argv[1:])
