"""Whether a device draws what the references draw: poser, in-between frames, super resolution."""

import numpy as np

from ezvtb.backends import open_backend
from ezvtb.backends.base import Array, Backend, Graph
from ezvtb.models import store
from ezvtb.models.rife import MOVE_ABOVE
from ezvtb.sr.enlarger import model_for
from ezvtb.trials import goldens
from ezvtb.trials.place import Outcome, Place

FULL, HALF = 50.0, 40.0
"""dB at least, at full and at half precision."""

LEVELS = 8.0
"""Of 255: how far a pixel of the poser's may be off at full precision. Half rounds to 3 digits: single pixels on a
sharp line may differ much, a frame as a whole must not."""


def poser(place: Place) -> "list[Outcome]":
    """Frames of whole cores against those of the PyTorch reference."""
    core = place.core()
    poses = goldens.poses()
    numbers = range(0, len(poses), 6) if place.brief else range(len(poses))
    found = []
    for character in goldens.CHARACTERS[: 1 if place.brief else None]:
        core.setImage(goldens.picture(character))
        # each is judged before the next: a core's frames are its own memory
        likenesses = [
            goldens.likeness(core.inference(poses[i : i + 1])[0], goldens.frame(character, i)) for i in numbers
        ]
        found.append(_judged(character, place, min(likenesses)[0], max(levels for _, levels in likenesses)))
    return found


def in_between(place: Place) -> "list[Outcome]":
    """RIFE half-way between two frames against the PyTorch reference, where pixels move."""
    backend = place.backend()
    graphs = store.find("rife40", backend.graph_precision).graphs
    flow, merge = (backend.load(graphs[name]) for name in ("flow_512", "x2_512"))
    found = []
    for character, first, second in goldens.PAIRS[: 1 if place.brief else None]:
        frames = {"before": goldens.frame(character, first), "after": goldens.frame(character, second)}
        motion = _run(backend, flow, frames)
        made = _run(backend, merge, motion)["between"][0]
        moves = np.abs(motion["motion"][0, :4].astype(np.float32)).max(axis=0) >= MOVE_ABOVE
        error = (goldens.premultiplied(made)[..., 2::-1] / 255 - goldens.between(character, first, second))[moves]
        decibels = float(-10 * np.log10(max(np.mean(error**2), 1e-12)))
        found.append(_judged(f"{character} {first} to {second}", place, decibels))
    return found


def super_resolution(place: Place) -> "list[Outcome]":
    """Both enlargers' graphs against what ONNX Runtime makes of them on the CPU at full precision.

    That these are ncnn's is what `tests/sr/test_parity.py` proves.
    """
    backend, cpu = place.backend(), open_backend("onnxruntime", 0, half=False)
    frame = goldens.frame("coral", 3)
    found = []
    for x4 in (True, False):
        name, network = model_for(x4, 1)
        pictures = []
        for each in (backend, cpu):
            graph = each.load(store.find(name, each.graph_precision).graphs[network])
            ((given, spec),) = graph.inputs.items()
            height, width = spec.shape[1:3]
            left = (frame.shape[1] - width) // 2
            pictures.append(_run(each, graph, {given: frame[:height, left : left + width]})["enlarged"][0])
        found.append(_judged(network, place, goldens.likeness(*pictures)[0]))
    return found


def _run(backend: Backend, graph: Graph, given: "dict[str, Array]") -> "dict[str, Array]":
    """What a graph makes of its inputs, out of and into the host's memory."""
    buffers = {name: backend.allocate(spec) for name, spec in {**graph.inputs, **graph.outputs}.items()}
    for name in graph.inputs:
        buffers[name][...] = given[name]
    graph.run(buffers)
    return buffers


def _judged(what: str, place: Place, decibels: float, levels: float = 0.0) -> Outcome:
    least = HALF if place.half else FULL
    good = decibels >= least and (place.half or levels <= LEVELS)
    told = f"{decibels:.1f} dB, {least:.0f} at least" + (f"; {levels:.1f} levels off at most" if levels else "")
    return Outcome(what, good, told)
