"""TensorRT on a card that isn't there."""

import gc
import importlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.backends import background_build, check, devices, engines, golden
from ezvtb.backends.background_build import BackgroundBuild, command
from ezvtb.backends.base import DeviceBuffer
from ezvtb.backends.devices import Device
from ezvtb.errors import BackendError
from ezvtb.models import store
from ezvtb.tha.poser import Poser
from ezvtb_interface import get_core

from .fake_card import CARD, Gpu
from .fake_drivers import Code
from .fake_tensorrt import DAMAGED, OF_ANOTHER_DRIVER
from .make_golden import parts


@pytest.fixture
def builder(gpu: Gpu) -> Any:
    return importlib.import_module("ezvtb.backends.tensorrt_build")


@pytest.fixture
def backend(gpu: Gpu) -> Any:
    return importlib.import_module("ezvtb.backends.tensorrt").TensorRtBackend(0, half=False)


def test_the_poser_draws_the_golden_pose_and_only_the_frame_comes_back(backend: Any, builder: Any, gpu: Gpu) -> None:
    builder.run(["tha3_separable/fp32"], 0, lambda progress: None)
    model = store.find("tha3_separable")
    poser = Poser(backend, model.graphs, 1 << 28)
    golden.prove(poser, model, backend)
    pose = parts()["pose"]
    out = poser.allocate_frame()
    poser.set_picture(parts()["picture"])
    poser.pose(pose, out)
    first = out.host.copy()
    poser.pose(np.zeros(45, np.float32), out)
    assert not np.array_equal(out.host, first)
    poser.pose(pose, out)  # from the stage cache
    assert np.array_equal(out.host, first)
    assert not gpu.queue
    blocks = len(gpu.memory)
    for number in range(3):
        poser.pose(pose * (number / 3), out)
    poser._cache.clear()
    for number in range(3):
        poser.pose(pose * (number / 3), out)
    assert len(gpu.memory) <= blocks + 3 * 3  # of each pose eyebrows, face and frame are kept


def test_any_thread_may_call_and_one_does_all_that_the_card_is_told(backend: Any, builder: Any, gpu: Gpu) -> None:
    builder.run(["tha3_separable/fp32"], 0, lambda progress: None)
    threads: set[str] = set()
    really = gpu.check
    gpu.check = lambda: (threads.add(threading.current_thread().name), really())[1]  # type: ignore[method-assign]
    posers: list[Poser] = []
    out: list[Any] = []
    model = store.find("tha3_separable")
    steps: list[Callable[[], Any]] = [
        lambda: posers.append(Poser(backend, model.graphs, 1 << 28)),
        lambda: out.append(posers[0].allocate_frame()),
        lambda: posers[0].set_picture(parts()["picture"]),
        lambda: posers[0].pose(parts()["pose"], out[0]),
        posers.clear,
        gc.collect,
    ]
    for step in steps:
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert check.psnr(out[0].host, parts()["frame"]) > 50
    backend._card.do(gpu.check)
    assert threads == {"ezvtb-card-0"}


def test_the_host_may_write_an_input_again_before_the_graph_has_run(backend: Any, builder: Any, gpu: Gpu) -> None:
    builder.run(["tha3_separable/fp32"], 0, lambda progress: None)
    graphs = store.find("tha3_separable").graphs
    graph = backend.load(graphs["combiner"])
    buffers: dict[str, Any] = {name: backend.allocate(spec) for name, spec in graph.inputs.items()}
    results = []
    for value in (0.25, 0.75):
        out = backend.allocate_on_device(graph.outputs["eyebrow"])
        for buffer in buffers.values():
            buffer[:] = value
        graph.run({**buffers, "eyebrow": out})
        results.append(out)
    assert gpu.queue  # nobody has waited for the last of them
    backend._card.do(backend._card.synchronize)
    first, second = (np.frombuffer(gpu.at(int(result.memory)), np.float32) for result in results)
    assert not np.array_equal(first, second)
    assert all(isinstance(result, DeviceBuffer) for result in results)


def test_without_its_engine_it_says_which_and_on_which_card(backend: Any) -> None:
    with pytest.raises(engines.NotBuilt, match=r"tha3_separable/fp32/editor isn't built yet") as caught:
        backend.load(store.find("tha3_separable").graphs["editor"])
    assert caught.value.number == 0


def test_an_engine_that_tensorrt_does_not_take_is_deleted(backend: Any) -> None:
    graph = store.find("tha3_separable").graphs["editor"]
    wanted = engines.identity(graph, "11.4.0.106", CARD)
    engines.write(wanted, b"of another card")
    with pytest.raises(BackendError, match="doesn't take its engine"):
        backend.load(graph)
    assert not wanted.path.exists()


@pytest.mark.parametrize(("failing", "words"), [("context", "no memory left"), ("execute", "TensorRT failed")])
def test_what_fails_is_said(failing: str, words: str, backend: Any, builder: Any, gpu: Gpu) -> None:
    builder.run(["tha3_separable/fp32"], 0, lambda progress: None)
    gpu.fails[failing] = True
    with pytest.raises(BackendError, match=words):
        Poser(backend, store.find("tha3_separable").graphs, 0).set_picture(parts()["picture"])


def test_a_build_tells_how_far_it_is_and_keeps_engines_and_timings(builder: Any) -> None:
    told: list[dict[str, Any]] = []
    builder.run(["tha3_separable/fp32"], 0, told.append)
    assert [each["done"] for each in told] == sorted(each["done"] for each in told)
    assert (told[0]["done"], told[0]["seconds_left"], told[-1]["done"]) == (0.0, None, 1.0)
    assert {(each["network"], each["of"]) for each in told} == {(n, 5) for n in range(1, 6)}  # and nothing but these
    assert engines.read_timings("11.4.0.106", CARD) == b"timed." * 5
    told.clear()
    builder.run(["tha3_separable/fp32"], 0, told.append)
    assert told == []  # nothing is missing


@pytest.mark.parametrize("kept", [DAMAGED, OF_ANOTHER_DRIVER])
def test_timings_that_tensorrt_does_not_take_are_measured_anew(kept: bytes, builder: Any) -> None:
    engines.write_timings("11.4.0.106", CARD, kept)
    builder.run(["tha3_separable/fp32/rotator", "tha3_separable/fp32/editor"], 0, lambda progress: None)
    assert engines.read_timings("11.4.0.106", CARD) == b"timed." * 2


def test_a_build_goes_on_where_it_was_stopped(builder: Any, gpu: Gpu) -> None:
    told: list[dict[str, Any]] = []
    builder.run(["tha3_separable/fp32"], 0, told.append)
    graph = store.find("tha3_separable").graphs["rotator"]
    engines.delete(engines.identity(graph, "11.4.0.106", CARD))
    told.clear()
    builder.run(["tha3_separable/fp32"], 0, told.append)
    assert {each["name"] for each in told} == {"tha3_separable/fp32/rotator"}


@pytest.mark.parametrize("end", ["cancelled", "killed"])
def test_what_a_build_has_done_and_its_timings_survive_its_end(end: str, builder: Any) -> None:
    process = [sys.executable, str(Path(__file__).with_name("building.py")), "3", "--json", "tha3_separable/fp32"]
    building = BackgroundBuild(process)
    until = time.monotonic() + 60
    while building.facts.get("network") != 3:
        assert building.running, building.error
        assert time.monotonic() < until
        time.sleep(0.05)
    if os.name == "posix":
        assert os.getpriority(os.PRIO_PROCESS, building._process.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    if end == "cancelled":
        building.cancel()
    else:
        building._process.kill()
    assert building.wait(60)
    assert building.facts["state"] == {"cancelled": "cancelled", "killed": "failed"}[end]
    assert len(list(engines.folder().glob("*.engine"))) == 2
    assert engines.read_timings("11.4.0.106", CARD) == b"timed." * 2
    told: list[dict[str, Any]] = []
    builder.run(["tha3_separable/fp32"], 0, told.append)
    assert told[-1]["of"] == 3
    assert engines.read_timings("11.4.0.106", CARD) == b"timed." * 5


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ("parse", "an operator that there isn't"),
        ("build", "can't build tha3_separable/fp32/decomposer"),
        ("start", "TensorRT doesn't start"),
    ],
)
def test_a_build_that_fails_says_why_and_keeps_nothing(
    failing: str, words: str, builder: Any, gpu: Gpu, capsys: pytest.CaptureFixture[str]
) -> None:
    gpu.fails[failing] = True
    assert builder.main(["tha3_separable/fp32"]) == 1
    assert words in capsys.readouterr().out
    assert not list(engines.folder().glob("*.engine"))


def test_the_command_shows_its_progress(builder: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert builder.main(["tha3_separable/fp32"]) == 0
    assert "5 of 5: tha3_separable/fp32/editor, 100%" in capsys.readouterr().out


POSER_ONLY: dict[str, Any] = {"use_cacher": False, "use_interpolation": False}


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch, gpu: Gpu) -> list[list[str]]:
    """The commands of the builds that are started in the background."""
    started: list[list[str]] = []
    devices.find().devices.append(Device("a CPU", 0, {"openvino": 0, "onnxruntime": 0}))
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)
    monkeypatch.setattr(background_build, "BackgroundBuild", started.append)
    return started


def test_while_engines_are_missing_another_backend_plays_and_they_are_built(builds: list[list[str]]) -> None:
    core = get_core(**POSER_ONLY)
    assert core.report[0].backend == "OpenVINO"
    assert "tha3_separable/fp16/decomposer isn't built yet" in core.report[0].why
    stages = ("decomposer", "combiner", "morpher", "rotator", "editor")
    assert builds == [command([f"tha3_separable/fp16/{stage}" for stage in stages], 0)]
    assert [device["name"] for device in core.devices] == [f"{CARD} (12 GB)", "a CPU"]


ALL: dict[str, Any] = {"use_cacher": False, "use_sr": True, "sr_x4": False, "interpolation_half": False}


def test_one_build_makes_the_engines_of_all_that_the_options_need(builds: list[Any], builder: Any, avatar: Any) -> None:
    assert {line.backend for line in get_core(**ALL).report} == {"OpenVINO", "off"}
    (graphs,) = ([each for each in build if "/fp" in each] for build in builds)
    stages = ("decomposer", "combiner", "morpher", "rotator", "editor")
    windows = ("flow_320", "flow_512", "x2_320", "x2_512")
    assert graphs[:5] == [f"tha3_separable/fp16/{stage}" for stage in stages]
    assert sorted(graphs[5:]) == [*(f"rife40/fp32/{name}" for name in windows), "waifu2x_upconv7/fp16/noise1_x2"]
    builds.clear()
    builder.run(graphs, 0, lambda progress: None)
    core = get_core(**ALL)
    assert [(line.backend, line.precision) for line in core.report if line.backend != "off"] == [
        ("TensorRT", "fp16"),
        ("TensorRT", "fp32"),
        ("TensorRT", "fp16"),
    ]
    assert builds == []
    core.setImage(avatar)
    for pose in (np.zeros((1, 45), np.float32), np.full((1, 45), 0.2, np.float32)):
        assert [frame.shape for frame in core.inference(pose)] == [(1024, 1024, 4)] * 2


@pytest.mark.parametrize("x4", [False, pytest.param(True, marks=pytest.mark.long)])
def test_the_whole_chain_gives_the_frames_that_onnx_runtime_gives_from_the_hosts_memory(
    *, x4: bool, builds: list[Any], builder: Any, gpu: Gpu, avatar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card that isn't there computes by the same ONNX Runtime: what differs is where the frames are."""
    options = ALL | {"sr_x4": x4, "model_half": False, "sr_half": False}
    sr = "realesr_animevideov3" if x4 else "waifu2x_upconv7"
    builder.run([f"{name}/fp32" for name in ("tha3_separable", "rife40", sr)], 0, lambda progress: None)
    core = get_core(**options)
    assert [line.backend for line in core.report] == ["TensorRT", "off", "TensorRT", "TensorRT"]
    monkeypatch.setenv("EZVTB_BACKEND", "onnxruntime")
    host = get_core(**options)
    for each in (core, host):
        each.setImage(avatar)
    turned = np.zeros((1, 45), np.float32)
    turned[0, 41], turned[0, 26] = 0.8, 0.6
    gpu.uploaded.clear()
    for pose in (np.zeros((1, 45), np.float32), turned):
        frames, expected = core.inference(pose), host.inference(pose)
        assert [np.array_equal(frame, truth) for frame, truth in zip(frames, expected)] == [True, True]
    assert core.statistics["rife_interpolated"] == 1
    assert set(gpu.uploaded) == {4 * 12, 4 * 27, 4 * 6}  # of both poses nothing goes to the card but their values
    assert core.notes == []


def test_what_can_not_be_built_keeps_nothing_else_from_it(
    builder: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    really = builder.build

    def build(graph: Path, *others: Any) -> None:
        if graph.stem == "combiner":
            raise BackendError("TensorRT can't build the combiner.")
        really(graph, *others)

    monkeypatch.setattr(builder, "build", build)
    monkeypatch.setattr(builder, "_go_to_the_background", lambda: None)
    assert builder.main(["--json", "tha3_separable/fp32"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told == {"error": "TensorRT can't build the combiner.", "built": 4}
    assert len(list(engines.folder().glob("*.engine"))) == 4


@pytest.mark.parametrize("name", ["tha3_separable/fp32/no_such", "no_such/fp32", "tha3_separable"])
def test_what_is_no_graph_is_named(name: str, builder: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert builder.main([name]) == 1
    assert re.search("no graph 'no_such'|no_such is not installed|in precision ''", capsys.readouterr().out)


def test_with_its_engines_tensorrt_is_used_as_asked(builds: list[list[str]], builder: Any, avatar: Any) -> None:
    builder.run(["tha3_separable/fp16"], 0, lambda progress: None)
    core = get_core(**POSER_ONLY)
    tha = core.report[0]
    assert (tha.backend, tha.precision, tha.device, tha.why) == ("TensorRT", "fp16", CARD, "")
    core.setImage(avatar)
    (frame,) = core.inference(np.zeros((1, 45), np.float32))
    assert 0.1 < (frame[..., 3] > 128).mean() < 0.9
    assert builds == []


@pytest.mark.parametrize(
    ("failing", "code", "words"),
    [
        ("start", True, "TensorRT doesn't start: the engine's log says why. Update the driver"),
        ("cuMemAlloc", Code.CUDA_ERROR_OUT_OF_MEMORY, f"TensorRT: {CARD} has no memory left. Close what else uses it"),
        ("context", True, f"TensorRT: {CARD} has no memory left. Close what else uses it"),
    ],
)
def test_a_card_that_can_not_is_said_in_clear_words_and_the_next_backend_plays(
    *, failing: str, code: Any, words: str, builds: list[list[str]], builder: Any, gpu: Gpu
) -> None:
    builder.run(["tha3_separable/fp16"], 0, lambda progress: None)
    gpu.fails[failing] = code
    (tha, *_) = get_core(**POSER_ONLY).report
    assert tha.backend == "OpenVINO"
    assert words in tha.why


def test_tensorrt_is_not_tried_where_it_is_not_wanted(builds: list[list[str]]) -> None:
    (tha, *_) = get_core(**POSER_ONLY, use_tensorrt=False).report
    assert "TensorRT" not in tha.why
    assert builds == []
