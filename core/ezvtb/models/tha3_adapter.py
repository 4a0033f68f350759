"""A user's own ONNX graphs of THA3 with our inputs and outputs around them.

The graphs are those of `zpeng11/ezvtuber-rt`, of which there are two generations: the first takes and gives pictures in
network space (see `pixels`), the second bytes. Their tensors, shapes without the leading 1:

    decomposer  image 4x512x512 or bytes        -> background layer, eyebrow layer 4x128x128 [, image 4x512x512]
    combiner    image, both layers, pose 12     -> eyebrows 4x192x192 in the face, and what the morpher's encoder makes
    morpher     image, those two, pose 27       -> picture with its face 4x512x512, the same 4x256x256
    rotator     the latter, pose 6              -> warped 4x512x512, grid change 2x512x512
    editor      picture, the former two, pose 6 -> result 4x512x512 [, bytes]

Ports are told by shape, and by a word in the name where two are alike. Between the graphs all is float32 as ours is:
the `eyebrow` holds both of the combiner's results in a row, and of the morpher's picture only the face goes on, so that
the stage cache stays small.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import onnx

from ezvtb.errors import ModelDamaged

from . import tha3
from .foreign import BROW, GRID, OTHER, Adapter, Foreign, Ports, fitted
from .graph import FLOAT, HALF, UINT8, Graph, Precision, Value
from .pixels import SIZE, network_to_frame, picture_to_network
from .tha3 import BODY_POSE, EYEBROW_POSE, FACE_AT, FACE_POSE, FACE_SIZE, HALF_SIZE
from .tha3_blocks import PlainBlocks

WHOLE, FACE, SMALL = (1, 4, SIZE, SIZE), (1, 4, FACE_SIZE, FACE_SIZE), (1, 4, HALF_SIZE, HALF_SIZE)
PICTURE = (SIZE, SIZE, 4)


def check_chain(graphs: Mapping[str, Foreign]) -> None:
    """ModelDamaged unless the morpher takes what the combiner gives."""
    given = [port.shape for port in graphs["combiner"].outputs.values() if port.shape != FACE]
    taken = [graphs["morpher"].inputs[name].shape for name in _extra_inputs(graphs["morpher"].inputs)]
    if given != taken:
        raise ModelDamaged(f"The combiner gives {given} beside the eyebrows, and the morpher takes {taken}.", OTHER)


def adapted(foreign: Foreign, precision: Precision) -> onnx.ModelProto:
    """The graph of `foreign` with our inputs and outputs; see `fitted`."""
    return fitted(foreign, precision, _ADAPTERS[foreign.role])


def _extra_inputs(inputs: Ports) -> list[str]:
    """What the morpher takes beside picture, eyebrows and pose."""
    return [name for name, port in inputs.items() if port.shape not in (WHOLE, FACE, (1, FACE_POSE))]


def _one(ports: Ports, shape: Sequence[int], word: str = "", other: str = "") -> str:
    """The one port of that shape with `word` in its name and without `other`."""
    fits = [
        name
        for name, port in ports.items()
        if port.shape == tuple(shape)
        and port.dtype in (FLOAT, HALF)
        and word in name.casefold()
        and not (other and other in name.casefold())
    ]
    if len(fits) != 1:
        named = f" with {word!r} in its name" if word else f" without {other!r} in its name" if other else ""
        raise ModelDamaged(f"There are {len(fits)} tensors of shape {tuple(shape)}{named}, not one.", OTHER)
    return fits[0]


def _picture(g: Graph, face: Value) -> Value:
    """The picture with the face that the morpher made."""
    return PlainBlocks(g, {}).paste(g.input("image", WHOLE), face, FACE_AT, (SIZE, FACE_SIZE))


def _decomposer(a: Adapter) -> None:
    g = a.graph
    picture = g.input("picture", (1, *PICTURE), UINT8)
    ((name, port),) = a.inputs.items()
    image = ""
    if port.pixels:
        a.give(name, picture)
    else:
        image = picture_to_network(g, picture)
        a.give(_one(a.inputs, WHOLE), image)
    a.run()
    g.output("image", image or a.result(_one(a.outputs, WHOLE)), WHOLE)
    g.output("eyebrow_background", a.result(_one(a.outputs, BROW, "background")), BROW)
    g.output("eyebrow_layer", a.result(_one(a.outputs, BROW, other="background")), BROW)


def _combiner(a: Adapter) -> None:
    g = a.graph
    a.give(_one(a.inputs, BROW, "background"), g.input("eyebrow_background", BROW))
    a.give(_one(a.inputs, BROW, other="background"), g.input("eyebrow_layer", BROW))
    a.give(_one(a.inputs, (1, EYEBROW_POSE)), g.input("eyebrow_pose", (1, EYEBROW_POSE), FLOAT))
    a.give(_one(a.inputs, WHOLE), g.input("image", WHOLE))
    a.run()
    face = _one(a.outputs, FACE)
    names = [face, *(name for name in a.outputs if name != face)]
    flat = [g.node("Reshape", a.result(name), g.ints(1, -1)) for name in names]
    size = sum(math.prod(a.outputs[name].shape) for name in names)
    g.output("eyebrow", g.concat(*flat), (1, size))


def _morpher(a: Adapter) -> None:
    g = a.graph
    names = [_one(a.inputs, FACE), *_extra_inputs(a.inputs)]
    shapes = [a.inputs[name].shape for name in names]
    sizes = [math.prod(shape) for shape in shapes]
    a.give(_one(a.inputs, WHOLE), g.input("image", WHOLE))
    eyebrow = g.input("eyebrow", (1, sum(sizes)))
    parts = g.split(eyebrow, sizes) if len(names) > 1 else [eyebrow]
    for name, part, shape in zip(names, parts, shapes):
        a.give(name, g.node("Reshape", part, g.ints(*shape)))
    a.give(_one(a.inputs, (1, FACE_POSE)), g.input("face_pose", (1, FACE_POSE), FLOAT))
    a.run()
    g.output("face", g.crop(a.result(_one(a.outputs, WHOLE)), *FACE_AT, FACE_SIZE), FACE)


def _rotator(a: Adapter) -> None:
    g = a.graph
    a.give(_one(a.inputs, SMALL), PlainBlocks(g, {}).halved(_picture(g, g.input("face", FACE))))
    a.give(_one(a.inputs, (1, BODY_POSE)), g.input("body_pose", (1, BODY_POSE), FLOAT))
    a.run()
    g.output("warped", a.result(_one(a.outputs, WHOLE)), WHOLE)
    g.output("grid_change", a.result(_one(a.outputs, GRID)), GRID)


def _editor(a: Adapter) -> None:
    g = a.graph
    a.give(_one(a.inputs, WHOLE, other="warped"), _picture(g, g.input("face", FACE)))
    a.give(_one(a.inputs, WHOLE, "warped"), g.input("warped", WHOLE))
    a.give(_one(a.inputs, GRID), g.input("grid_change", GRID))
    a.give(_one(a.inputs, (1, BODY_POSE)), g.input("body_pose", (1, BODY_POSE), FLOAT))
    a.run()
    pixels = [name for name, port in a.outputs.items() if port.pixels]
    if any(port.shape == WHOLE for port in a.outputs.values()) or not pixels:
        frame = network_to_frame(g, a.result(_one(a.outputs, WHOLE)))
    else:
        frame = g.node("Reshape", a.result(pixels[0]), g.ints(1, *PICTURE))
    g.output("frame", frame, (1, *PICTURE), UINT8)


_ADAPTERS: dict[str, Callable[[Adapter], None]] = {
    "decomposer": _decomposer,
    "combiner": _combiner,
    "morpher": _morpher,
    "rotator": _rotator,
    "editor": _editor,
}
assert _ADAPTERS.keys() == tha3.NETWORKS.keys()
