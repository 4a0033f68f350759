"""What runs inside OBS needs no packages and no newer Python than 3.9."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
CORE, SCRIPT = PROJECT / "core", PROJECT / "obs_script"
INSIDE_OBS = [
    *SCRIPT.rglob("*.py"),
    *(CORE / "ezvtb" / "tracking").rglob("*.py"),
    *(CORE / "ezvtb" / name for name in ("__init__.py", "errors.py", "paths.py", "placement.py", "protocol.py")),
]


def module_name(path: Path) -> str:
    root = SCRIPT if path.is_relative_to(SCRIPT) else CORE
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", INSIDE_OBS, ids=module_name)
def test_it_is_python_3_9(path: Path) -> None:
    ast.parse(path.read_text("utf-8"), str(path), feature_version=(3, 9))


@pytest.mark.parametrize("path", INSIDE_OBS, ids=module_name)
def test_it_reads_no_clock_that_stands_still_for_a_frame_in_windows(path: Path) -> None:
    named = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not named & {"monotonic", "monotonic_ns"}


def test_everything_imports_with_site_packages_off() -> None:
    names = sorted(map(module_name, INSIDE_OBS))
    program = f"import sys; sys.path[:0] = {[str(CORE), str(SCRIPT)]}\nfor name in {names}: __import__(name)"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr


def test_outside_of_obs_the_script_says_so_and_does_not_fail() -> None:
    program = f"import sys; sys.path.insert(0, {str(SCRIPT)!r}); import ezvtb_avatar as a; a.script_load(None)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "EZVTB Avatar can't work" in done.stdout
