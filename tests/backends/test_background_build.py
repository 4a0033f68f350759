"""A build in a process of its own: one that works, fails, hangs, is killed, or loses who started it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ezvtb.backends import background_build
from ezvtb.backends.background_build import BackgroundBuild, BuildList, command

PATIENCE = 60.0
"""Seconds: far more than any of these needs."""


def script(body: str) -> list[str]:
    return [sys.executable, "-c", f"import json, sys, time\n{body}"]


def step(network: int, left: "float | None" = None) -> str:
    line = json.dumps({"network": network, "of": 5, "name": "a", "done": network / 5, "seconds_left": left})
    return f"print({line!r}, flush=True)\n"


def test_a_build_that_works_tells_its_progress_and_that_it_is_ready() -> None:
    build = BackgroundBuild(script("print('a library says hello')\n" + step(1) + step(3, 150.0) + "sys.stdin.read()"))
    until = time.monotonic() + PATIENCE
    while build.facts.get("network") != 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert build.facts == {"state": "running", "network": 3, "of": 5, "seconds_left": 150.0}
    assert build.text == "TensorRT's engines are being built: network 3 of 5, about 2 min left."
    assert build.running
    assert build._process.stdin is not None
    build._process.stdin.close()
    assert build.wait(PATIENCE)
    assert (build.error, build.ready, build.facts) == ("", True, {"state": "ready"})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("print(json.dumps({'error': 'TensorRT says no.'})); sys.exit(1)", "TensorRT says no."),
        ("sys.exit(3)", "ended with 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", f"ended with {15 if os.name == 'nt' else -15}"),
    ],
)
def test_a_build_that_fails_or_is_killed_says_so(body: str, error: str) -> None:
    build = BackgroundBuild(script(body))
    assert build.wait(PATIENCE)
    assert error in build.error
    assert build.facts == {"state": "failed", "error": build.error}
    assert build.text == f"TensorRT's engines can't be built: {build.error}"
    assert not build.ready


def test_a_build_that_hangs_is_ended() -> None:
    build = BackgroundBuild(script(step(1) + "time.sleep(1000)"), silent_seconds=0.3)
    assert build.wait(PATIENCE)
    assert "nothing happened" in build.error
    assert build._process.returncode


def test_a_build_can_be_cancelled() -> None:
    build = BackgroundBuild(script("time.sleep(1000)"))
    build.cancel()
    assert (build.running, build.ready) == (False, False)
    assert build.facts == {"state": "cancelled"}
    assert "cancelled" in build.text
    assert build._process.returncode


def test_engines_that_could_be_built_are_ready_although_others_could_not() -> None:
    build = BackgroundBuild(script("print(json.dumps({'error': 'No.', 'built': 4})); sys.exit(1)"))
    assert build.wait(PATIENCE)
    assert build.ready


def test_the_build_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    child = script(f"sys.stdin.read(); open({str(ended)!r}, 'w')")
    starter = f"from ezvtb.backends.background_build import BackgroundBuild; BackgroundBuild({child!r})"
    subprocess.run(
        [sys.executable, "-c", starter], check=True, cwd=Path(__file__).parents[2] / "core", timeout=PATIENCE
    )
    until = time.monotonic() + PATIENCE
    while not ended.exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert ended.exists()


def test_the_command_is_that_of_the_builder() -> None:
    arguments = command(["tha3_separable/fp16/editor"], 1)
    assert arguments[1:3] == ["-m", "ezvtb.backends.tensorrt_build"]
    assert arguments[3:] == ["--json", "--kind", "tensorrt", "--device", "1", "tha3_separable/fp16/editor"]


def test_one_build_makes_what_all_components_lack_on_one_card(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(background_build, "BackgroundBuild", started.append)
    builds = BuildList()
    builds.start()
    assert started == []
    models = Path("models")
    builds.add("tha", [models / "tha3_separable" / "fp16" / "editor.onnx"], 1)
    builds.add("tha", [models / "tha3_separable" / "fp32" / "editor.onnx"], 1)  # the second best of the same
    builds.add("rife", [models / "rife40" / "fp16" / "x2_512.onnx"], 1)
    builds.add("sr", [models / "waifu2x_upconv7" / "fp16" / "noise1_x2.onnx"], 0)  # another card
    builds.start()
    assert started == [command(["tha3_separable/fp16/editor", "rife40/fp16/x2_512"], 1)]


def test_a_cancelled_build_is_started_anew_and_a_running_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_build, "command", lambda *_: script("sys.stdin.read()"))
    builds = BuildList()
    builds.cancel()
    assert (builds.facts, builds.running, builds.ready) == ({}, False, False)
    builds.add("tha", [Path("models/tha3_separable/fp16/editor.onnx")], 0)
    builds.start()
    first = builds._build
    builds.start()
    assert builds._build is first
    builds.cancel()
    assert (builds.facts, builds.running, builds.ready) == ({"state": "cancelled"}, False, False)
    builds.start()
    assert builds.facts == {"state": "running"}
    assert builds._build is not first
    builds.cancel()
