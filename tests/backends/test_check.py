"""The check network and the golden pose: what passes, what doesn't, and what becomes of a backend that doesn't."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb import backends
from ezvtb.backends import Kind, candidates, check, golden
from ezvtb.backends.base import Backend, Graph
from ezvtb.backends.devices import Device
from ezvtb.backends.onnxruntime import CPU, OnnxRuntimeBackend
from ezvtb.errors import BackendError
from ezvtb.models import store
from ezvtb.paths import RECORD
from ezvtb.tha.poser import Poser
from ezvtb_interface import get_core

from .make_golden import parts

REAL = [("openvino", False), ("openvino", True), ("onnxruntime", False)]


class SpoiltGraph(Graph):
    """Adds noise to the bytes that a graph gives."""

    def __init__(self, graph: Graph, noise: int) -> None:
        self.inputs, self.outputs = graph.inputs, graph.outputs
        self._graph, self._noise = graph, noise

    def run(self, buffers: Any) -> None:
        self._graph.run(buffers)
        for name in self.outputs:
            if isinstance(buffers[name], np.ndarray) and buffers[name].dtype == np.uint8:
                noise = np.random.default_rng(1).integers(0, self._noise + 1, buffers[name].shape, np.uint8)
                buffers[name][...] = np.where(buffers[name] < 128, buffers[name] + noise, buffers[name] - noise)


class SpoiltBackend(OnnxRuntimeBackend):
    """ONNX Runtime on a CPU that plays a device: wrong at half precision, or at any."""

    name = "Spoilt"
    spoilt_at: "tuple[str, ...]" = ("fp16",)
    noise = 40

    def __init__(self, number: int, half: bool) -> None:
        super().__init__(CPU._replace(memory="cpu", title="Spoilt"), number, half)

    def load(self, path: Path) -> Any:
        graph = super().load(path)
        return SpoiltGraph(graph, self.noise) if self.precision in self.spoilt_at else graph


class HopelessBackend(SpoiltBackend):
    spoilt_at = ("fp16", "fp32")


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a backend before all others, on a device of its own."""
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)

    def put(made: type[Backend]) -> None:
        monkeypatch.setitem(backends.KINDS, "spoilt", Kind(__name__, made.__name__))
        monkeypatch.setattr(backends, "PREFERENCE", ("spoilt", *backends.PREFERENCE))
        listing = backends.devices.find()
        listing.devices.insert(0, Device("a card", 2**33, {"spoilt": 0}))
        monkeypatch.setattr(backends.devices, "find", lambda: listing)

    return put


@pytest.mark.parametrize(("kind", "half"), REAL)
def test_the_real_backends_give_the_check_networks_answer(kind: str, half: bool) -> None:
    check.prove(backends.open_backend(kind, 0, half))


def test_the_check_networks_half_graph_gives_the_answer_too() -> None:
    check.prove(OnnxRuntimeBackend(CPU._replace(memory="cpu"), 0, half=True))


def test_an_answer_that_has_nothing_to_do_with_it_is_far_off() -> None:
    given, answer = (np.load(check.FOLDER / f"{name}.npy") for name in ("given", "answer"))
    assert check.psnr(given, answer) < 20
    assert check.psnr(answer, answer) > 97


def test_half_precision_that_is_wrong_is_replaced_by_full_on_the_same_device(spoilt: Any) -> None:
    spoilt(SpoiltBackend)
    choice = backends.first_that_works(0, True, check.prove)
    assert (choice.backend.name, choice.backend.precision, choice.half_refused) == ("Spoilt", "fp32", True)
    (reason,) = choice.refused
    assert "wrongly at fp16" in reason


def test_a_device_that_computes_wrongly_gives_way_to_the_next(spoilt: Any) -> None:
    spoilt(HopelessBackend)
    choice = backends.first_that_works(0, True, check.prove)
    assert choice.backend.name == "OpenVINO"
    assert ["wrongly at fp16" in choice.refused[0], "wrongly at fp32" in choice.refused[1]] == [True, True]


def test_the_poser_finds_wrong_half_precision_by_the_golden_pose_and_says_so(spoilt: Any) -> None:
    spoilt(SpoiltBackend)
    (tha, *_) = get_core(use_cacher=False, use_interpolation=False).report
    assert (tha.backend, tha.precision) == ("Spoilt", "fp32")
    assert "computes the golden pose wrongly at fp16" in tha.why


def test_of_a_device_whose_half_precision_is_wrong_nobody_says_that_it_does_not_pay(spoilt: Any) -> None:
    spoilt(SpoiltBackend)
    report = get_core(use_cacher=False, model_half=False).report
    assert (report[2].backend, report[2].precision) == ("Spoilt", "fp32")
    assert "computes the golden in-between frame wrongly at fp16" in report[2].why
    assert not any("doesn't pay" in line.limits for line in report)


class UnableBackend(OnnxRuntimeBackend):
    """A device that computes rightly, and doesn't take RIFE's graphs."""

    name = "Unable"

    def __init__(self, number: int, half: bool) -> None:
        super().__init__(CPU._replace(title="Unable"), number, half)

    def load(self, path: Path) -> Any:
        if path.parts[-3] == "rife40":
            raise BackendError(f"Unable can't load {path.name}.")
        return super().load(path)


def test_a_graph_that_one_backend_does_not_load_is_run_by_the_next(spoilt: Any) -> None:
    spoilt(UnableBackend)
    report = {line.component: line for line in get_core(use_cacher=False).report}
    assert report["tha"].backend == "Unable"
    assert (report["rife"].backend, "Unable can't load flow_320.onnx" in report["rife"].why) == ("OpenVINO", True)


@pytest.mark.parametrize(
    ("avoided", "served"),
    [
        ("", "Unable"),
        ("Unable on device 1", "Unable"),
        ("Unable on {device}", "OpenVINO"),
        ("Unable on {device}\nOpenVINO on {cpu}", "ONNX Runtime"),
        ("Unable on {device}\nOpenVINO on {cpu}\nONNX Runtime on {cpu}", "Unable"),
    ],
)
def test_what_failed_again_and_again_is_tried_last(
    avoided: str, served: str, spoilt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt(UnableBackend)
    names = {"device": UnableBackend(0, half=False).device, "cpu": backends.open_backend("openvino", 0, False).device}
    monkeypatch.setenv("EZVTB_AVOIDED", avoided.format(**names))
    choice = backends.first_that_works(0, False, check.prove)
    assert choice.backend.name == served
    assert ("Unable failed again and again" in "".join(choice.refused)) == ("{device}" in avoided)


class FaultlessBackend(SpoiltBackend):
    spoilt_at = ()


def test_a_model_that_is_there_in_full_precision_only_is_used_at_full_precision(
    spoilt: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = store.model_folder("tha3_separable")
    folder = tmp_path / installed.name
    folder.mkdir()
    (folder / "fp32").symlink_to(installed / "fp32", target_is_directory=True)
    record = json.loads((installed / RECORD).read_text("utf-8"))
    record["graphs"] = {path: graph for path, graph in record["graphs"].items() if path.startswith("fp32/")}
    (folder / RECORD).write_text(json.dumps(record), "utf-8")
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path))
    spoilt(FaultlessBackend)
    (tha, *_) = get_core(use_cacher=False, use_interpolation=False).report
    assert (tha.backend, tha.precision) == ("Spoilt", "fp32")
    assert "not installed in precision 'fp16'" in tha.why


def test_the_device_that_is_asked_for_comes_first_and_the_others_after_it() -> None:
    cards = [Device("a", 1, {"cuda": 0, "directml": 1}), Device("b", 1, {"cuda": 1, "directml": 0})]
    found = [*cards, Device("cpu", 0, {"openvino": 0, "onnxruntime": 0})]
    tried = {device_id: list(candidates(found, device_id, backends.PREFERENCE)) for device_id in range(4)}
    rest = [("openvino", 0), ("onnxruntime", 0)]
    assert tried[0] == [("cuda", 0), ("directml", 1), ("cuda", 1), ("directml", 0), *rest]
    assert tried[1] == [("cuda", 1), ("directml", 0), ("cuda", 0), ("directml", 1), *rest]
    assert tried[2] == [*rest, ("cuda", 0), ("directml", 1), ("cuda", 1), ("directml", 0)]
    assert tried[3] == tried[0]  # gone: as if none was asked for
    assert list(candidates(found, 1, ("cuda",))) == [("cuda", 1), ("cuda", 0)]
    assert list(candidates(found[2:], 0, ("cuda",))) == [("cuda", 0)]


def test_the_golden_pose_is_that_of_the_tests_goldens() -> None:
    with np.load(golden.FILE) as stored:
        for name, value in parts().items():
            assert np.array_equal(stored[name], value), name


@pytest.fixture
def official() -> Any:
    """A poser of the official weights on ONNX Runtime, its model and its backend."""
    backend = backends.open_backend("onnxruntime", 0, half=False)
    model = store.find("tha3_separable")
    return Poser(backend, model.graphs, 1 << 28), model, backend


def test_the_official_weights_draw_the_references_frame_and_the_poser_is_as_new(official: Any) -> None:
    golden.prove(*official)
    assert set(official[0].statistics.values()) == {0}


def test_another_frame_than_the_references_is_refused(official: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    poser, model, backend = official
    monkeypatch.setattr(golden, "draw", lambda poser, picture, pose: picture)
    with pytest.raises(BackendError, match="golden pose wrongly"):
        golden.prove(poser, model, backend)


@pytest.mark.parametrize("damage", [None, b"no array"])
def test_other_weights_are_measured_by_what_the_cpu_draws_and_that_is_kept(
    official: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: "bytes | None"
) -> None:
    poser, model, backend = official
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    record = store.read_record("tha3_separable")
    assert record is not None
    monkeypatch.setattr(store, "read_record", lambda _: store.Record(record.graph_version, {}, record.graphs))
    monkeypatch.setattr(store, "find", lambda *_: model)
    golden.prove(poser, model, backend)
    (kept,) = (tmp_path / "golden").iterdir()
    first = np.load(kept)
    if damage:
        kept.write_bytes(damage)
    else:
        monkeypatch.setattr(golden, "open_backend", None)  # it isn't drawn again
    golden.prove(poser, model, backend)
    assert [path.name for path in (tmp_path / "golden").iterdir()] == [kept.name]
    assert np.array_equal(np.load(kept), first)
