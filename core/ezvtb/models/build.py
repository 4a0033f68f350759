"""From a model's weights to ONNX files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import onnx

from . import tha3
from .graph import PRECISIONS, Precision
from .manifest import Model, find_model
from .weights import load_weights

Say = Callable[[str], None]


def build_graphs(
    model: Model,
    folder: Path,
    *,
    precisions: Sequence[Precision] = PRECISIONS,
    plain: bool = False,
    say: Say = lambda line: None,
) -> dict[str, Path]:
    """Write the graphs of `model` as `folder`/<precision>/<network>.onnx.

    Returns:
        "fp32/editor.onnx" and so on -> the file, in the order in which the networks run.
    """
    files: dict[str, Path] = {}
    for name, network in tha3.NETWORKS.items():
        weights = load_weights(model, network.weights)
        for precision in precisions:
            say(f"building {name} ({precision})")
            path = folder / precision / f"{name}.onnx"
            path.parent.mkdir(parents=True, exist_ok=True)
            onnx.save(tha3.build(name, weights, precision, plain=plain), path)
            files[f"{precision}/{name}.onnx"] = path
    return {f"{p}/{name}.onnx": files[f"{p}/{name}.onnx"] for p in precisions for name in tha3.NETWORKS}


def build_plain(folder: Path, name: str = "tha3_separable") -> dict[str, Path]:
    """Plain float32 graphs (see `tha3.build`) in `folder`: network -> file. For the benchmark to compare with."""
    files = build_graphs(find_model(name), folder, precisions=("fp32",), plain=True)
    return {path.stem: path for path in files.values()}
