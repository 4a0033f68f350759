"""`python -m ezvtb.models import` of THA3's official `.pt` files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ezvtb.errors import ModelDamaged, ModelError
from ezvtb.models import architectures, import_report, tha3, tha3_shapes
from ezvtb.models.__main__ import main
from ezvtb.models.drawn import figure
from ezvtb.models.import_report import MODELS
from ezvtb.models.imported import import_folder
from ezvtb.models.install import install
from ezvtb.models.store import InstalledModel, find, problems, read_record
from ezvtb.paths import PROJECT
from ezvtb_interface import get_core
from goldens.runner import Poser, compare
from models.foreign import random_weights, torch_archive, write_weights
from models.test_archive import archive, row, text
from models.test_parity import GOLDENS, POSES, rgba

SEPARABLE, STANDARD = "tha3_separable", "tha3_standard"
NETWORKS = list(tha3.NETWORKS)
Weights = dict[str, dict[str, npt.NDArray[Any]]]


@pytest.fixture(scope="module")
def good(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`separable_float` as upstream has it."""
    return write_weights(tmp_path_factory.mktemp("upstream") / "separable_float", weights)


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    """A folder with the same files, to be damaged. They are links: what is changed must be written anew."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in good.iterdir():
        os.link(path, folder / path.name)
    return folder


def rewrite(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def imported(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """(exit status, output, errors) of the command."""
    capsys.readouterr()
    status = main(["import", str(folder)])
    output = capsys.readouterr()
    assert "Traceback" not in output.err
    return status, output.out, output.err


@pytest.mark.parametrize("network", NETWORKS)
def test_the_table_of_shapes_is_that_of_the_official_files(network: str, weights: Weights) -> None:
    assert {name: array.shape for name, array in weights[network].items()} == tha3_shapes.shapes(network, "separable")


def test_half_separable_weights_draw_what_the_float_ones_draw(
    weights: Weights,
    folders: Path,
    tmp_path: Path,
    installed: Callable[[str], InstalledModel],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.MonkeyPatch.context() as patch:  # `folders` hides the installed model
        patch.delenv("EZVTB_MODELS")
        full = dict(installed("fp32").graphs)
    # the folder's name is wrong on purpose: the tensors count
    halves = {
        network: {name: array.astype(np.float16) for name, array in tensors.items()}
        for network, tensors in weights.items()
    }
    write_weights(tmp_path / "bag" / "standard_float", halves)
    status, output, _ = imported(tmp_path / "bag", capsys)
    assert status == 0
    assert "used     tha3_separable, from standard_float (half-precision weights" in output
    model = find(SEPARABLE, "fp32")
    assert list(model.graphs) == list(find(SEPARABLE, "fp16").graphs) == NETWORKS
    picture, poses = rgba(GOLDENS / "ash.png"), POSES[[0, 7]]
    pairs = zip(*(Poser("onnxruntime", graphs).frames(picture, poses) for graphs in (model.graphs, full)))
    figures = [compare(frame, other)[0] for frame, other in pairs]
    print(f"half against float weights: {figures} dB")
    assert min(figures) >= 40
    assert main(["list", SEPARABLE]) == 0
    listed = capsys.readouterr().out
    assert "imported from a folder of yours" in listed
    assert "half-precision weights" in listed
    assert "Imported from a folder of yours" in (folders / "models" / SEPARABLE / "LICENCE.txt").read_text("utf-8")

    # an install leaves it, and says so
    before = read_record(SEPARABLE)
    assert main(["install", SEPARABLE]) == 0
    assert "imported from a folder of yours, and left as it is" in capsys.readouterr().out
    assert read_record(SEPARABLE) == before
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(architectures.GRAPH_VERSIONS, "tha3", 1000)
        with pytest.raises(ModelDamaged, match="imported") as caught:
            install(SEPARABLE)
        assert "remove" in caught.value.remedy
        with pytest.raises(ModelError) as missing:
            find(SEPARABLE)
        assert "import FOLDER" in missing.value.remedy
    assert main(["remove", SEPARABLE]) == 0
    assert read_record(SEPARABLE) is None


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A models folder with a standard model, imported from random weights of the official shapes."""
    folder = tmp_path_factory.mktemp("standard")
    write_weights(folder / "mine", {name: random_weights(name, "standard") for name in NETWORKS})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EZVTB_MODELS", str(folder / "models"))
        report = import_folder(folder / "mine")
        shutil.rmtree(folder / "mine")
        assert report.used == [f"{STANDARD}, from mine"]
        assert not report.skipped
        yield folder / "models"
    shutil.rmtree(folder)


def test_the_standard_model_is_used_once_it_is_imported(
    standard: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EZVTB_BACKEND", "onnxruntime")
    sizes = [path.stat().st_size for path in find(STANDARD, "fp32").graphs.values()]
    assert max(sizes) < 150e6
    core = get_core(
        model_seperable=False, model_half=False, use_tensorrt=False, use_cacher=False, use_interpolation=False
    )
    assert "standard" not in str(core.report[0])  # that is: no word of its not being there
    core.setImage(figure())
    frame = core.inference(POSES[7][None])[-1]
    assert frame.shape == (512, 512, 4)
    assert frame.dtype == np.uint8
    assert frame.std() > 10
    assert main(["verify", STANDARD]) == 0
    assert main(["list", STANDARD]) == 0
    assert "imported from a folder of yours (standard, float32 weights" in capsys.readouterr().out
    assert main(["install", STANDARD]) == 1
    assert "import FOLDER" in capsys.readouterr().err


@pytest.mark.long
def test_half_standard_weights_are_imported_too(folders: Path, tmp_path: Path) -> None:
    write_weights(tmp_path / "h", {name: random_weights(name, "standard", np.float16) for name in NETWORKS})
    assert import_folder(tmp_path / "h").models == {STANDARD}
    assert problems(STANDARD) == []
    assert "half" in getattr(read_record(STANDARD), "note", "")
    shutil.rmtree(folders / "models")


def test_a_standard_model_that_is_missing_names_the_import(folders: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find(STANDARD)
    assert "python -m ezvtb.models import FOLDER" in caught.value.remedy
    assert main(["remove", STANDARD]) == 0


Tensors = dict[str, npt.NDArray[Any]]
HEAD = "alpha_creator.0.weight"


def without(tensors: Tensors) -> Tensors:
    return {name: array for name, array in tensors.items() if name != HEAD}


def nowhere_finite(tensors: Tensors) -> Tensors:
    return {**tensors, HEAD: np.full_like(tensors[HEAD], np.nan)}


WRONG: dict[str, tuple[Callable[[Tensors], Tensors], str]] = {
    "missing": (without, f"the tensor {HEAD} is missing"),
    "misshapen": (lambda t: {**t, HEAD: t[HEAD][:3].copy()}, f"{HEAD} is (3, 32, 3, 3) instead of (4, 32, 3, 3)"),
    "superfluous": (lambda t: {**t, "sixth_finger": np.ones(3, np.float32)}, "has a tensor sixth_finger"),
    "not finite": (nowhere_finite, f"not every number of {HEAD} is finite"),
    "of no network": (lambda _: {"w": np.ones(3, np.float32)}, "not those of a network of THA3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_tensor_is_named_and_nothing_is_imported(
    name: str, copy: Path, weights: Weights, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = WRONG[name]
    rewrite(copy / "editor.pt", torch_archive(change(weights["editor"])))
    status, output, errors = imported(copy, capsys)
    assert status == 1
    assert words in output
    assert "incomplete, there is no good editor.pt" in output
    assert "Nothing could be used" in errors
    assert not (folders / "models").exists()


def test_a_truncated_file_and_a_program_in_disguise_are_named(
    copy: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(copy / "editor.pt", (copy / "editor.pt").read_bytes()[:-1000])
    rewrite(copy / "face_morpher.pt", archive(b"\x80\x02cos\nsystem\n" + row(text("true")) + b"R."))
    status, output, _ = imported(copy, capsys)
    assert status == 1
    assert "editor.pt is not a complete PyTorch archive" in output
    assert "face_morpher.pt asks for os.system, which no tensor needs" in output
    assert "models install" not in output  # the remedy is the user's own folder


def test_half_a_folder_says_what_it_lacks(copy: Path, folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("editor.pt", "two_algo_face_body_rotator.pt"):
        (copy / name).unlink()
    status, output, _ = imported(copy, capsys)
    assert status == 1
    assert "THA3 separable, float32: incomplete, there is no good two_algo_face_body_rotator.pt, editor.pt" in output


def test_an_empty_folder_and_none_are_one_sentence(
    tmp_path: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    status, _, errors = imported(tmp_path / "empty", capsys)
    assert (status, "no .pt and no .onnx file" in errors) == (1, True)
    status, _, errors = imported(tmp_path / "none", capsys)
    assert (status, "There is no folder" in errors) == (1, True)


def test_a_full_disk_is_said_before_anything_is_written(
    good: Path, folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(import_report, "disk_free", lambda folder: 1000)
    status, output, _ = imported(good, capsys)
    assert status == 1
    assert "There is too little space: the graphs need" in output
    assert [path.name for path in (folders / "models").iterdir()] == [".lock"]


KILLED = """
import os, sys
from pathlib import Path
from ezvtb.models import imported_weights
from ezvtb.models.imported import import_folder
imported_weights.tha3.build = lambda name, *rest: __import__("onnx").ModelProto()
import_folder(Path(sys.argv[1]), lambda line: os._exit(9) if sys.argv[2] in line else None)
"""


def test_an_import_that_is_killed_leaves_the_old_model(good: Path, folders: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "core")}

    def run(place: str) -> int:
        command = [sys.executable, "-c", KILLED, str(good), place]
        return subprocess.run(command, env=environment, check=False).returncode

    assert run("editor (fp16)") == 9
    assert read_record(SEPARABLE) is None
    assert run("nowhere") == 0
    before = read_record(SEPARABLE)
    assert before
    assert run("editor (fp16)") == 9
    assert read_record(SEPARABLE) == before
    assert problems(SEPARABLE) == []
    assert run("nowhere") == 0
    assert sorted(path.name for path in (folders / "models").iterdir()) == [".lock", SEPARABLE]


def test_of_two_the_full_one_is_taken(
    good: Path, weights: Weights, folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ezvtb.models.imported_weights.put", lambda name, fill: None)
    halves = {n: {k: a.astype(np.float16) for k, a in tensors.items()} for n, tensors in weights.items()}
    write_weights(tmp_path / "all" / "separable_a_half", halves)
    (tmp_path / "all" / "separable_float").symlink_to(good)  # links are not followed
    shutil.copytree(good, tmp_path / "all" / "separable_z", copy_function=os.link)
    report = import_folder(tmp_path / "all")
    assert report.used == [f"{MODELS['separable']}, from separable_z"]
    assert report.skipped == [
        "separable_a_half: THA3 separable, float16: another tha3_separable of this folder is taken."
    ]
