"""`python -m ezvtb.backends.tensorrt_build`: builds TensorRT's engines for a card, those that aren't there yet.

It can be stopped at any moment and goes on where it was. With `--json` it prints a line of JSON for each step, at low
priority, and ends when its standard input is closed: so it doesn't outlive who started it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ezvtb import own_stdin
from ezvtb.backends import devices, engines
from ezvtb.backends.cuda import Card, open_card
from ezvtb.backends.engines import Identity
from ezvtb.backends.flavours import FLAVOURS, PLAIN, Flavour
from ezvtb.backends.just_in_time import build_for_this_card, open_context
from ezvtb.errors import BackendError, EzvtbError
from ezvtb.models import store
from ezvtb.models.lock import exclusive
from ezvtb.priority import step_back

WORKSPACE = 2**30
"""Bytes of the card that a layer may use for itself. The largest tensors here have 32 MB; the game needs the rest."""


_VERIFY = "Run `python -m ezvtb.models verify` in the project's folder."


class Phases:
    """Tells how far one build is, 0 to 1. TensorRT calls it from its own threads."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._phases: dict[str, tuple[Any, int, int]] = {}  # name -> the phase it belongs to, steps done, steps
        self._most = 0.0

    def phase_start(self, phase_name: str, parent_phase: Any, num_steps: int) -> None:
        """See TensorRT's `IProgressMonitor`."""
        self._phases[phase_name] = parent_phase, 0, max(num_steps, 1)

    def step_complete(self, phase_name: str, step: int) -> bool:
        """See TensorRT's `IProgressMonitor`. True: the build is to go on."""
        if phase_name in self._phases:
            parent, _, steps = self._phases[phase_name]
            self._phases[phase_name] = parent, min(step + 1, steps), steps
            self._most = max(self._most, self._part(phase_name))  # phases come one after the other: it never goes back
            self._tell(self._most)
        return True

    def phase_finish(self, phase_name: str) -> None:
        """See TensorRT's `IProgressMonitor`."""
        self._phases.pop(phase_name, None)

    def _part(self, phase: str) -> float:
        """How far the outermost phase is, with what is done of those inside."""
        done = 0.0
        name: Any = phase
        while name in self._phases:
            name, steps_done, steps = self._phases[name]
            done = min((steps_done + done) / steps, 1.0)
        return done


def monitor(trt: Any, tell: Callable[[float], None]) -> Any:
    """`Phases` as this TensorRT wants them."""

    class Monitor(Phases, trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            Phases.__init__(self, tell)

    return Monitor()


def build(graph: Path, wanted: Identity, card: Card, tell: Callable[[float], None]) -> None:
    """Builds and keeps the engine of an ONNX file. BackendError if TensorRT can't."""
    card.do(_build, graph, wanted, tell)


def _build(graph: Path, wanted: Identity, tell: Callable[[float], None]) -> None:
    flavour = FLAVOURS[wanted.kind]
    trt = flavour.library()
    logger = trt.Logger(trt.Logger.WARNING)
    builder = flavour.started(trt.Builder, logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(graph)):
        reasons = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise BackendError(f"{flavour.name} can't read {wanted.graph}: {reasons}.", _VERIFY)
    config = builder.create_builder_config()
    config.clear_flag(trt.BuilderFlag.TF32)  # full precision as asked; half is in the graph's types
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE)
    config.progress_monitor = monitor(trt, tell)
    if flavour.compiles_when_loaded:
        build_for_this_card(trt, config)
    else:
        timings = _timings(config, engines.read_timings(wanted.runtime, wanted.device))
    built = builder.build_serialized_network(network, config)
    if built is None:
        raise BackendError(f"{flavour.name} can't build {wanted.graph}.", "Its reason is in the lines above.")
    engines.write(wanted, bytes(memoryview(built)))
    if flavour.compiles_when_loaded:
        engine = flavour.started(trt.Runtime, logger).deserialize_cuda_engine(built)
        if engine is None or open_context(engine, wanted) is None:  # compiled here, it loads at once when it's used
            raise BackendError(f"{flavour.name} can't load {wanted.graph}.", "Its reason is in the lines above.")
    else:
        engines.write_timings(wanted.runtime, wanted.device, bytes(memoryview(timings.serialize())))


def _timings(config: Any, kept: bytes) -> Any:
    """The timing cache of this build: what was kept, or nothing where TensorRT doesn't take that.

    It is damaged then, or was measured with another driver; what is measured now replaces it.
    """
    timings = config.create_timing_cache(kept)
    if timings is None or not config.set_timing_cache(timings, ignore_mismatch=False):
        timings = config.create_timing_cache(b"")
        config.set_timing_cache(timings, ignore_mismatch=False)
    return timings


class PartlyBuilt(BackendError):
    """Some engines couldn't be built."""

    def __init__(self, first: BackendError, built: int) -> None:
        super().__init__(first.message, first.remedy)
        self.built = built
        """How many of the others were."""


def graphs_of(name: str) -> "list[Path]":
    """The graphs that a name means: "tha3_separable/fp16" all, "tha3_separable/fp16/editor" one.

    ModelMissing if the model isn't installed, BackendError if the name is none.
    """
    model, precision, only = [*name.split("/"), "", ""][:3]
    graphs = store.find(model, precision).graphs
    if only and only not in graphs:
        raise BackendError(f"{model} has no graph {only!r}.", f"There are: {', '.join(graphs)}.")
    return [graphs[only]] if only else list(graphs.values())


def missing(names: "list[str]", device: str, flavour: Flavour) -> "list[tuple[Path, Identity]]":
    """What of these graphs has no engine yet, see `graphs_of`."""
    graphs = [graph for name in names for graph in graphs_of(name)]
    version = flavour.library().__version__
    named = [(graph, engines.identity(graph, version, device, flavour.kind)) for graph in graphs]
    return [(graph, identity) for graph, identity in named if engines.read(identity) is None]


def run(names: "list[str]", number: int, say: Callable[[dict[str, Any]], None], kind: str = PLAIN.kind) -> None:
    """Builds what is missing; `say` hears `network`, `of`, `name`, `done` (0 to 1 of all) and `seconds_left`.

    One that can't be built doesn't keep the others from it: PartlyBuilt, in the end.
    """
    with exclusive(engines.folder() / ".lock"):  # two avatars may start at once: one builds for both
        engines.clear_up()
        card = open_card(number)
        todo = missing(names, devices.known_as(kind, number).name, FLAVOURS[kind])
        failures: list[BackendError] = []
        started = time.monotonic()
        for index, (graph, identity) in enumerate(todo):

            def tell(part: float, index: int = index, name: str = identity.graph) -> None:
                done = (index + part) / len(todo)
                left = (time.monotonic() - started) * (1 / done - 1) if done else None
                say({"network": index + 1, "of": len(todo), "name": name, "done": done, "seconds_left": left})

            tell(0.0)
            try:
                build(graph, identity, card, tell)
            except BackendError as error:
                failures.append(error)
        if failures:
            raise PartlyBuilt(failures[0], len(todo) - len(failures))


def main(arguments: "list[str] | None" = None) -> int:
    """The command. 0 if every engine is there."""
    options = argparse.ArgumentParser(prog="python -m ezvtb.backends.tensorrt_build", description=__doc__)
    default = ["tha3_separable/fp16"]
    options.add_argument("graphs", nargs="*", default=default, help="MODEL/PRECISION or MODEL/PRECISION/GRAPH")
    options.add_argument("--device", type=int, default=0, help="number of the card, in the order of the PCI bus")
    options.add_argument("--kind", choices=FLAVOURS, default=PLAIN.kind, help="which of NVIDIA's two TensorRTs")
    options.add_argument("--json", action="store_true", help="a line of JSON a step; ends with its standard input")
    chosen = options.parse_args(arguments)
    if chosen.json:
        _go_to_the_background()
    try:
        run(chosen.graphs, chosen.device, _say_json if chosen.json else _say, chosen.kind)
    except (EzvtbError, ImportError, OSError) as error:
        built = error.built if isinstance(error, PartlyBuilt) else 0
        print(json.dumps({"error": str(error), "built": built}) if chosen.json else f"\n{error}", flush=True)
        return 1
    return 0


def _say(progress: "dict[str, Any]") -> None:
    left = progress["seconds_left"]
    parts = [f"{progress['network']} of {progress['of']}: {progress['name']}, {progress['done']:.0%}"]
    parts += [f"about {left:.0f} s left"] if left is not None else []
    print("\r" + ", ".join(parts) + "    ", end="", flush=True)


def _say_json(progress: "dict[str, Any]") -> None:
    print(json.dumps(progress), flush=True)


def _go_to_the_background() -> None:
    own_stdin.end_with_it()
    step_back()


if __name__ == "__main__":
    sys.exit(main())
