"""What users bring, made for tests: `.pt` archives without PyTorch, and graphs as EasyVtuber's users have them."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from ezvtb.models import tha3
from ezvtb.models.graph import FLOAT, UINT8, Graph
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
