"""What others may do while a thread waits in a read of stdin, and how the process ends with it."""

import subprocess
import sys
import threading
from pathlib import Path

CORE = Path(__file__).parents[1] / "core"
PATIENCE = 60
BEGIN = f"import os, subprocess, sys, threading; sys.path.insert(0, {str(CORE)!r}); from ezvtb import own_stdin\n"
CHILD = "import sys; sys.stdout.write(repr(sys.stdin.read()))"


def started(program: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", BEGIN + program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_what_comes_is_for_whoever_took_it() -> None:
    with started("pipe = own_stdin.take(); print(repr(sys.stdin.read()), os.read(pipe, 9), flush=True)") as process:
        assert process.communicate("poses", PATIENCE)[0].split() == ["''", "b'poses'"]


def test_while_a_thread_waits_libraries_load_and_programs_start() -> None:
    program = f"""
own_stdin.end_with_it()
import numpy
said = subprocess.run([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE, check=True).stdout
print("numpy", said.decode(), flush=True)
threading.Event().wait()
"""
    with started(program) as process:
        assert process.stdout is not None
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        assert process.stdout.readline().split() == ["numpy", "''"]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 1
        timer.cancel()
