"""What a runtime makes of a file serves all graphs of it, and goes with the last one."""

import gc
import importlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import ref

import numpy as np
import pytest

from ezvtb import backends
from ezvtb.backends import openvino, shared
from ezvtb.backends.shared import Shared
from ezvtb.models import store

from .fake_card import Gpu

REAL = ["openvino", "onnxruntime"]


@pytest.fixture
def graph_file(tmp_path: Path) -> Path:
    """A graph that other tests don't have."""
    return Path(shutil.copy(store.find("tha3_separable").graphs["combiner"], tmp_path / "graph.onnx"))


def held(graph: Any) -> "Shared[Any]":
    """What a graph shares."""
    found: Shared[Any] = next(each for each in vars(graph).values() if isinstance(each, Shared))
    return found


def answer(backend: Any, graph: Any, value: float) -> Any:
    """What the graph gives where all its inputs are `value`."""
    buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
    for name in graph.inputs:
        buffers[name][...] = value
    graph.run(buffers)
    return buffers["eyebrow"]


@pytest.mark.parametrize("kind", REAL)
def test_graphs_of_one_file_share_what_was_compiled_and_it_goes_with_the_last(kind: str, graph_file: Path) -> None:
    first, second = (backends.open_backend(kind, 0, half=False).load(graph_file) for _ in range(2))
    made = ref(held(first).made)
    assert held(second).made is made()
    del first
    gc.collect()
    assert made() is held(second).made
    del second
    gc.collect()
    assert made() is None


@pytest.mark.parametrize("kind", REAL)
def test_graphs_that_share_mix_up_nothing_when_two_threads_run_them(kind: str, graph_file: Path) -> None:
    backend = backends.open_backend(kind, 0, half=False)
    values = (0.25, 0.75)
    wanted = {value: answer(backend, backend.load(graph_file), value).copy() for value in values}
    assert not np.allclose(*wanted.values())
    wrong: list[float] = []

    def play(value: float) -> None:
        graph = backend.load(graph_file)
        for _ in range(20):
            if not np.allclose(answer(backend, graph, value), wanted[value], atol=1e-5):
                wrong.append(value)

    threads = [threading.Thread(target=play, args=(value,)) for value in values]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_another_precision_another_file_and_a_replaced_file_are_not_shared(graph_file: Path) -> None:
    def made(path: Path, precision: str) -> Any:
        return shared.shared(path, precision, object)

    kept = [made(graph_file, "fp32"), made(graph_file, "fp16")]
    other = Path(shutil.copy(graph_file, graph_file.with_name("other.onnx")))
    kept.append(made(other, "fp32"))
    assert made(graph_file.parent / "." / "graph.onnx", "fp32") is kept[0]
    graph_file.write_bytes(b"another")
    kept.append(made(graph_file, "fp32"))
    assert len({id(each.made) for each in kept}) == 4


def test_who_comes_while_it_is_made_waits_and_gets_the_same(graph_file: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[Any] = []

    def make() -> object:
        begun.set()
        go_on.wait(60)
        return object()

    def load() -> None:
        made.append(shared.shared(graph_file, "slow", make))

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    assert shared.shared(graph_file, "other", object).made  # what is something else doesn't wait
    assert made == []
    go_on.set()
    for thread in threads:
        thread.join()
    assert len({id(each.made) for each in made}) == 1


def test_what_failed_is_tried_again_by_the_next(graph_file: Path) -> None:
    def fail() -> object:
        raise RuntimeError("no room")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="no room"):
            shared.shared(graph_file, "failing", fail)
    assert shared.shared(graph_file, "failing", object).made


def test_one_engine_of_tensorrt_has_a_context_for_each_graph_and_ends_after_them_in_the_card_s_thread(
    gpu: Gpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    importlib.import_module("ezvtb.backends.tensorrt_build").run(["tha3_separable/fp32"], 0, lambda progress: None)
    backend: Any = importlib.import_module("ezvtb.backends.tensorrt").TensorRtBackend(0, half=False)
    path = store.find("tha3_separable").graphs["combiner"]
    graphs = [backend.load(path) for _ in range(2)]
    engine = ref(held(graphs[0]).made.held[-1])
    assert graphs[0]._held[0].engine is graphs[1]._held[0].engine is engine()
    assert graphs[0]._held[0] is not graphs[1]._held[0]
    results = [answer(backend, graph, value) for graph, value in zip(graphs, (0.25, 0.75))]
    assert not np.allclose(*results)
    ended: list[str] = []
    watched = [(ref(graph._held[0], told(ended, f"context {i}"))) for i, graph in enumerate(graphs)]
    watched.append(ref(engine(), told(ended, "engine")))  # type: ignore[arg-type]
    del graphs[0]
    gc.collect()
    backend._card.do(gc.collect)
    assert ended == ["context 0 ezvtb-card-0"]
    graphs.clear()
    gc.collect()
    backend._card.do(gc.collect)
    assert ended[1:] == ["context 1 ezvtb-card-0", "engine ezvtb-card-0"]


def told(ended: "list[str]", name: str) -> "Callable[[Any], None]":
    return lambda _: ended.append(f"{name} {threading.current_thread().name}")


def test_openvino_s_requests_of_one_model_are_each_graph_s_own(graph_file: Path) -> None:
    backend = openvino.cpu(0, half=False)
    first, second = (backend.load(graph_file) for _ in range(2))
    assert first._request is not second._request
