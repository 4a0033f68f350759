"""A user's own ONNX graphs of RIFE and of super resolution with our inputs and outputs around them.

The graphs are those of `zpeng11/ezvtuber-rt`. They take and give whole frames as BGRA bytes, 512x512, with a leading
dimension or, in the first generation, without:

    RIFE              two frames -> as many as the scale says, the second of the two last: one output, or one for each
    Real-ESRGAN       a frame    -> the face and the shoulders, 1024x1024
    waifu2x           a frame    -> all of it, 1024x1024

Fitted they are called and used as the graphs of `rife` and `sr` are: `x2_512` takes `before` and `after` and gives
`between`, `face_x4` and `noise1_x2` take `frame` and give `enlarged`.

What those graphs do about alpha is not used where it can be helped. RIFE of the first generation moves straight colours
and takes alpha from one neighbour, so edges flicker: against the poser's own frames, RIFE 4.0 in that arrangement was
1.0 dB worse than a plain blend, over nine recorded pairs. So RIFE gets the figure over black, opaque, and alpha either
along with it, where the graph moves it too, or once more as a grey picture:

    as the graph does it                             35.3 dB
    colour premultiplied, alpha blended              38.6
    colour premultiplied, alpha as a grey picture    40.4
    all four moved by one motion, as a yardstick     40.6

Super resolution gets the colours filled up to behind the edges, and alpha is enlarged as ours is (`sr_pixels`).
"""

from collections.abc import Sequence

import numpy as np
import onnx

from ezvtb.errors import ModelDamaged
from ezvtb.sr.shapes import ANIMEVIDEO, ENLARGED, Area

from .foreign import OTHER, Adapter, Foreign, fitted
from .graph import FLOAT, UINT8, Graph, Precision, Value
from .pixels import SIZE
from .rife import SCALES
from .sr import crop
from .sr_pixels import bytes_of, enlarged_alpha, filled, planes_of

FRAME = (1, SIZE, SIZE, 4)

ALL = Area(0, 0, SIZE, SIZE)


def scale_of(foreign: Foreign) -> int:
    """How many frames a graph of RIFE makes of one. ModelDamaged where there is none of ours for that."""
    frames = sum(port.frames(SIZE) for port in foreign.outputs.values())
    if frames not in SCALES or not all(port.frames(SIZE) for port in foreign.outputs.values()):
        raise ModelDamaged(f"It makes {frames} frames of one, where 2, 3 or 4 are known.", OTHER)
    return frames


def adapted_rife(foreign: Foreign, precision: Precision, *, grey: bool) -> onnx.ModelProto:
    """The graph that gives `between`; `grey`: alpha goes through RIFE as a picture of its own."""

    def around(a: Adapter) -> None:
        g = a.graph
        given = [planes_of(g, g.input(name, FRAME, UINT8)) for name in ("before", "after")]
        pictures = [(g.node("Mul", colour, alpha), alpha) for colour, alpha in given]
        frames = _moved(a, [bytes_of(g, colour, _opaque(g) if grey else alpha) for colour, alpha in pictures])
        if grey:
            greys = _moved(a, [bytes_of(g, g.concat(alpha, alpha, alpha), _opaque(g)) for _, alpha in given])
            frames = [(colour, g.slice(levels, 1, 1, 2)) for (colour, _), (levels, _) in zip(frames, greys)]
        made = [bytes_of(g, _straight(g, colour, alpha), alpha) for colour, alpha in frames]
        between = made[0] if len(made) == 1 else g.concat(*made, axis=0)
        g.output("between", between, (len(made), *FRAME[1:]), UINT8)

    return fitted(foreign, precision, around)


def adapted_sr(foreign: Foreign, precision: Precision, *, scale: int) -> onnx.ModelProto:
    """The graph that gives `enlarged`: at `scale` 4 of the face and the shoulders, at 2 of all of the frame."""

    def around(a: Adapter) -> None:
        g = a.graph
        area, shown = (ANIMEVIDEO.filled, ANIMEVIDEO.shown) if scale == 4 else (ALL, ALL)
        colour, alpha = (crop(g, planes, area, ALL.size) for planes in planes_of(g, g.input("frame", FRAME, UINT8)))
        seen = filled(g, colour, alpha)
        if area != ALL:
            around_it = (0, 0, area.top, area.left, 0, 0, SIZE - area.bottom, SIZE - area.right)
            seen = g.node("Pad", seen, g.ints(*around_it))
        ((taken, _),) = a.inputs.items()
        a.give(taken, bytes_of(g, seen, _opaque(g)))
        a.run()
        ((made, _),) = a.outputs.items()
        large, _ = planes_of(g, g.node("Reshape", a.result(made), g.ints(1, ENLARGED, ENLARGED, 4)))
        alpha = crop(g, enlarged_alpha(g, alpha, scale), shown.inside(area).times(scale), area.times(scale).size)
        g.output("enlarged", bytes_of(g, large, alpha), (1, ENLARGED, ENLARGED, 4), UINT8)

    return fitted(foreign, precision, around)


def _moved(a: Adapter, frames: Sequence[Value]) -> list[tuple[Value, Value]]:
    """Colour and alpha, 0..1, of each frame that RIFE makes of these two, without the last one: it is given."""
    for name, frame in zip(a.inputs, frames):
        a.give(name, frame)
    a.run()
    g, made = a.graph, []
    for name, port in a.outputs.items():
        count = port.frames(SIZE)
        whole = g.node("Reshape", a.result(name), g.ints(count, *FRAME[1:]))
        # cast first thing, because TensorRT computes nothing with bytes
        made += g.split(g.cast(whole, FLOAT), [1] * count, axis=0) if count > 1 else [g.cast(whole, FLOAT)]
    return [planes_of(g, frame) for frame in made[:-1]]


def _straight(g: Graph, colour: Value, alpha: Value) -> Value:
    """Premultiplied colour as straight one. Where alpha will be the byte 0 a fixed divisor keeps it finite."""
    return g.node("Div", colour, g.node("Max", alpha, g.constant(np.float32(1 / 255))))


def _opaque(g: Graph) -> Value:
    """Alpha without any transparency: (1, 1, 512, 512)."""
    return g.node("Expand", g.constant(np.ones((1, 1, 1, 1), np.float32)), g.ints(1, 1, SIZE, SIZE))
