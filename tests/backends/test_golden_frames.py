"""The golden in-between frames and enlarged frames: what passes, what doesn't, and what becomes of a device then."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb import backends
from ezvtb.backends import check, golden, golden_frames
from ezvtb.backends.base import Backend, Graph
from ezvtb.backends.onnxruntime import CPU, OnnxRuntimeBackend
from ezvtb.errors import BackendError
from ezvtb.models import store
from ezvtb_interface import get_core

from .make_golden_frames import Case, cases

CASES = {case.graph: case for case in cases()}
OFFICIAL = ("x2_512", "x3_512", "x4_512", "noise0_x2", "noise1_x2", "noise2_x2", "noise3_x2", "face_x4")
CARD = CPU._replace(memory="cpu", title="A card")


def opened(case: Case, backend: Backend) -> tuple[Any, store.InstalledModel]:
    """The case's interpolator or enlarger on that backend, and its model."""
    model = store.find(case.model, backend.graph_precision)
    return case.build(backend, model.graphs), model


def prove(case: Case, backend: Backend) -> Any:
    """The interpolator or enlarger that stood the proof."""
    made, model = opened(case, backend)
    golden_frames.prove(case.graph, made, model, backend, case.build)
    return made


def test_there_is_an_answer_for_each_graph_and_none_is_large() -> None:
    assert set(CASES) == set(OFFICIAL)
    with np.load(golden_frames.FILE) as stored:
        assert set(stored.files) == {*OFFICIAL, "weights"}
        assert all(1000 < len(stored[name]) < 2000 for name in OFFICIAL)
    assert golden_frames.FILE.stat().st_size < 25_000


@pytest.mark.parametrize("graph", ["x3_512", "noise1_x2", "face_x4"])
@pytest.mark.parametrize("half", [False, True])
def test_our_weights_give_the_stored_answers_and_what_drew_them_is_as_new(graph: str, half: bool) -> None:
    made = prove(CASES[graph], OnnxRuntimeBackend(CARD, 0, half))
    assert set(made.statistics.values()) == {0}


@pytest.mark.parametrize("graph", ["x2_512", "noise2_x2", "face_x4"])
def test_the_answers_are_what_a_cpu_draws_at_full_precision(graph: str) -> None:
    made, _ = opened(CASES[graph], golden.on_cpu())
    with np.load(golden_frames.FILE) as stored:
        assert check.psnr(golden_frames.draw(graph, made), stored[graph]) > 80


@pytest.mark.parametrize(
    ("graph", "half", "drawn"),
    [("x2_512", True, True), ("noise1_x2", True, True), ("face_x4", True, False), ("x2_512", False, False)],
)
def test_a_cpu_draws_them_where_that_costs_little_and_can_be_wrong(
    graph: str, half: bool, drawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backends.open_backend("openvino", 0, half)
    if backend.precision == "fp32" and half:
        pytest.skip("this CPU has no half precision of its own")
    asked: list[str] = []
    really = golden_frames.draw
    monkeypatch.setattr(golden_frames, "draw", lambda name, made: asked.append(name) or really(name, made))
    prove(CASES[graph], backend)
    assert asked == [graph] * drawn


@pytest.mark.parametrize(
    ("graph", "what"),
    [("x4_512", "in-between"), ("noise0_x2", "enlarged"), ("face_x4", "enlarged")],
)
def test_what_differs_from_the_answer_is_refused_by_name(
    graph: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = golden_frames.draw
    monkeypatch.setattr(golden_frames, "draw", lambda name, made: np.roll(really(name, made), 3, axis=0))
    with pytest.raises(BackendError, match=f"the golden {what} frame wrongly at fp16"):
        prove(CASES[graph], OnnxRuntimeBackend(CARD, 0, half=True))


def test_the_answer_for_other_weights_is_drawn_once_on_the_cpu_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    record = store.read_record("waifu2x_upconv7")
    assert record is not None
    monkeypatch.setattr(store, "read_record", lambda _: store.Record(record.graph_version, {}, record.graphs))
    model = store.InstalledModel("mine", "fp32", Path(), _graphs("waifu2x_upconv7"), "mine")
    monkeypatch.setattr(store, "find", lambda *_: model)
    backend, case = OnnxRuntimeBackend(CARD, 0, half=False), CASES["noise1_x2"]
    golden_frames.prove(case.graph, case.build(backend, model.graphs), model, backend, case.build)
    (kept,) = (tmp_path / "golden").iterdir()
    with np.load(golden_frames.FILE) as stored:
        assert np.array_equal(np.load(kept), stored[case.graph])
    monkeypatch.setattr(golden, "open_backend", None)  # it isn't drawn again
    golden_frames.prove(case.graph, case.build(backend, model.graphs), model, backend, case.build)


def _graphs(model: str) -> dict[str, Path]:
    return store.find(model).graphs


class DisplacedGraph(Graph):
    """What a graph gives, displaced by 9 pixels."""

    def __init__(self, graph: Graph) -> None:
        self.inputs, self.outputs = graph.inputs, graph.outputs
        self._graph = graph

    def run(self, buffers: Any) -> None:
        self._graph.run(buffers)
        for name in self.outputs:
            if isinstance(buffers[name], np.ndarray):
                buffers[name][...] = np.roll(buffers[name], 9, axis=2)
            else:
                buffers[name].memory.update_inplace(np.roll(buffers[name].memory.numpy(), 9, axis=2))


class WrongInOneNetwork(OnnxRuntimeBackend):
    """A card that computes all rightly but, at half precision, one network: the small one doesn't find that."""

    wrong: str

    def __init__(self, number: int, half: bool) -> None:
        super().__init__(CARD, number, half)

    def load(self, path: Path) -> Any:
        graph = super().load(path)
        return DisplacedGraph(graph) if (self.precision, path.stem) == ("fp16", self.wrong) else graph


class WrongMotion(WrongInOneNetwork):
    wrong = "flow_320"


class WrongTile(WrongInOneNetwork):
    wrong = "noise1_x2"


@pytest.mark.parametrize(
    ("kind", "component", "what"),
    [(WrongMotion, "rife", "in-between"), (WrongTile, "sr", "enlarged")],
)
def test_a_card_that_computes_one_network_wrongly_at_half_precision_has_full_for_that_one(
    kind: type[WrongInOneNetwork], component: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check.prove(kind(0, half=True))
    monkeypatch.setitem(backends.KINDS, "card", backends.Kind(__name__, kind.__name__))
    monkeypatch.setenv("EZVTB_BACKEND", "card")
    listing = backends.devices.find()
    listing.devices.insert(0, backends.devices.Device("a card", 2**33, {"card": 0}))
    monkeypatch.setattr(backends.devices, "find", lambda: listing)
    core = get_core(use_cacher=False, use_sr=True, sr_x4=False)
    lines = {line.component: line for line in core.report}
    assert {name for name, line in lines.items() if line.precision == "fp32"} == {component}
    assert f"A card computes the golden {what} frame wrongly at fp16" in lines[component].why
