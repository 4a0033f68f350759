"""From options to the components of a core, and for each the line of the report that says what it really is."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from ezvtb import backends
from ezvtb.backends import golden
from ezvtb.backends.background_build import BackgroundBuild, command
from ezvtb.backends.base import Backend
from ezvtb.backends.devices import Device
from ezvtb.backends.engines import NotBuilt
from ezvtb.backends.null import GRAPHS as NULL_GRAPHS
from ezvtb.backends.null import RIFE_GRAPHS as NULL_RIFE_GRAPHS
from ezvtb.errors import BackendError, ModelError, ModelMissing
from ezvtb.models import store
from ezvtb.models.store import InstalledModel
from ezvtb.options import Options
from ezvtb.report import Component
from ezvtb.rife.interpolator import Interpolator
from ezvtb.sr.enlarger import Enlarger, model_for
from ezvtb.tha.poser import Poser

_Made = TypeVar("_Made", Interpolator, Enlarger)


class Drawing(NamedTuple):
    """The poser, and what the frames that it draws depend on."""

    poser: Poser
    component: Component
    identity: str
    """Of weights, graphs and runtime: at the same precision, two posers with the same one draw the same frames."""
    devices: "list[dict[str, object]]"
    """What `device_id` counts: `id` and `name` of each."""
    building: BackgroundBuild | None
    """The build of TensorRT's engines for the next start, where they are missing."""


def open_poser(options: Options) -> Drawing:
    """The poser. ModelMissing or BackendError if there can be none: without it there is no avatar."""
    cache_bytes = int(options.model_cache_size * 2**30) if options.model_cache else 0
    missing: list[list[str]] = []

    def make(backend: Backend) -> tuple[Poser, InstalledModel, list[str]]:
        try:
            model, note = _poser_model(options, backend)
        except ModelMissing as error:
            if backend.graph_precision == "fp32":
                raise
            raise BackendError(str(error)) from error  # a user's own may be there in full precision only
        try:
            poser = Poser(backend, model.graphs, cache_bytes, cache_in_ram=not options.model_vram_cache)
        except NotBuilt as error:
            missing.append(command([model.name], error.number, backend.precision))
            raise
        golden.prove(poser, model, backend)
        return poser, model, note

    choice = backends.first_that_works(options.device_id, options.model_half, make, options.use_tensorrt)
    backend, (poser, model, note) = choice.backend, choice.made
    why = [*choice.refused, *_not_as_asked(options, backend, choice.devices), *note]
    component = Component("tha", backend.name, backend.device, backend.precision, " ".join(why))
    devices: list[dict[str, object]] = [{"id": i, "name": each.label} for i, each in enumerate(choice.devices)]
    building = BackgroundBuild(missing[0]) if missing else None
    return Drawing(poser, component, f"{model.identity} {backend.name}", devices, building)


def open_interpolator(options: Options) -> tuple[Interpolator | None, Component]:
    """RIFE, if it is asked for; absent with the reason if it can't be had."""
    if not options.use_interpolation:
        return None, Component("rife", "off")

    def make(backend: Backend) -> tuple[Interpolator, str]:
        scale = options.interpolation_scale
        if backend.name == "null":
            return Interpolator(backend, NULL_RIFE_GRAPHS, scale), ""

        def build(model: InstalledModel) -> Interpolator:
            return Interpolator(backend, model.graphs, scale)

        return _with_users_model("rife_imported", "rife40", f"x{scale}_512", backend, build)

    return _open("rife", options, make, "each pose gives one frame")


def open_enlarger(options: Options) -> tuple[Enlarger | None, Component, str]:
    """Super resolution, if it is asked for; absent with the reason if it can't be had.

    The third is its identity: enlarged frames of two enlargers with the same one are the same.
    """
    if not options.use_sr:
        return None, Component("sr", "off"), ""
    name, graph = model_for(options.sr_x4, options.sr_noise)
    identity = [name, graph]

    def make(backend: Backend) -> tuple[Enlarger, str]:
        if backend.name == "null":
            return Enlarger(backend, NULL_GRAPHS, graph), ""

        def build(model: InstalledModel) -> Enlarger:
            made = Enlarger(backend, model.graphs, graph)
            identity.extend((model.identity, backend.name, backend.precision))
            return made

        return _with_users_model(
            "realesrgan_imported" if options.sr_x4 else "waifu2x_imported", name, graph, backend, build
        )

    return *_open("sr", options, make, "frames are 512x512"), " ".join(identity)


def _open(
    component: str, options: Options, make: Callable[[Backend], tuple[_Made, str]], consequence: str
) -> tuple[_Made | None, Component]:
    try:
        choice: backends.Choice[None] = backends.choose(options.device_id, component in _halves(options))
        backend = choice.backend
        made, note = make(backend)
    except (ModelError, BackendError) as error:
        return None, Component(component, "absent", why=f"{error} Until then {consequence}.")
    why = [*choice.refused, note, _half_note(component, options, backend)]
    return made, Component(component, backend.name, backend.device, backend.precision, " ".join(filter(None, why)))


def _with_users_model(
    users: str, ours: str, graph: str, backend: Backend, build: Callable[[InstalledModel], _Made]
) -> tuple[_Made, str]:
    """What `build` makes of the user's own model, where it is imported, has this graph and works, else of ours; and
    what there is to say about that.

    It is there because the user wanted it; `python -m ezvtb.models remove` takes it away.
    """
    note = ""
    if store.model_folder(users).exists():
        try:
            model = store.find(users, backend.graph_precision)
            if graph in model.graphs:
                return build(model), f"Your own {users} is used in place of {ours}."
            note = f"{users} has no {graph}; {ours} is used."
        except (ModelError, BackendError) as error:
            note = f"{error} Until then {ours} is used."
    return build(store.find(ours, backend.graph_precision)), note


def _poser_model(options: Options, backend: Backend) -> tuple[InstalledModel, list[str]]:
    """The poser's model for these options, and what is not as asked about it."""
    precision = backend.graph_precision
    if backend.name == "null":
        return InstalledModel("null", precision, Path(), dict(NULL_GRAPHS), "null"), []
    if options.model_seperable:
        return store.find("tha3_separable", precision), []
    try:
        return store.find("tha3_standard", precision), []
    except ModelError as error:
        return store.find("tha3_separable", precision), [f"{error} Until then the separable one is used."]


def _not_as_asked(options: Options, backend: Backend, found: list[Device]) -> list[str]:
    """One sentence for each option of the poser that this machine can't honour."""
    notes = []
    if options.use_tensorrt and not any("tensorrt" in device.numbers for device in found):
        notes.append("TensorRT needs an NVIDIA card.")
    if options.device_id >= len(found):
        notes.append(f"There is no device {options.device_id}; device 0 is used.")
    if options.model_cache and options.model_vram_cache and not backend.device_memory:
        notes.append("This device has no VRAM of its own; results are kept in RAM.")
    if not backend.device_memory:  # of a device that has some, it is said above why not
        notes.append(_half_note("tha", options, backend))
    return [note for note in notes if note]


def _halves(options: Options) -> list[str]:
    """The components that are to compute in half precision."""
    asked = {
        "tha": options.model_half,
        "rife": options.use_interpolation and options.interpolation_half,
        "sr": options.use_sr and options.sr_half,
    }
    return [component for component, half in asked.items() if half]


def _half_note(component: str, options: Options, backend: Backend) -> str:
    """What becomes of half precision on this backend: fp16, or bf16 where that is what a CPU has, is as asked.

    The first component that is to have it says so for all: they are on one device.
    """
    if _halves(options)[:1] != [component] or backend.precision in ("fp16", "bf16"):
        return ""
    return "Half precision doesn't pay on this device; full precision is used."
