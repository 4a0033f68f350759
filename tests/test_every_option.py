"""Every option of the public table, and every two of them together, in a running core."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.core import Core
from ezvtb.options import Options
from ezvtb_interface import get_core

ALTERNATIVES: list[tuple[str, Any]] = [
    ("device_id", 1),
    ("use_tensorrt", False),
    ("model_seperable", False),
    ("model_half", False),
    ("model_cache", False),
    ("model_vram_cache", False),
    ("model_cache_size", 0.001),
    ("use_cacher", False),
    ("cacher_on_database", True),
    ("cacher_quality", 100),
    ("cacher_ram_size", 0.01),
    ("cacher_db_path", "frames.db"),
    ("use_interpolation", False),
    ("interpolation_scale", 3),
    ("interpolation_scale", 4),
    ("interpolation_half", False),
    ("use_sr", True),
    ("sr_x4", False),
    ("sr_half", False),
    ("sr_noise", 3),
]
PAIRS = [(a, b) for a, b in itertools.combinations(ALTERNATIVES, 2) if a[0] != b[0]]


def named(case: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in (case if isinstance(case[0], tuple) else [case]))


def poses() -> np.ndarray[Any, Any]:
    """Three: the second is another than the first, the third is the first again."""
    made = np.zeros((3, 1, 45), np.float32)
    made[1, 0, 40] = 0.5
    made[1, 0, 26] = 0.75
    return made


def run_and_check(options: dict[str, Any], avatar: Any, folder: Path) -> Core:
    if "cacher_db_path" in options:
        options = options | {"cacher_db_path": folder / options["cacher_db_path"]}
    core = get_core(**options)
    core.setImage(avatar)
    asked = Options(**options)
    count = asked.interpolation_scale if asked.use_interpolation else 1
    side = 1024 if asked.use_sr else 512
    drawn = []
    for pose in poses():
        frames = core.inference(pose)
        assert [(frame.shape, frame.dtype) for frame in frames] == [((side, side, 4), np.uint8)] * count
        drawn.append(frames[-1].copy())
    assert drawn[0][..., 3].any()
    assert not np.array_equal(drawn[0], drawn[1])
    assert np.array_equal(drawn[0][..., 3], drawn[2][..., 3])  # alpha is exact, from the cache too
    assert not core.notes
    core.close()
    return core


@pytest.fixture
def null(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))


@pytest.mark.usefixtures("null")
@pytest.mark.parametrize("option", [("device_id", 0), *ALTERNATIVES], ids=named)
def test_each_option_runs(option: tuple[str, Any], avatar: Any, tmp_path: Path) -> None:
    run_and_check(dict([option]), avatar, tmp_path)


@pytest.mark.usefixtures("null")
@pytest.mark.parametrize("pair", PAIRS, ids=named)
def test_every_two_options_run_together(pair: Any, avatar: Any, tmp_path: Path) -> None:
    run_and_check(dict(pair), avatar, tmp_path)


OF_NO_NETWORK = {
    "device_id",
    "model_vram_cache",
    "model_cache_size",
    "cacher_quality",
    "cacher_ram_size",
    "cacher_db_path",
}
"""These change nothing of what the networks get or give, so that `null` tells as much."""
REAL = [
    pytest.param(option, marks=pytest.mark.long if option[0] in OF_NO_NETWORK else ())
    for option in ALTERNATIVES
    if not option[0].startswith("sr_")
]


@pytest.mark.parametrize("option", REAL, ids=named)
def test_each_option_runs_on_real_weights(option: tuple[str, Any], avatar: Any, tmp_path: Path) -> None:
    name, value = option
    needed = {"cacher_db_path": {"cacher_on_database": True}}.get(name, {})
    core = run_and_check({**needed, name: value}, avatar, tmp_path)
    assert {line.component for line in core.report if line.backend == "absent"} == set()


@pytest.mark.parametrize("option", [("sr_x4", False), ("sr_half", False), ("sr_noise", 3)], ids=named)
def test_each_option_of_super_resolution_runs_on_real_weights(
    option: tuple[str, Any], avatar: Any, tmp_path: Path
) -> None:
    name, value = option
    needed = {"use_sr": True, "use_interpolation": False, **({"sr_x4": False} if name == "sr_noise" else {})}
    core = run_and_check({**needed, name: value}, avatar, tmp_path)
    assert core.report[-1].backend == "OpenVINO"
