"""`python -m ezvtb.models import` of the RIFE and super resolution graphs that EasyVtuber's users have.

The files themselves are not to be had here: the tests make graphs with the same ports, of the official weights.
"""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from ezvtb import backends
from ezvtb.assembly import open_enlarger, open_interpolator, open_poser
from ezvtb.backends.background_build import BuildList
from ezvtb.backends.base import Backend
from ezvtb.backends.openvino import OpenVinoBackend
from ezvtb.errors import BackendError, ModelError
from ezvtb.models import rife, sr
from ezvtb.models.__main__ import main
from ezvtb.models.awaited import Awaited
from ezvtb.models.drawn import psnr
from ezvtb.models.foreign import read_foreign
from ezvtb.models.frame_adapter import adapted_rife
from ezvtb.models.manifest import find_model
from ezvtb.models.ncnn import Layer, read_network
from ezvtb.models.store import find, model_folder, problems
from ezvtb.models.weights import load_weights, read_member
from ezvtb.options import Options
from ezvtb.paths import RECORD, models_folder
from ezvtb.sr.enlarger import model_for
from ezvtb_interface import get_core
from models.foreign import write_rife, write_sr
from rife.conftest import Between
from rife.test_interpolator import centre, disc
from sr.conftest import Enlarging

RIFE, REALESRGAN, WAIFU2X = "rife_imported", "realesrgan_imported", "waifu2x_imported"
Imported = tuple[int, str]


def layers(x4: bool, noise: int) -> list[Layer]:
    name, graph = model_for(x4, noise)
    model = find_model(name)
    file = sr.GRAPHS[model.architecture][graph][1]
    return list(read_network(read_member(model, f"{file}.param"), read_member(model, f"{file}.bin"), file))


@pytest.fixture(scope="module")
def flownet() -> Any:
    return load_weights(find_model("rife40"), "flownet.pkl")


@pytest.fixture(scope="module")
def easyvtuber(flownet: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like EasyVtuber's `models`, of both generations, with some that are of no use."""
    folder = tmp_path_factory.mktemp("easyvtuber")
    write_rife(folder / "rife" / "rife_x2_fp32.onnx", flownet, 2)
    write_rife(folder / "rife" / "rife_x2_fp16.onnx", flownet, 2, half=True)
    write_rife(folder / "rife_512" / "x3" / "fp32.onnx", flownet, 3, first=True)
    write_rife(folder / "rife_512" / "x2" / "fp32.onnx", flownet, 2, other="late")
    write_rife(folder / "rife_512" / "x4" / "fp32.onnx", flownet, 4, other="dark")
    write_rife(folder / "rife_512" / "x5" / "fp32.onnx", flownet, 5, other="late")
    write_sr(folder / "Real-ESRGAN" / "exported_256_fp16.onnx", layers(True, 0), 4, half=True)
    write_sr(folder / "waifu2x" / "noise0_scale2x_fp32.onnx", layers(False, 0), 2)
    write_sr(folder / "waifu2x" / "again" / "noise0_scale2x.onnx", layers(False, 0), 2, first=True)
    write_sr(folder / "waifu2x" / "scale2x.onnx", layers(False, 0), 2, first=True)
    empty_picture = {"x": [512, 512, 4]}, {"y": [1024, 1024, 4]}
    save_ports(folder / "waifu2x" / "noise1_scale2x.onnx", *empty_picture)
    save_ports(folder / "other.onnx", {"x": [7]}, {"y": [7]})
    return folder


def save_ports(path: Path, inputs: dict[str, list[int]], outputs: dict[str, list[int]]) -> None:
    """A graph with these ports of bytes that makes nothing but zeros."""
    ports = [
        [helper.make_tensor_value_info(name, TensorProto.UINT8, shape) for name, shape in each.items()]
        for each in (inputs, outputs)
    ]
    ((name, shape),) = outputs.items()
    zero = helper.make_tensor("zero", TensorProto.UINT8, [1], [0])
    size = helper.make_tensor("size", TensorProto.INT64, [len(shape)], shape)
    nodes = [helper.make_node("Expand", ["zero", "size"], [name])]
    graph = helper.make_graph(nodes, "g", *ports, initializer=[zero, size])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A models folder of one's own, with the program's models in it."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("tha3_separable", "rife40", "realesr_animevideov3", "waifu2x_upconv7"):
        (folder / name).symlink_to(models_folder() / name, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EZVTB_MODELS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def imported(easyvtuber: Path, models: Path) -> Imported:
    """(exit status, output) of the command."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        status = main(["import", str(easyvtuber)])
    return status, output.getvalue()


@pytest.fixture(scope="module")
def backend() -> Backend:
    return backends.open_backend("openvino", 0, half=False)


def frame(number: int) -> Any:
    """A posed frame of a character with soft edges: (512, 512, 4) BGRA."""
    path = Path(__file__).parents[1] / "goldens" / "frames" / f"coral_{number:02}.webp"
    with Image.open(path) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]])


def test_each_is_recognised_by_what_it_does_and_the_rest_is_left_out_with_a_reason(imported: Imported) -> None:
    status, output = imported
    assert status == 0
    lines = output.splitlines()
    for words in (
        f"found    rife/rife_x2_fp16.onnx: x2_512 for {RIFE}, half precision",
        f"found    rife_512/x3/fp32.onnx: x3_512 for {RIFE}, full precision",
        f"found    Real-ESRGAN/exported_256_fp16.onnx: face_x4 for {REALESRGAN}, half precision",
        f"found    waifu2x/noise0_scale2x_fp32.onnx: noise0_x2 for {WAIFU2X}, full precision",
        f"used     {RIFE} (x2_512, x3_512), in place of rife40 until `python -m ezvtb.models remove {RIFE}`",
        "skipped  rife_512/x2/fp32.onnx: Between two frames of a figure that moves it makes none",
        "skipped  rife_512/x4/fp32.onnx: Between two equal frames it makes another one.",
        "skipped  rife_512/x5/fp32.onnx: It makes 5 frames of one",
        "skipped  waifu2x/noise1_scale2x.onnx: A figure that it enlarges is not like the figure",
        "skipped  waifu2x/scale2x.onnx: It enlarges all of the frame, but its name has no level of noise.",
        "skipped  other.onnx: Its inputs and outputs are those of no graph",
    ):
        assert any(line.startswith(words) for line in lines), words
    assert sum("another noise0_x2 in full precision" in line for line in lines) == 1
    assert {line.split()[1] for line in lines if line.startswith("used")} == {RIFE, REALESRGAN, WAIFU2X}


def test_they_are_listed_and_verified_like_others(imported: Imported, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "imported from a folder of yours (x2_512, x3_512; ONNX graphs" in listed
    assert "face_x4; ONNX graphs, half precision, widened to float32" in listed
    assert set(find(RIFE, "fp32").graphs) == {"x2_512", "x3_512"}
    assert set(find(RIFE, "fp16").graphs) == {"x2_512"}
    for name in (RIFE, REALESRGAN, WAIFU2X):
        assert problems(name) == []
        with pytest.raises(ModelError, match="can't be downloaded"):
            find_model(name)


@pytest.mark.parametrize("x", [200.0, 256.0])
@pytest.mark.parametrize("scale", [2, 3])
def test_a_disc_that_moves_is_where_it_should_be_and_its_edge_keeps_its_colour(
    scale: int, x: float, imported: Imported, backend: Backend
) -> None:
    """The graph of scale 3 itself has the alpha of one of the two frames."""
    frames = Between(backend, find(RIFE).graphs, scale).between(disc(x), disc(x + 12))
    assert len(frames) == scale - 1
    for number, between in enumerate(frames, 1):
        assert centre(between) == pytest.approx(x + 12 * number / scale, abs=0.5)
        assert between[between[..., 3] > 8][:, :3].min() >= 245


def test_the_same_weights_in_their_layout_give_the_references_picture(
    flownet: Any, imported: Imported, backend: Backend, tmp_path: Path
) -> None:
    before, after = frame(8), frame(12)
    onnx.save(rife.build_plain(flownet), tmp_path / "plain.onnx")
    plain = backend.load(tmp_path / "plain.onnx")
    buffers = {name: backend.allocate(spec) for name, spec in {**plain.inputs, **plain.outputs}.items()}
    buffers["before"][0], buffers["after"][0] = before, after
    plain.run(buffers)
    planes = buffers["merged"][0].transpose(1, 2, 0) * 255
    interpolator = Between(backend, find(RIFE).graphs, 2)
    (between,) = interpolator.between(before, after)
    assert interpolator.statistics["interpolated"] == 1
    ours = between.astype(float)
    ours[..., :3] *= ours[..., 3:] / 255
    # bytes in, bytes that are cut off out
    assert np.abs(ours - planes).mean() < 0.5
    assert np.percentile(np.abs(ours - planes), 99.5) < 4


def test_equal_and_close_frames_do_not_need_the_graph(imported: Imported, backend: Backend) -> None:
    interpolator = Between(backend, find(RIFE).graphs, 2)
    interpolator.between(disc(256), disc(256))
    interpolator.between(disc(256, colour=200), disc(256, colour=216))
    assert interpolator.statistics == {"equal": 1, "blended": 1, "interpolated": 0}


def test_weights_that_are_used_twice_are_stored_once(easyvtuber: Path, tmp_path: Path) -> None:
    path = easyvtuber / "rife_512" / "x3" / "fp32.onnx"
    onnx.save(adapted_rife(read_foreign(path), "fp32", grey=True), tmp_path / "fitted.onnx")
    assert (tmp_path / "fitted.onnx").stat().st_size < 1.1 * path.stat().st_size


@pytest.mark.parametrize(("x4", "users"), [(True, REALESRGAN), (False, WAIFU2X)])
def test_a_frame_is_enlarged_as_by_ours(x4: bool, users: str, imported: Imported, backend: Backend) -> None:
    name, graph = model_for(x4, 0)
    coral = frame(3)
    ours = Enlarging(backend, find(name).graphs, graph).enlarge(coral)
    enlarger = Enlarging(backend, find(users).graphs, graph)
    theirs = enlarger.enlarge(coral)
    inner = slice(None, -16)  # the figure goes on below the frame, where ours sees it mirrored
    assert np.abs(theirs[inner, :, 3].astype(int) - ours[inner, :, 3]).max() <= 1
    assert psnr(theirs[inner], ours[inner]) > 45
    assert np.shares_memory(enlarger.enlarge(coral.copy()), theirs)
    assert enlarger.statistics == {"sr_runs": 1, "sr_skipped": 1}


def rife_line(**options: Any) -> str:
    return str(open_interpolator(Options(**options), BuildList(), Awaited())[1])


def sr_line(**options: Any) -> str:
    return str(open_enlarger(Options(use_sr=True, **options), BuildList(), Awaited())[1])


def test_the_core_uses_what_the_user_brought_where_it_has_what_is_asked_for(imported: Imported, avatar: Any) -> None:
    core = get_core(use_cacher=False, use_sr=True, sr_x4=False, sr_noise=0)
    lines = {line.component: line.why for line in core.report}
    assert "Your own rife_imported is used in place of rife40." in lines["rife"]
    assert "Your own waifu2x_imported is used in place of waifu2x_upconv7." in lines["sr"]
    core.setImage(avatar)
    pose = np.zeros((1, 45), np.float32)
    core.inference(pose)
    pose[0, 40] = 0.8
    frames = core.inference(pose)
    assert [frame.shape for frame in frames] == [(1024, 1024, 4)] * 2
    assert core.statistics["rife_interpolated"] == 1
    assert not np.array_equal(*frames)
    assert "rife_imported has no x4_512; rife40 is used." in rife_line(interpolation_scale=4)
    assert "waifu2x_imported has no noise3_x2; waifu2x_upconv7 is used." in sr_line(sr_x4=False, sr_noise=3)


def test_what_is_of_another_version_or_removed_is_not_used(imported: Imported, models: Path) -> None:
    record = model_folder(REALESRGAN) / RECORD
    kept = record.read_text("utf-8")
    record.write_text(json.dumps(json.loads(kept) | {"graph_version": 0}), "utf-8")
    line = sr_line()
    assert "realesrgan_imported was installed by another version" in line
    assert "realesr_animevideov3 is used." in line
    assert "absent" not in line
    record.write_text(kept, "utf-8")
    assert "Your own realesrgan_imported" in sr_line()
    assert main(["remove", REALESRGAN]) == 0
    assert "imported" not in sr_line()


def test_a_standard_model_of_another_version_is_not_called_missing(models: Path) -> None:
    folder = models / "tha3_standard"
    folder.mkdir()
    (folder / RECORD).write_text('{"graph_version": 0, "weights": {}, "graphs": {}, "origin": "weights"}', "utf-8")
    line = open_poser(Options(model_seperable=False), BuildList(), Awaited()).component.why
    assert "tha3_standard was installed by another version" in line
    assert "the separable one is used" in line
    assert "not installed" not in line


def test_a_graph_that_the_runtime_does_not_take_is_replaced_by_ours(
    imported: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    load: Any = OpenVinoBackend.load

    def refuse(self: OpenVinoBackend, path: Path) -> Any:
        if RIFE in path.parts:
            raise BackendError("This graph is too strange.")
        return load(self, path)

    monkeypatch.setattr(OpenVinoBackend, "load", refuse)
    monkeypatch.setenv("EZVTB_BACKEND", "openvino")
    line = rife_line()
    assert line.startswith("rife: OpenVINO")
    assert "This graph is too strange. Until then rife40 is used." in line
