"""`python -m ezvtb.models import` of the ONNX files that EasyVtuber's users have.

The files themselves are not to be had here: the tests make graphs with the same ports, of the official weights.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ezvtb.backends import open_backend
from ezvtb.models import tha3
from ezvtb.models.__main__ import main
from ezvtb.models.drawn import figure, psnr
from ezvtb.models.imported import import_folder
from ezvtb.models.imported_onnx import network_space
from ezvtb.models.store import InstalledModel, find, problems, read_record
from ezvtb.tha.poser import Poser
from models.foreign import random_weights, write_graphs
from models.test_parity import GOLDENS, POSES, rgba

NAME = "tha3_separable"
NETWORKS = list(tha3.NETWORKS)
Weights = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def good(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as EasyVtuber's `tha3/seperable/fp32`."""
    return write_graphs(tmp_path_factory.mktemp("easyvtuber") / "fp32", weights)


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    """Links to the same files, to be damaged."""
    folder = tmp_path / "easyvtuber" / "tha3" / "seperable" / "fp32"
    folder.mkdir(parents=True)
    for path in good.iterdir():
        os.link(path, folder / path.name)
    return folder


def rewrite(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def imported(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """(exit status, output) of the command."""
    capsys.readouterr()
    status = main(["import", str(folder)])
    output = capsys.readouterr()
    assert "Traceback" not in output.err
    return status, output.out


def frames(model: InstalledModel) -> list[Any]:
    """What the engine's own poser draws, with the stage cache in use: the last frame needs what the one before left."""
    poser = Poser(open_backend("onnxruntime", 0, half=False), model.graphs, 1 << 28)
    poser.set_picture(np.ascontiguousarray(rgba(GOLDENS / "ash.png")[..., [2, 1, 0, 3]]))
    drawn = []
    for number in (7, 7):
        frame = poser.allocate_frame()
        poser.pose(np.ascontiguousarray(POSES[number]), frame)
        drawn.append(frame.host)
    assert poser.statistics["morpher_skipped"] == 1
    return drawn


@pytest.fixture(scope="module")
def expected(installed: Callable[[str], InstalledModel]) -> list[Any]:
    """What the downloaded model draws."""
    return frames(installed("fp32"))


@pytest.mark.parametrize(
    ("half", "bytes_", "decibel"),
    [
        (False, True, 55),
        pytest.param(False, False, 55, marks=pytest.mark.long),
        pytest.param(True, True, 40, marks=pytest.mark.long),
    ],
)
def test_the_graphs_are_used_and_draw_what_ours_draw(
    *,
    half: bool,
    bytes_: bool,
    decibel: float,
    good: Path,
    weights: Weights,
    tmp_path: Path,
    folders: Path,
    expected: list[Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "mine" / "tha3"
    if half or not bytes_:
        write_graphs(folder / "standard" / "fp32", weights, half=half, bytes_=bytes_)  # wrongly named on purpose
    else:
        folder.mkdir(parents=True)
        (folder / "x").mkdir()
        for path in good.iterdir():
            os.link(path, folder / "x" / path.name)
    status, output = imported(folder.parent, capsys)
    assert status == 0
    assert f"used     {NAME}, from tha3/" in output
    assert ("widened to float32" in output) == half
    model = find(NAME, "fp32")
    assert list(model.graphs) == NETWORKS
    figures = [psnr(frame, other) for frame, other in zip(frames(model), expected)]
    print(f"half {half}, bytes {bytes_}: {figures} dB")
    assert min(figures) >= decibel
    record = read_record(NAME)
    assert record
    assert record.origin == "graphs"
    assert any(path.startswith("fp16/") for path in record.graphs) == half
    assert main(["list", NAME]) == 0
    assert "imported from a folder of yours (separable, ONNX graphs" in capsys.readouterr().out
    assert problems(NAME) == []


def changed(path: Path, change: Callable[[onnx.GraphProto], object]) -> None:
    model = onnx.load(path)
    change(model.graph)
    rewrite(path, model.SerializeToString())


def exchange_colours(graph: onnx.GraphProto) -> None:
    """Take RGBA instead of BGRA."""
    graph.input[0].name = "rgba"
    order = helper.make_tensor("order", TensorProto.INT64, [4], [2, 1, 0, 3])
    graph.initializer.append(order)
    nodes = [helper.make_node("Gather", ["rgba", "order"], ["input_image"], axis=2), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def other_decoded(graph: onnx.GraphProto) -> None:
    graph.input[-1].type.tensor_type.shape.dim[0].dim_value = 3


def shut_off(graph: onnx.GraphProto) -> None:
    """Forget the pose: the head stays where it is."""
    for node in graph.node:
        node.input[:] = ["still" if name == "rotation_pose" else name for name in node.input]
    graph.initializer.append(helper.make_tensor("still", TensorProto.FLOAT, [1, 6], [0.0] * 6))


def dynamic(graph: onnx.GraphProto) -> None:
    graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"


DAMAGE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("rotator", Path.unlink, "incomplete, there is no good rotator"),
    "truncated": ("editor", lambda path: rewrite(path, path.read_bytes()[:-5000]), "editor.onnx can't be read as ONNX"),
    "text": ("editor", lambda path: rewrite(path, b"Not Found"), "editor.onnx"),
    "empty": ("editor", lambda path: rewrite(path, b""), "editor.onnx holds no ONNX graph"),
    "other colours": (
        "decomposer",
        lambda path: changed(path, exchange_colours),
        "take colours in another way",
    ),
    "other result": ("morpher", lambda path: changed(path, other_decoded), "and the morpher takes"),
    "no fixed shape": ("rotator", lambda path: changed(path, dynamic), "rotator.onnx can't be fitted: There are 0"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_does_not_fit_is_named_and_the_old_model_stays(
    name: str, copy: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, damage, words = DAMAGE[name]
    damage(copy / f"{network}.onnx")
    status, output = imported(copy.parents[2], capsys)
    assert status == 1
    assert words in output
    models = folders / "models"
    assert not models.exists() or [path.name for path in models.iterdir()] in ([], [".lock"])


def test_graphs_that_do_not_move_are_refused(copy: Path, folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for network in ("rotator", "editor"):
        changed(copy / f"{network}.onnx", shut_off)
    status, output = imported(copy, capsys)
    assert status == 1
    assert "doesn't move when its head turns" in output
    assert not (folders / "models" / NAME).exists()


@pytest.mark.long
def test_graphs_that_do_not_draw_are_refused(folders: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_graphs(tmp_path / "random", {name: random_weights(name, "separable") for name in NETWORKS})
    status, output = imported(tmp_path / "random", capsys)
    assert status == 1
    assert "at rest is not like its picture" in output


def test_the_figure_of_the_check_is_seen_as_the_networks_see_a_picture(folders: Path) -> None:
    network = network_space(figure())
    assert network.shape == (4, 512, 512)
    assert network.min() == -1
    assert network.max() == 1
    assert (network[:, 0, 0] == -1).all()
    with pytest.raises(Exception, match="There is no folder"):
        import_folder(folders / "nowhere")
