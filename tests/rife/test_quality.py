"""In-between frames against the poser's own frame at the mean pose, on recorded poses.

PSNR over premultiplied BGRA is never more than 0.5 dB below that of the better of the reference's RIFE and a blend.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from ezvtb import backends
from ezvtb.models import rife
from ezvtb.models.manifest import find_model
from ezvtb.models.store import find
from ezvtb.models.weights import load_weights
from ezvtb.tha.poser import Poser
from rife.conftest import Between, Picture, premultiplied, psnr

APART = (1, 2, 4)
"""Twentieths of a second: a machine with a GPU, one without, one that is busy."""

PAIRS = [(start, APART[number % 3]) for number, start in enumerate(range(20, 1190, 48))]
"""25 poses all over the recording, and how much later the second of the pair is."""

FEW = [(356, 4), (404, 1), (1028, 4), (1172, 2)]


@pytest.fixture(scope="module")
def poser(avatar: Picture) -> Poser:
    poser = Poser(backends.open_backend("openvino", 0, half=False), find("tha3_separable").graphs, 0)
    poser.set_picture(avatar)
    return poser


def drawn(poser: Poser, pose: NDArray[Any]) -> Picture:
    out = poser.allocate_frame()
    poser.pose(pose.astype(np.float32), out)
    frame: Picture = out.host
    return frame


def deficits(
    pairs: list[tuple[int, int]], poser: Poser, recording: NDArray[Any], graphs: dict[str, Path], folder: Path
) -> list[float]:
    """How many dB the interpolator is below the better of RIFE and blend, for each pair of poses."""
    backend = backends.open_backend("openvino", 0, half=False)
    onnx.save(rife.build_plain(load_weights(find_model("rife40"), "flownet.pkl")), folder / "plain.onnx")
    plain = backend.load(folder / "plain.onnx")
    buffers = {name: backend.allocate(spec) for name, spec in {**plain.inputs, **plain.outputs}.items()}
    interpolator = Between(backend, graphs, 2)
    found = []
    for start, apart in pairs:
        poses = recording[start], (recording[start] + recording[start + apart]) / 2, recording[start + apart]
        before, truth, after = (drawn(poser, pose) for pose in poses)
        buffers["before"][0], buffers["after"][0] = before, after
        plain.run(buffers)
        # in bytes, as ours: an exact one's lead over rounding, above 50 dB, can't be had
        moved = psnr(np.rint(buffers["merged"][0].transpose(1, 2, 0) * 255.0), truth)
        blended = psnr(np.rint((premultiplied(before) + premultiplied(after)) / 2), truth)
        ours = psnr(interpolator.between(before, after)[0], truth)
        print(f"{start:5} +{apart}: RIFE {moved:.1f}, blend {blended:.1f}, interpolator {ours:.1f} dB")
        found.append(max(moved, blended) - ours)
    return found


def test_a_few_pairs_are_as_good_as_the_better_of_rife_and_blend(
    poser: Poser, recording: NDArray[Any], graphs: dict[str, Path], tmp_path: Path
) -> None:
    assert max(deficits(FEW, poser, recording, graphs, tmp_path)) <= 0.5


@pytest.mark.long
def test_all_over_the_recording_frames_are_as_good_as_the_better_of_rife_and_blend(
    poser: Poser, recording: NDArray[Any], graphs: dict[str, Path], tmp_path: Path
) -> None:
    assert max(deficits(PAIRS, poser, recording, graphs, tmp_path)) <= 0.5
