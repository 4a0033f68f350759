"""Exact frames, loudness, hotkeys, settings with libobs itself, without a frontend: the system's, and of PyPI 32."""

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ezvtb.setup.headless_obs import Xvfb
from ezvtb_obs.hotkeys import HOTKEYS
from ezvtb_obs.microphone import SILENCE

from .stage import PROJECT

PROBE = Path(__file__).with_name("libobs_probe.py")
FFMPEG_6 = {"avcodec": 60, "avformat": 60, "avutil": 58, "swscale": 7, "swresample": 4}
"""What pylibobs 32.2.2 is linked with; av 12.3 brings it, under names of its own."""

_WHERE = """
from importlib.util import find_spec
for name in ("pylibobs", "av"):
    print(find_spec(name).submodule_search_locations[0])
"""


def probe(server: Xvfb, python: str, *arguments: str, libraries: "tuple[Path, ...]" = ()) -> "dict[str, Any]":
    environment = {
        **os.environ,
        "DISPLAY": server.display,
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "PYTHONPATH": os.pathsep.join(str(PROJECT / folder) for folder in ("core", "obs_script")),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
    }
    done = subprocess.run(
        [python, str(PROBE), *arguments], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def check(found: "dict[str, Any]", version: str) -> None:
    assert found["version"].startswith(version)
    assert found["name"] == "EZVTB Avatar"
    assert found["exact"] == 5
    assert found["shows"]
    assert found["gone"]
    assert found["heard"] == [None, pytest.approx(-20, abs=0.1), SILENCE, None]
    assert found["chosen"] == ["1", "A card", "2", ""]
    assert found["pressed"] == [[], list(HOTKEYS), [], list(HOTKEYS)]


@pytest.mark.skipif(ctypes.util.find_library("obs") is None, reason="libobs is not installed")
def test_the_installed_libobs_works_with_us(server: Xvfb) -> None:
    # not "libobs-opengl" for the second: a file of that very name comes with the headers only
    library, graphics = map(ctypes.util.find_library, ("obs", "obs-opengl"))
    assert library
    assert graphics
    check(probe(server, sys.executable, library, graphics), "")


@pytest.mark.long
def test_libobs_32_works_with_us(server: Xvfb, tmp_path: Path) -> None:
    """EZVTB_TEST_PYLIBOBS names the Python of an environment with `pylibobs==32.2.2 av==12.3.0 cffi numpy`."""
    python = os.environ.get("EZVTB_TEST_PYLIBOBS", sys.executable)
    asked = subprocess.run([python, "-c", _WHERE], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("pylibobs and av are not installed in the environment of EZVTB_TEST_PYLIBOBS")
    package, av = map(Path, asked.stdout.splitlines())
    bundled = av.parent / "av.libs"
    for name, number in FFMPEG_6.items():
        (library,) = bundled.glob(f"lib{name}-*.so.{number}.*")
        (tmp_path / f"lib{name}.so.{number}").symlink_to(library)
    libs = package / "_libs" / "linux" / "x86_64"
    found = probe(
        server,
        python,
        str(next(libs.rglob("libobs.so.30"))),
        "libobs-opengl",
        str(next(libs.rglob("data"))),
        libraries=(tmp_path, bundled, libs),
    )
    check(found, "32.2.2")
