"""What users bring, made for tests: `.pt` archives without PyTorch, and graphs as EasyVtuber's users have them."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from ezvtb.models import rife, sr, tha3
from ezvtb.models.graph import FLOAT, UINT8, Graph, Value
from ezvtb.models.ncnn import Layer
from ezvtb.models.pixels import SIZE, network_to_frame, picture_to_network
from ezvtb.models.tha3 import EYEBROW_AT, EYEBROW_IN_FACE, FACE_AT, LEAKY
from ezvtb.models.tha3_blocks import Head, PlainBlocks
from ezvtb.models.tha3_shapes import Kind, shapes
from models.test_archive import ORDERED_DICT, number, row, text

Tensors = Mapping[str, npt.NDArray[Any]]


def torch_archive(tensors: Tensors) -> bytes:
    """The bytes of a file as `torch.save` writes it for a state dict of contiguous tensors."""
    data, pairs = io.BytesIO(), []
    with zipfile.ZipFile(data, "w") as file:
        for key, (name, array) in enumerate(tensors.items()):
            kind = "HalfStorage" if array.dtype == np.float16 else "FloatStorage"
            place = row(text("storage"), f"ctorch\n{kind}\n".encode(), text(str(key)), text("cpu"), number(array.size))
            strides = [stride // array.itemsize for stride in array.strides]
            arguments = row(
                place + b"Q",
                number(0),
                row(*map(number, array.shape)),
                row(*map(number, strides)),
                b"\x89",
                ORDERED_DICT,
            )
            pairs.append(text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"R")
            file.writestr(f"archive/data/{key}", array.tobytes())
        file.writestr("archive/data.pkl", b"\x80\x02" + ORDERED_DICT + b"(" + b"".join(pairs) + b"u.")
        file.writestr("archive/version", "3\n")
    return data.getvalue()


def random_weights(network: str, kind: Kind, dtype: type = np.float32) -> dict[str, npt.NDArray[Any]]:
    """Tensors of the right shapes, and of a size that lets a picture get through the network."""
    some = np.random.default_rng(1).standard_normal(
        1_000_003, np.float32
    )  # repeated: a hundred million would take long
    tensors = {}
    for name, shape in shapes(network, kind).items():
        values = np.resize(some, shape)
        if len(shape) == 4:
            values = values * np.sqrt(1 / np.prod(shape[1:])) * (0.01 if "grid_change" in name else 1)
        else:
            values = values * 0.1 + (1 if name.endswith("weight") else 0)
        tensors[name] = values.astype(dtype)
    return tensors


def write_weights(folder: Path, weights: Mapping[str, Tensors]) -> Path:
    """A folder of five `.pt` files, named as upstream names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for network, tensors in weights.items():
        (folder / tha3.NETWORKS[network].weights).write_bytes(torch_archive(tensors))
    return folder


def write_graphs(folder: Path, weights: Mapping[str, Tensors], *, half: bool = False, bytes_: bool = True) -> Path:
    """A folder of five ONNX files with the ports that EasyVtuber's have, of either generation."""
    folder.mkdir(parents=True, exist_ok=True)
    for network, make in _MAKERS.items():
        graph = Graph(network, "fp16" if half else "fp32")
        slope = LEAKY if network in ("rotator", "editor") else 0.0
        make(PlainBlocks(graph, weights[network], slope), weights[network], bytes_)
        model = graph.model()
        model.opset_import[0].version = 16
        onnx.save(model, folder / f"{network}.onnx")
    return folder


WHOLE, FACE, BROW = (1, 4, SIZE, SIZE), (1, 4, 192, 192), (1, 4, 128, 128)


def _decomposer(b: PlainBlocks, _: Tensors, bytes_: bool) -> None:
    g = b.graph
    if bytes_:
        picture = g.node("Reshape", g.input("input_image", (SIZE, SIZE, 4), UINT8), g.ints(1, SIZE, SIZE, 4))
        image = g.narrow(picture_to_network(g, picture))
        g.output("image_prepared", image, WHOLE)
    else:
        image = g.input("input_image", WHOLE)
    part = g.crop(image, *EYEBROW_AT, 128)
    heads = ("background_layer_alpha", "background_layer_color_change", "eyebrow_layer_alpha")
    feature = tha3._encoder_decoder(b, part)
    alpha, colour, layer_alpha, layer = b.heads(
        feature,
        [Head(name, "Tanh" if "color" in name else "Sigmoid") for name in (*heads, "eyebrow_layer_color_change")],
    )
    g.output("background_layer", b.mix(alpha, colour, part), BROW)
    g.output("eyebrow_layer", b.mix(layer_alpha, part, layer), BROW)


def _spliced(b: PlainBlocks, network: str, weights: Tensors, **inputs: str) -> str:
    """What our own graph of that network makes of these inputs."""
    model = tha3.build(network, weights, "fp16" if b.graph.half else "fp32", plain=True)
    return next(iter(b.graph.splice(model.graph, inputs).values()))


def _combiner(b: PlainBlocks, weights: Tensors, _: bool) -> None:
    g = b.graph
    image = g.input("image_prepared", WHOLE)
    background, layer = g.input("eyebrow_background_layer", BROW), g.input("eyebrow_layer", BROW)
    pose = g.input("eyebrow_pose", (1, 12), FLOAT)
    eyebrow = _spliced(b, "combiner", weights, eyebrow_background=background, eyebrow_layer=layer, eyebrow_pose=pose)
    face = b.paste(g.crop(image, *FACE_AT, 192), eyebrow, EYEBROW_IN_FACE, (192, 128))
    g.output("eyebrow_image", face, FACE)
    g.output("/encoder/Relu_output_0", g.node("Expand", g.crop(eyebrow, 0, 0, 1), g.ints(2, 4, 24, 24)), (2, 4, 24, 24))


def _morpher(b: PlainBlocks, weights: Tensors, _: bool) -> None:
    g = b.graph
    image, crop = g.input("image_prepared", WHOLE), g.input("im_morpher_crop", FACE)
    pose, decoded = g.input("face_pose", (1, 27), FLOAT), g.input("/encoder/Relu_output_0", (2, 4, 24, 24))
    face = _spliced(b, "morpher", weights, image=image, eyebrow=g.crop(crop, 32, 32, 128), face_pose=pose)
    nothing = g.node("Mul", g.node("ReduceMean", decoded, keepdims=0), g.weight(0.0))
    whole = b.paste(image, g.node("Add", face, nothing), FACE_AT, (SIZE, 192))
    g.output("face_morphed_full", whole, WHOLE)
    g.output("face_morphed_half", b.halved(whole), (1, 4, 256, 256))


def _rotator(b: PlainBlocks, weights: Tensors, _: bool) -> None:
    g = b.graph
    half, pose = g.input("face_morphed_half", (1, 4, 256, 256)), g.input("rotation_pose", (1, 6), FLOAT)
    image = b.doubled(half, "nearest")  # which our rotator halves again, exactly
    model = tha3.build("rotator", weights, "fp16" if g.half else "fp32", plain=True)
    inputs = {"image": image, "face": g.crop(image, *FACE_AT, 192), "body_pose": pose}
    results = g.splice(model.graph, inputs)
    g.output("full_warped_image", b.doubled(results["warped"], "linear"), WHOLE)
    g.output("full_grid_change", b.doubled(results["grid_change"], "linear"), (1, 2, SIZE, SIZE))


def _editor(b: PlainBlocks, _: Tensors, bytes_: bool) -> None:
    g = b.graph
    whole, warped = g.input("morphed_image", WHOLE), g.input("rotated_warped_image", WHOLE)
    grid, pose = g.input("rotated_grid_change", (1, 2, SIZE, SIZE)), g.input("rotation_pose", (1, 6), FLOAT)
    x = b.posed_block(g.concat(whole, warped, grid), pose, SIZE, "body.downsample_blocks.0")
    skips = [x]
    for i in (1, 2, 3):
        x = b.block(x, f"body.downsample_blocks.{i}", stride=2)
        skips.append(x)
    for i in range(6):
        x = b.residual(x, f"body.bottleneck_blocks.{i}")
    for i in range(3):
        x = b.doubled_block(x, f"body.upsample_blocks.{i}", skips[2 - i])
    colour, alpha, correction = b.heads(
        x, [Head("color_change_creator", "Tanh"), Head("alpha_creator", "Sigmoid"), Head("grid_change_creator")]
    )
    moved = b.warp(whole, g.node("Add", g.widen(grid), g.widen(correction)), SIZE)
    result = b.mix(alpha, colour, moved)
    g.output("result", result, WHOLE)
    if bytes_:
        frame = network_to_frame(g, g.widen(result))
        g.output("cv_result", g.node("Reshape", frame, g.ints(SIZE, SIZE, 4)), (SIZE, SIZE, 4), UINT8)


_MAKERS: dict[str, Callable[[PlainBlocks, Tensors, bool], None]] = {
    "decomposer": _decomposer,
    "combiner": _combiner,
    "morpher": _morpher,
    "rotator": _rotator,
    "editor": _editor,
}


FRAME = (SIZE, SIZE, 4)


def write_rife(
    path: Path, weights: Tensors, scale: int, *, first: bool = False, half: bool = False, other: str = ""
) -> Path:
    """RIFE as `RIFE/onnx_generate.py` of `zpeng11/talking-head-anime-3-demo` exports it, of our weights.

    `first`: the generation that has no leading dimension, an output for each frame, and no motion for alpha: the first
    frame has that of the earlier one, all others that of the later one. `other`: one that doesn't do its work.
    """
    g = Graph("rife", "fp16" if half else "fp32")
    b = rife._Builder(g, SIZE)
    shape = FRAME if first else (1, *FRAME)
    names = ("tha_img_0", "tha_img_1")
    given = [g.node("Reshape", g.input(name, shape, UINT8), g.ints(1, *FRAME)) for name in names]
    planes = [
        g.node("Mul", g.node("Transpose", g.cast(each, FLOAT), perm=[0, 3, 1, 2]), b.number(1 / 255)) for each in given
    ]
    alphas = [g.slice(each, 1, 3, 4) for each in planes]
    frames = []
    for moment in range(1, scale):
        if other:
            frames.append({"late": given[1], "dark": g.node("Mul", planes[0], b.number(0.5))}[other])
        else:
            moved = b.moved((planes[0], planes[1]), b.network(weights, (planes[0], planes[1]), moment / scale))
            if first:
                moved = g.concat(g.slice(moved, 1, 0, 3), alphas[0 if moment == 1 else 1])
            frames.append(moved)
    results = [each if each == given[1] else _bytes(b, each) for each in frames]
    results.append(g.node("Identity", given[1]))
    if first:
        for number, result in enumerate(results):
            name = "tha_res" if number == scale - 1 else f"interpo_{number}"
            g.output(name, g.node("Reshape", result, g.ints(*FRAME)), FRAME, UINT8)
    else:
        g.output("rife_outputs", g.concat(*results, axis=0), (scale, *FRAME), UINT8)
    return _save(g, path)


def _bytes(b: "rife._Builder", planes: Value) -> Value:
    """Planes 0..1 -> bytes, cut off and not rounded, as the exporter does it."""
    g = b.graph
    levels = g.node("Clip", g.node("Mul", planes, b.number(255.0)), b.number(0.0), b.number(255.0))
    return g.cast(g.node("Transpose", levels, perm=[0, 2, 3, 1]), UINT8)


def write_sr(path: Path, layers: "list[Layer]", scale: int, *, first: bool = False, half: bool = False) -> Path:
    """Super resolution with the ports that EasyVtuber's users' graphs have: `input`, or `x` for waifu2x.

    `first`: the generation that has no leading dimension; the later one takes any number of frames at once.
    """
    g = Graph("sr", "fp16" if half else "fp32")
    b = rife._Builder(g, SIZE)
    name = "input" if scale == 4 else "x"
    frame = g.node("Reshape", g.input(name, FRAME if first else (1, *FRAME), UINT8), g.ints(-1, *FRAME))
    planes = g.node("Mul", g.node("Transpose", g.cast(frame, FLOAT), perm=[0, 3, 1, 2]), b.number(1 / 255))
    if scale == 4:
        planes = g.crop(planes, 0, 128, 256)
    seen = planes if scale == 4 else g.node("Pad", planes, g.ints(0, 0, 7, 7, 0, 0, 7, 7), mode="edge")
    colour = g.widen(sr.add_network(g, sr.blue_first(layers), g.narrow(g.slice(seen, 1, 0, 3))))
    scales = g.constant(np.array([1, 1, scale, scale], np.float32))
    alpha = g.node("Resize", g.slice(planes, 1, 3, 4), "", scales, mode="linear")
    large = _bytes(b, g.concat(colour, alpha))
    size = (1024, 1024, 4)
    g.output(
        "output",
        g.node("Reshape", large, g.ints(*(size if first else (-1, *size)))),
        size if first else (1, *size),
        UINT8,
    )
    path = _save(g, path)
    if not first:
        model = onnx.load(path)
        for value in (*model.graph.input, *model.graph.output):
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
        onnx.save(model, path)
    return path


def _save(graph: Graph, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    model = graph.model()
    model.opset_import[0].version = 16
    onnx.save(model, path)
    return path
