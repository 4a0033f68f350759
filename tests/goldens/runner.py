"""Runs installed graphs with one runtime, straight through its own API: the parity tests' only moving part."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = dict[str, npt.NDArray[Any]]
Run = Callable[[Tensors], None]

RUNTIMES = ("onnxruntime", "openvino")

TENSORS = frozenset(
    {"picture", "image", "eyebrow_background", "eyebrow_layer", "eyebrow", "face", "warped", "grid_change", "frame"}
    | {"eyebrow_pose", "face_pose", "body_pose"}
)
"""Every name in the contract of the five graphs."""


def open_graph(runtime: str, path: Path) -> Run:
    """A function that takes a graph's inputs out of a dict of tensors and puts its outputs there."""
    return _onnxruntime(path) if runtime == "onnxruntime" else _openvino(path)


def _onnxruntime(path: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs, outputs = ([value.name for value in values] for values in (session.get_inputs(), session.get_outputs()))

    def run(tensors: Tensors) -> None:
        tensors.update(zip(outputs, session.run(outputs, {name: tensors[name] for name in inputs})))

    return run


def _openvino(path: Path) -> Run:
    import openvino

    options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(path, "CPU", options)
    request = compiled.create_infer_request()
    # A tensor may have several names; the contract's is one of them.
    inputs, outputs = ([(p.names & TENSORS).pop() for p in ports] for ports in (compiled.inputs, compiled.outputs))

    def run(tensors: Tensors) -> None:
        request.infer({name: tensors[name] for name in inputs})
        tensors.update((name, request.get_tensor(name).data.copy()) for name in outputs)

    return run


class Poser:
    """The five graphs in a row, nothing kept between poses."""

    def __init__(self, runtime: str, graphs: Mapping[str, Path]) -> None:
        self._networks = {name: open_graph(runtime, path) for name, path in graphs.items()}

    def frames(self, rgba: npt.NDArray[np.uint8], poses: npt.NDArray[np.float32]) -> list[npt.NDArray[np.uint8]]:
        """The frame (512, 512, 4) RGBA of the picture `rgba` (likewise) for each pose (n, 45)."""
        tensors: Tensors = {"picture": np.ascontiguousarray(rgba[None, ..., [2, 1, 0, 3]])}
        self._networks["decomposer"](tensors)
        frames = []
        for pose in poses[:, None, :]:
            tensors |= {"eyebrow_pose": pose[:, :12], "face_pose": pose[:, 12:39], "body_pose": pose[:, 39:]}
            for name in ("combiner", "morpher", "rotator", "editor"):
                self._networks[name](tensors)
            frames.append(tensors["frame"][0][..., [2, 1, 0, 3]])
        return frames


def compare(frame: npt.NDArray[np.uint8], golden: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """(PSNR in dB, largest difference in levels of 255) of two RGBA frames, over premultiplied colour and alpha."""
    difference = _premultiplied(frame) - _premultiplied(golden)
    error = float(np.mean(difference**2))
    return 10 * np.log10(255**2 / error) if error else float("inf"), float(np.abs(difference).max())


def _premultiplied(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    levels = frame.astype(np.float64)
    return np.concatenate([levels[..., :3] * levels[..., 3:] / 255, levels[..., 3:]], axis=-1)
