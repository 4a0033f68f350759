"""From a model's weights to ONNX files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import onnx

from . import rife, sr, tha3
from .graph import PRECISIONS, Precision
from .manifest import Model, find_model
from .ncnn import read_network
from .weights import load_weights, read_member

Say = Callable[[str], None]
Build = Callable[[Precision], onnx.ModelProto]


def build_graphs(
    model: Model,
    folder: Path,
    *,
    precisions: Sequence[Precision] = PRECISIONS,
    plain: bool = False,
    say: Say = lambda line: None,
) -> dict[str, Path]:
    """Write the graphs of `model` as `folder`/<precision>/<network>.onnx; see `write_graphs`."""
    return write_graphs(_ARCHITECTURES[model.architecture](model, plain), folder, precisions=precisions, say=say)


def write_graphs(
    builds: Iterable[tuple[str, Build]],
    folder: Path,
    *,
    precisions: Sequence[Precision] = PRECISIONS,
    say: Say = lambda line: None,
) -> dict[str, Path]:
    """Build graphs one at a time and write each as `folder`/<precision>/<network>.onnx.

    Returns:
        "fp32/editor.onnx" and so on -> the file, in the order in which the networks run.
    """
    files: dict[str, dict[str, Path]] = {precision: {} for precision in precisions}
    for name, build in builds:
        for precision in precisions:
            say(f"building {name} ({precision})")
            path = folder / precision / f"{name}.onnx"
            path.parent.mkdir(parents=True, exist_ok=True)
            onnx.save(build(precision), path)
            files[precision][f"{precision}/{name}.onnx"] = path
    return {name: path for made in files.values() for name, path in made.items()}


def build_plain(folder: Path, name: str = "tha3_separable") -> dict[str, Path]:
    """Plain float32 graphs (see `tha3.build`) in `folder`: network -> file. For the benchmark to compare with."""
    files = build_graphs(find_model(name), folder, precisions=("fp32",), plain=True)
    return {path.stem: path for path in files.values()}


def _tha3(model: Model, plain: bool) -> Iterator[tuple[str, Build]]:
    for name, network in tha3.NETWORKS.items():
        yield name, partial(tha3.build, name, load_weights(model, network.weights), plain=plain)


def _rife40(model: Model, plain: bool) -> Iterator[tuple[str, Build]]:
    weights = load_weights(model, "flownet.pkl")
    for name in rife.GRAPHS:
        yield name, partial(rife.build, name, weights)


def _sr(model: Model, _plain: bool) -> Iterator[tuple[str, Build]]:
    for name, (shape, file) in sr.GRAPHS[model.architecture].items():
        layers = read_network(read_member(model, f"{file}.param"), read_member(model, f"{file}.bin"), file)
        yield name, partial(sr.build, shape, layers)


_ARCHITECTURES: dict[str, Callable[[Model, bool], Iterator[tuple[str, Build]]]] = {
    "tha3": _tha3,
    "rife40": _rife40,
    "animevideo": _sr,
    "upconv7": _sr,
}
"""For each architecture of the manifest: its graphs' names, in the order in which they run, and how each is built."""
