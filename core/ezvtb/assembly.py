"""From options to the components of a core, and for each the line of the report that says what it really is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ezvtb import backends, limits
from ezvtb.backends import Choice, devices, golden, golden_frames
from ezvtb.backends.background_build import BuildList
from ezvtb.backends.base import Backend
from ezvtb.backends.engines import NotBuilt
from ezvtb.backends.null import GRAPHS as NULL_GRAPHS
from ezvtb.backends.null import RIFE_GRAPHS as NULL_RIFE_GRAPHS
from ezvtb.errors import BackendError, ModelError, ModelMissing
from ezvtb.limits import Limit
from ezvtb.models import store
from ezvtb.models.awaited import Awaited, seen
from ezvtb.models.store import InstalledModel
from ezvtb.options import Options
from ezvtb.report import Component
from ezvtb.rife.interpolator import WIDTHS, Interpolator
from ezvtb.sr.enlarger import Enlarger, model_for
from ezvtb.tha import cache_size
from ezvtb.tha.poser import Poser

_Made = TypeVar("_Made", Interpolator, Enlarger)

_STANDARD = "tha3_standard"


class Drawing(NamedTuple):
    """The poser, and what the frames that it draws depend on."""

    poser: Poser
    component: Component
    identity: str
    """Of weights, graphs and runtime: at the same precision, two posers with the same one draw the same frames."""
    devices: "list[dict[str, object]]"
    """What `device_id` counts: `id` and `name` of each."""
    limits: "dict[str, str]"
    """The options that can have no effect here, and of each the name of the reason (`ezvtb.limits`)."""


def open_poser(options: Options, builds: BuildList, awaited: Awaited) -> Drawing:
    """The poser. ModelMissing or BackendError if there can be none: without it there is no avatar.

    What TensorRT lacks goes into `builds`, and a model that another one stands in for into `awaited`.
    """
    wanted = seen(_STANDARD)

    def make(backend: Backend) -> tuple[Poser, InstalledModel, list[str]]:
        with _half_may_be_missing(backend):
            model, note = _poser_model(options, backend)
        try:
            poser = Poser(
                backend, model.graphs, _cache_bytes(options, backend), cache_in_ram=not options.model_vram_cache
            )
        except NotBuilt as error:
            builds.add("tha", model.graphs.values(), error.number, error.kind)
            raise
        golden.prove(poser, model, backend)
        return poser, model, note

    choice = backends.first_that_works(options.device_id, options.model_half, make, options.use_tensorrt)
    backend, (poser, model, note) = choice.backend, choice.made
    if note:
        awaited.add(wanted)
    why = [*choice.listing.problems, *choice.refused, *_not_as_asked(options, choice), *note]
    here = limits.of(choice.listing.devices, backend)
    asked = [limit.sentence for limit in here if limit in _asked_of_poser(options)]
    component = Component("tha", backend.name, backend.device, backend.precision, " ".join(why), " ".join(asked))
    no_effect = {option: limit.name for limit in here for option in limit.options}
    found: list[dict[str, object]] = [
        {"id": i, "name": name} for i, name in enumerate(devices.labels(choice.listing.devices))
    ]
    return Drawing(poser, component, f"{model.identity} {backend.name}", found, no_effect)


def open_interpolator(options: Options, builds: BuildList, awaited: Awaited) -> tuple[Interpolator | None, Component]:
    """RIFE, if it is asked for; absent with the reason if it can't be had.

    What TensorRT lacks goes into `builds`, and the models that are to come into `awaited`.
    """
    if not options.use_interpolation:
        return None, Component("rife", "off")
    scale = options.interpolation_scale
    part = _Part(
        component="rife",
        ours="rife40",
        users="rife_imported",
        needs=f"x{scale}_512",
        uses=tuple(f"{stage}_{width}" for width in WIDTHS for stage in ("flow", f"x{scale}")),
        null=NULL_RIFE_GRAPHS,
        consequence="each pose gives one frame",
    )
    made, line, _ = _open(part, options, builds, awaited, lambda backend, graphs: Interpolator(backend, graphs, scale))
    return made, line


def open_enlarger(options: Options, builds: BuildList, awaited: Awaited) -> tuple[Enlarger | None, Component, str]:
    """Super resolution, if it is asked for; absent with the reason if it can't be had.

    The third is its identity: enlarged frames of two enlargers with the same one are the same. `builds` and `awaited`
    are those of `open_interpolator`.
    """
    if not options.use_sr:
        return None, Component("sr", "off"), ""
    ours, graph = model_for(options.sr_x4, options.sr_noise)
    part = _Part(
        component="sr",
        ours=ours,
        users="realesrgan_imported" if options.sr_x4 else "waifu2x_imported",
        needs=graph,
        uses=(graph, "face_window_x4") if options.sr_x4 else (graph,),
        null=NULL_GRAPHS,
        consequence="frames are 512x512",
    )
    made, line, identity = _open(
        part, options, builds, awaited, lambda backend, graphs: Enlarger(backend, graphs, graph)
    )
    return made, line, f"{ours} {graph} {identity}"


class _Part(NamedTuple):
    """A component that frames can do without, and where its graphs come from."""

    component: str
    ours: str
    """The model in the manifest."""
    users: str
    """The user's own one, which is used instead where it is imported and has the graph `needs`."""
    needs: str
    uses: tuple[str, ...]
    """The graphs that it runs, of those that the model has."""
    null: dict[str, Path]
    """The null backend's."""
    consequence: str
    """What becomes of the frames without it."""


def _open(
    part: _Part,
    options: Options,
    builds: BuildList,
    awaited: Awaited,
    build: Callable[[Backend, dict[str, Path]], _Made],
) -> tuple[_Made | None, Component, str]:
    """What `build` makes on the first backend on which it works, its line of the report, and its frames' identity."""

    def load(backend: Backend, model: InstalledModel) -> _Made:
        try:
            return build(backend, model.graphs)
        except NotBuilt as error:
            graphs = [path for name, path in model.graphs.items() if name in part.uses]
            builds.add(part.component, graphs, error.number, error.kind)
            raise

    def make(backend: Backend) -> tuple[_Made, InstalledModel, str]:
        with _half_may_be_missing(backend):
            made, model, note = _of_users_model(part, backend, load)
        golden_frames.prove(part.needs, made, model, backend, build)
        return made, model, note

    half = part.component in _halves(options)
    before = seen(part.ours, part.users)
    try:
        choice: Choice[tuple[_Made, InstalledModel, str]] = backends.first_that_works(
            options.device_id, half, make, options.use_tensorrt
        )
    except (ModelError, BackendError) as error:
        awaited.add(before)
        return None, Component(part.component, "absent", why=f"{error} Until then {part.consequence}."), ""
    backend, (made, model, note) = choice.backend, choice.made
    if note and model.name == part.ours:
        awaited.add(before)
    why = " ".join(filter(None, [*choice.refused, note]))
    # the first component that is to have half precision says it for all: they are on one device
    asked = [limits.NO_HALF] if _halves(options)[:1] == [part.component] else []
    cannot = " ".join(limit.sentence for limit in limits.of(choice.listing.devices, backend) if limit in asked)
    line = Component(part.component, backend.name, backend.device, backend.precision, why, cannot)
    return made, line, f"{model.identity} {backend.name} {backend.precision}"


def _of_users_model(
    part: _Part, backend: Backend, load: Callable[[Backend, InstalledModel], _Made]
) -> tuple[_Made, InstalledModel, str]:
    """What `load` makes of the user's own model, where it is imported, has the graph and works, else of ours; which of
    them that was, and what there is to say about it.

    It is there because the user wanted it; `python -m ezvtb.models remove` takes it away.
    """
    if backend.name == "null":
        model = InstalledModel("null", backend.graph_precision, Path(), part.null, "null")
        return load(backend, model), model, ""
    note = ""
    if store.model_folder(part.users).exists():
        try:
            model = store.find(part.users, backend.graph_precision)
            if part.needs in model.graphs:
                return load(backend, model), model, f"Your own {part.users} is used in place of {part.ours}."
            note = f"{part.users} has no {part.needs}; {part.ours} is used."
        except NotBuilt:  # it works elsewhere until it is
            raise
        except (ModelError, BackendError) as error:
            note = f"{error} Until then {part.ours} is used."
    model = store.find(part.ours, backend.graph_precision)
    return load(backend, model), model, note


@contextmanager
def _half_may_be_missing(backend: Backend) -> Iterator[None]:
    """A model that isn't there in half precision is no more than this backend's trouble at that precision."""
    try:
        yield
    except ModelMissing as error:
        if backend.graph_precision == "fp32":
            raise
        raise BackendError(str(error)) from error  # a user's own may be there in full precision only


def _poser_model(options: Options, backend: Backend) -> tuple[InstalledModel, list[str]]:
    """The poser's model for these options, and what is not as asked about it."""
    precision = backend.graph_precision
    if backend.name == "null":
        return InstalledModel("null", precision, Path(), dict(NULL_GRAPHS), "null"), []
    if options.model_seperable:
        return store.find("tha3_separable", precision), []
    try:
        return store.find(_STANDARD, precision), []
    except ModelError as error:
        return store.find("tha3_separable", precision), [f"{error} Until then the separable one is used."]


def _cache_bytes(options: Options, backend: Backend) -> int:
    """How much of its results the poser may keep."""
    if not options.model_cache:
        return 0
    on_card = backend.device_bytes if options.model_vram_cache else 0
    return cache_size.in_bytes(options.model_cache_size, Options.model_cache_size, on_card)


def _not_as_asked(options: Options, choice: Choice[Any]) -> list[str]:
    """What of the poser's options isn't honoured though it could be."""
    if options.device_id >= len(choice.listing.devices):
        return [f"There is no device {options.device_id}; the best one that is there is used."]
    return []


def _asked_of_poser(options: Options) -> list[Limit]:
    """The limits that these options of the poser would run into."""
    asked = {
        limits.NO_NVIDIA: options.use_tensorrt,
        limits.NO_VRAM: options.model_cache and options.model_vram_cache,
        limits.NO_HALF: options.model_half,
        limits.NORMAL_PRIORITY: True,
        limits.NOT_PAGE_LOCKED: options.model_cache and not options.model_vram_cache,
        limits.LITTLE_VRAM: options.model_cache
        and options.model_vram_cache
        and options.model_cache_size == Options.model_cache_size,
    }
    return [limit for limit, wanted in asked.items() if wanted]


def _halves(options: Options) -> list[str]:
    """The components that are to compute in half precision."""
    asked = {
        "tha": options.model_half,
        "rife": options.use_interpolation and options.interpolation_half,
        "sr": options.use_sr and options.sr_half,
    }
    return [component for component, half in asked.items() if half]
