"""Makes the answers of `ezvtb.backends.golden_frames`, with our weights, on a CPU at full precision: run me."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple, Union

import numpy as np

from ezvtb.backends import golden
from ezvtb.backends.base import Backend
from ezvtb.backends.golden_frames import FILE, draw
from ezvtb.models import store
from ezvtb.rife.interpolator import Interpolator
from ezvtb.sr.enlarger import Enlarger, model_for

Build = Callable[[Backend, "dict[str, Path]"], Union[Interpolator, Enlarger]]


class Case(NamedTuple):
    """What has an answer of its own."""

    model: str
    graph: str
    build: Build


def _interpolator(scale: int, backend: Backend, graphs: "dict[str, Path]") -> Interpolator:
    return Interpolator(backend, graphs, scale)


def _enlarger(graph: str, backend: Backend, graphs: "dict[str, Path]") -> Enlarger:
    return Enlarger(backend, graphs, graph)


def cases() -> Iterator[Case]:
    """Every number of in-between frames and every graph that enlarges."""
    for scale in (2, 3, 4):
        yield Case("rife40", f"x{scale}_512", partial(_interpolator, scale))
    for model, graph in (model_for(True, 0), *(model_for(False, noise) for noise in range(4))):
        yield Case(model, graph, partial(_enlarger, graph))


def main() -> None:
    """Writes the file."""
    backend = golden.on_cpu()
    answers: dict[str, Any] = {}
    weights = {}
    for model, graph, build in cases():
        record = store.read_record(model)
        assert record is not None
        weights[model] = record.weights
        answers[graph] = draw(graph, build(backend, store.find(model).graphs))
    np.savez_compressed(FILE, **answers, weights=np.array(json.dumps(weights)))


if __name__ == "__main__":
    main()
