"""Our own contestants on this machine's CPU, and the card's clock on a card that isn't there."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.fake_card import Gpu
from backends.slot import plug_in
from ezvtb.backends import open_backend
from ezvtb.backends.base import TensorSpec
from ezvtb.bench import engines_first, entrant, peaks, session
from ezvtb.bench.clock import EventClock, WallClock, clock_of
from ezvtb.bench.gpu import device_of
from ezvtb.errors import BackendError
from ezvtb.tha.stages import STAGES

POSER = ["decomposer", *(stage.graph for stage in STAGES)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Little to multiply and to copy."""
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    monkeypatch.setattr(peaks, "SIDES", {False: 64, True: 64})
    monkeypatch.setattr(peaks, "COPIED", 1 << 16)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small: None) -> Gpu:
    return plug_in(monkeypatch, tmp_path)


def test_the_cards_own_clock_times_what_is_queued_and_places_what_is_read_on_the_card(gpu: Gpu) -> None:
    engines_first.build_files(peaks.graphs("fp32", on_card=True).values(), 0)
    backend = importlib.import_module("ezvtb.backends.tensorrt").TensorRtBackend(0, half=False)
    clock = clock_of("tensorrt", 0)
    assert isinstance(clock, EventClock)
    trials = peaks.prepare(backend, clock)
    assert [trial.amount for trial in trials.values()] == [2 * 64**3, 2 << 16]
    for trial in trials.values():
        assert clock.milliseconds(lambda trial=trial: trial.graph.run(trial.buffers), 5) >= 1  # type: ignore[misc]
    out: Any = trials[peaks.COPY].buffers["out"]
    result = np.frombuffer(gpu.at(int(out.memory)), np.float32)
    assert 0 < np.abs(result).max() < 1  # it was filled with numbers that vary, and computed
    assert len(np.unique(result)) > 1000
    spec = TensorSpec((1, 2, 2, 4), np.dtype(np.uint8))
    given: Any = clock.given(backend, spec, np.full((1, 2, 2, 4), 7, np.uint8))
    back = backend.allocate(spec)
    assert clock.copy(given, back, 3) > 0
    assert (back == 7).all()


@pytest.mark.parametrize("kind", ["openvino", "onnxruntime"])
def test_product_and_copy_run_on_the_cpu_too(kind: str, small: None) -> None:
    clock = clock_of(kind, 0)
    assert isinstance(clock, WallClock)
    trials = peaks.prepare(open_backend(kind, 0, half=False), clock)
    product: Any = trials[peaks.PRODUCT]
    product.graph.run(product.buffers)
    matrix = product.buffers["matrix"].astype(np.float64)
    np.testing.assert_allclose(product.buffers["out"], matrix @ matrix, rtol=1e-2, atol=1e-6)


@pytest.mark.long
def test_a_round_of_ours_has_every_network_the_pose_the_peaks_and_a_core(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "openvino")
    monkeypatch.setattr(entrant, "CHAINS", {"tha3_separable": entrant.CHAINS["tha3_separable"], "no_such": ("x",)})
    about, measure = entrant.prepare("openvino", 0, False, 0)
    figures = measure()
    assert figures.keys() == {*POSER, entrant.WHOLE_POSE, peaks.PRODUCT, peaks.COPY, "core, x2"}
    assert min(figures.values()) > 0
    assert (about["backend"], about["precision"], about["clock"]) == ("OpenVINO", "fp32", "wall")
    assert "core, x4" in measure()  # the next one's turn


@pytest.mark.long
def test_a_round_of_a_plain_session_has_every_network_and_the_pose() -> None:
    about, measure = session.prepare("onnxruntime", 0, False)
    assert measure().keys() == {*POSER, entrant.WHOLE_POSE}
    assert about["backend"] == "plain session, CPUExecutionProvider"


def test_a_provider_that_is_not_there_is_said() -> None:
    with pytest.raises(BackendError, match="CUDAExecutionProvider is not part"):
        session.prepare("cuda", 0, False)


def test_a_device_that_there_is_not_is_said_with_those_that_there_are() -> None:
    with pytest.raises(BackendError, match="There is no device 99") as caught:
        device_of(99)
    assert "0: " in caught.value.remedy


def test_of_the_installed_networks_all_that_are_measured_are_built_first() -> None:
    names = engines_first.networks()
    assert {"tha3_separable/fp16/editor", "rife40/fp32/x4_320", "realesr_animevideov3/fp16/face_x4"} <= set(names)
    assert len(names) == 2 * sum(map(len, entrant.CHAINS.values()))
