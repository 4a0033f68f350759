"""The one command for a bare machine: it can be read, and what it calls is there."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ezvtb.setup.runtime_choice import SETS

SCRIPT = Path(__file__).with_name("run.sh")


@pytest.mark.skipif(shutil.which("sh") is None, reason="a shell runs it")
def test_a_shell_can_read_it() -> None:
    subprocess.run(["sh", "-n", str(SCRIPT)], check=True)


def test_what_it_calls_is_there() -> None:
    text = SCRIPT.read_text("utf-8")
    called = re.findall(r"-m (ezvtb[.\w]*)", text) + re.findall(r"from (ezvtb[.\w]*) import", text)
    assert len(called) >= 3
    assert all(importlib.util.find_spec(name) for name in called)
    (runtime,) = re.findall(r"EZVTB_RUNTIME:-([\w-]+)", text)
    assert runtime in SETS
