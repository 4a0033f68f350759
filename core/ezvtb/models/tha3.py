"""Talking Head Anime 3 (THA3): its five networks as ONNX graphs.

The architecture is Pramook Khungurn's (`pkhungurn/talking-head-anime-3-demo`, MIT); this follows
`tha3/poser/modes/separable_float.py`. The graphs hand tensors to each other by name:

    decomposer  picture                                       -> image, eyebrow_background, eyebrow_layer
    combiner    eyebrow_background, eyebrow_layer, eyebrow_pose -> eyebrow
    morpher     image, eyebrow, face_pose                     -> face
    rotator     image, face, body_pose                        -> warped, grid_change
    editor      image, face, warped, grid_change, body_pose   -> frame

`picture` and `frame` are uint8 BGRA with straight alpha, poses are float32, all else is in the graph's precision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import onnx

from .graph import FLOAT, UINT8, Array, Graph, Precision, Value
from .pixels import SIZE, network_to_frame, picture_to_network
from .tha3_blocks import Head, PlainBlocks
from .tha3_fast import FastBlocks

EYEBROW_SIZE, FACE_SIZE, HALF_SIZE = 128, 192, 256
EYEBROW_POSE, FACE_POSE, BODY_POSE = 12, 27, 6
"""How many of the 45 pose values each part takes, in this order."""

# Top left corners, (y, x) in pixels of the 512x512 picture, and of the eyebrows inside the face.
EYEBROW_AT, FACE_AT, EYEBROW_IN_FACE = (64, 192), (32, 160), (32, 32)

LEAKY = 0.1
"""The slope of LeakyReLU in rotator and editor; the other three use ReLU."""


@dataclass(frozen=True)
class Network:
    """One of the five: the file of the official release that holds its weights, and how its graph is made."""

    weights: str
    build: Callable[[PlainBlocks], None]
    slope: float = 0.0


def build(network: str, weights: Mapping[str, Array], precision: Precision, *, plain: bool = False) -> onnx.ModelProto:
    """The graph of `network` (a key of `NETWORKS`) with these weights.

    Args:
        network: "decomposer", "combiner", "morpher", "rotator" or "editor".
        weights: the state dict of its official weights, separable or standard.
        precision: the number format inside.
        plain: leave out the rearrangements of `tha3_fast`, so that the graph is what an export of the reference would
            be. The benchmark measures against it.
    """
    graph = Graph(f"tha3_{network}", precision)
    blocks = PlainBlocks if plain else FastBlocks
    kind = NETWORKS[network]
    kind.build(blocks(graph, weights, kind.slope))
    return graph.model()


def build_plain(network: str, weights: Mapping[str, Array], precision: Precision = "fp32") -> onnx.ModelProto:
    """The graph as a straightforward export of the reference would give it."""
    return build(network, weights, precision, plain=True)


def _decomposer(b: PlainBlocks) -> None:
    g = b.graph
    image = g.narrow(picture_to_network(g, g.input("picture", (1, SIZE, SIZE, 4), UINT8)))
    part = g.crop(image, *EYEBROW_AT, EYEBROW_SIZE)
    feature = _encoder_decoder(b, part)
    background_alpha, background_colour, layer_alpha, layer_colour = b.heads(
        feature,
        [
            Head("background_layer_alpha", "Sigmoid"),
            Head("background_layer_color_change", "Tanh"),
            Head("eyebrow_layer_alpha", "Sigmoid"),
            Head("eyebrow_layer_color_change", "Tanh"),
        ],
    )
    g.output("image", image, (1, 4, SIZE, SIZE))
    shape = (1, 4, EYEBROW_SIZE, EYEBROW_SIZE)
    g.output("eyebrow_background", b.mix(background_alpha, background_colour, part), shape)
    # The other way round: here alpha says where the picture's own pixels are the eyebrow's.
    g.output("eyebrow_layer", b.mix(layer_alpha, part, layer_colour), shape)


def _combiner(b: PlainBlocks) -> None:
    g = b.graph
    shape = (1, 4, EYEBROW_SIZE, EYEBROW_SIZE)
    background, layer = g.input("eyebrow_background", shape), g.input("eyebrow_layer", shape)
    pose = g.input("eyebrow_pose", (1, EYEBROW_POSE), FLOAT)
    feature = _encoder_decoder(b, g.concat(background, layer), pose, EYEBROW_SIZE // 8)
    grid_change, alpha, colour = b.heads(
        feature,
        [
            Head("morphed_eyebrow_layer_grid_change"),
            Head("morphed_eyebrow_layer_alpha", "Sigmoid"),
            Head("morphed_eyebrow_layer_color_change", "Tanh"),
        ],
    )
    morphed = b.mix(alpha, colour, b.warp(layer, g.widen(grid_change), EYEBROW_SIZE))
    # `EYEBROW_IMAGE_NO_COMBINE_ALPHA_INDEX`: the layer's own alpha lays it over the background's colour; the
    # background's alpha stays. The network's `combine_alpha` head is not used.
    colour, opacity = g.split(morphed, [3, 1])
    under, under_opacity = g.split(background, [3, 1])
    unit = g.node("Mul", g.node("Add", opacity, g.weight(1.0)), g.weight(0.5))
    g.output("eyebrow", g.concat(b.mix(unit, colour, under), under_opacity), shape)


def _morpher(b: PlainBlocks) -> None:
    g = b.graph
    image = g.input("image", (1, 4, SIZE, SIZE))
    eyebrow = g.input("eyebrow", (1, 4, EYEBROW_SIZE, EYEBROW_SIZE))
    pose = g.input("face_pose", (1, FACE_POSE), FLOAT)
    part = b.paste(g.crop(image, *FACE_AT, FACE_SIZE), eyebrow, EYEBROW_IN_FACE, (FACE_SIZE, EYEBROW_SIZE))
    feature = _encoder_decoder(b, part, pose, FACE_SIZE // 8)
    grid_change, mouth_colour, mouth_alpha, eye_colour, eye_alpha = b.heads(
        feature,
        [
            Head("iris_mouth_grid_change"),
            Head("iris_mouth_color_change", "Tanh"),
            Head("iris_mouth_alpha", "Sigmoid"),
            Head("eye_color_change", "Tanh"),
            Head("eye_alpha", "Sigmoid"),
        ],
    )
    face = b.mix(mouth_alpha, mouth_colour, b.warp(part, g.widen(grid_change), FACE_SIZE))
    g.output("face", b.mix(eye_alpha, eye_colour, face), (1, 4, FACE_SIZE, FACE_SIZE))


def _rotator(b: PlainBlocks) -> None:
    g = b.graph
    image, face = g.input("image", (1, 4, SIZE, SIZE)), g.input("face", (1, 4, FACE_SIZE, FACE_SIZE))
    pose = g.input("body_pose", (1, BODY_POSE), FLOAT)
    half = b.halved(b.paste(image, face, FACE_AT, (SIZE, FACE_SIZE)))
    x = b.posed_block(half, pose, HALF_SIZE, "encoder_decoder.downsample_blocks.0")
    for i in (1, 2, 3):
        x = b.block(x, f"encoder_decoder.downsample_blocks.{i}", stride=2)
    for i in range(6):
        x = b.residual(x, f"encoder_decoder.bottleneck_blocks.{i}")
    for i in range(3):
        x = b.doubled_block(x, f"encoder_decoder.upsample_blocks.{i}.1")
    # The `direct_creator` head makes an image that the poser doesn't use.
    (grid_change,) = b.heads(x, [Head("grid_change_creator")])
    g.output("warped", b.warp(half, g.widen(grid_change), HALF_SIZE), (1, 4, HALF_SIZE, HALF_SIZE))
    g.output("grid_change", grid_change, (1, 2, HALF_SIZE, HALF_SIZE))


def _editor(b: PlainBlocks) -> None:
    g = b.graph
    image, face = g.input("image", (1, 4, SIZE, SIZE)), g.input("face", (1, 4, FACE_SIZE, FACE_SIZE))
    half_warped = g.input("warped", (1, 4, HALF_SIZE, HALF_SIZE))
    half_grid_change = g.input("grid_change", (1, 2, HALF_SIZE, HALF_SIZE))
    pose = g.input("body_pose", (1, BODY_POSE), FLOAT)
    whole = b.paste(image, face, FACE_AT, (SIZE, FACE_SIZE))
    rough = b.doubled(g.widen(half_grid_change), "linear")
    x = g.concat(whole, b.doubled(half_warped, "linear"), g.narrow(rough))
    x = b.posed_block(x, pose, SIZE, "body.downsample_blocks.0")
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
    warped = b.warp(whole, g.node("Add", rough, g.widen(correction)), SIZE)
    frame = network_to_frame(g, g.widen(b.mix(alpha, colour, warped)))
    g.output("frame", frame, (1, SIZE, SIZE, 4), UINT8)


def _encoder_decoder(b: PlainBlocks, x: Value, pose: Value = "", size: int = 0) -> Value:
    """`PoserEncoderDecoder00`: three halvings, six bottleneck blocks (the pose enters the first), three doublings.

    `size` is the bottleneck's; without a pose neither is needed. The standard face morpher keeps the blocks at the top
    of its state dict, all others under `body`.
    """
    body = "body." if any(name.startswith("body.") for name in b.weights) else ""
    x = b.block(x, f"{body}downsample_blocks.0")
    for i in (1, 2, 3):
        x = b.block(x, f"{body}downsample_blocks.{i}", stride=2)
    first = f"{body}bottleneck_blocks.0"
    x = b.posed_block(x, pose, size, first) if pose else b.block(x, first)
    for i in range(1, 6):
        x = b.residual(x, f"{body}bottleneck_blocks.{i}")
    for i in range(3):
        x = b.transposed_block(x, f"{body}upsample_blocks.{i}")
    return x


NETWORKS: dict[str, Network] = {
    "decomposer": Network("eyebrow_decomposer.pt", _decomposer),
    "combiner": Network("eyebrow_morphing_combiner.pt", _combiner),
    "morpher": Network("face_morpher.pt", _morpher),
    "rotator": Network("two_algo_face_body_rotator.pt", _rotator, LEAKY),
    "editor": Network("editor.pt", _editor, LEAKY),
}
"""In the order in which they run."""
