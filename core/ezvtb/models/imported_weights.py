"""Import THA3's official `.pt` files: `separable_float`, `separable_half`, `standard_float`, `standard_half`.

Each file is told by the names and shapes of its tensors (`tha3_shapes`), whatever it and its folder are called.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ezvtb.errors import EzvtbError, ModelDamaged, ModelError

from . import tha3, tha3_shapes
from .archive import Array, read_tensors
from .build import Say, write_graphs
from .download import file_sha256
from .import_report import MODELS, Report, need_space, shown
from .install import finish, put
from .manifest import describe
from .tha3_shapes import KINDS, Kind

COPY_AGAIN = "Copy the folder again from where you got it: it must hold the official files, whole and unchanged."

WIDENED = "half-precision weights, widened to float32 for the fp32 graphs"

_ALIKE = 0.5
"""Of all tensor names of a file and of a network how many must be in both for the file to be taken for that network."""


class WeightsFile(NamedTuple):
    """A `.pt` file that is one network, whole."""

    path: Path
    network: str
    kind: Kind
    half: bool


def import_weights(folder: Path, paths: Iterable[Path], report: Report, say: Say) -> None:
    """Import the complete sets among the `.pt` files `paths` of `folder`."""
    sets: dict[tuple[Path, Kind, bool], dict[str, WeightsFile]] = {}
    for path in paths:
        say(f"checking {shown(path, folder)}")
        try:
            file = recognise(path)
        except EzvtbError as error:
            report.skipped.append(f"{shown(path, folder)}: {error}")
            continue
        networks = sets.setdefault((path.parent, file.kind, file.half), {})
        if file.network in networks:
            known = networks[file.network].path.name
            report.skipped.append(f"{shown(path, folder)}: it is the same network as {known}, which is taken.")
        networks.setdefault(file.network, file)
    # floats before halves, so that the better of two is the one taken
    for (parent, kind, half), networks in sorted(sets.items(), key=lambda item: item[0][2]):
        precision = "float16" if half else "float32"
        title = f"{shown(parent, folder)}: THA3 {kind}, {precision}"
        name = MODELS[kind]
        missing = [network for network in tha3.NETWORKS if network not in networks]
        if missing:
            files = ", ".join(tha3.NETWORKS[network].weights for network in missing)
            report.skipped.append(f"{title}: incomplete, there is no good {files}. {COPY_AGAIN}")
        elif name in report.models:
            report.skipped.append(f"{title}: another {name} of this folder is taken.")
        else:
            report.found.append(f"{title}, five .pt files")
            try:
                put(name, partial(_fill_with_weights, kind, networks, say))
            except EzvtbError as error:
                report.skipped.append(f"{title}: {error}")
                continue
            report.models.add(name)
            report.used.append(f"{name}, from {shown(parent, folder)}" + (f" ({WIDENED})" if half else ""))


def recognise(path: Path) -> WeightsFile:
    """Which network the `.pt` file at `path` is.

    Raises:
        ModelDamaged: it can't be read, or a tensor of the network is missing, superfluous, misshapen or not finite.
        ModelError: it is no network of THA3's.
    """
    tensors = _read(path)
    network, kind = _likeliest(tensors)
    wanted = tha3_shapes.shapes(network, kind)
    of = f"{path.name} is the {network} of THA3 {kind}"
    for tensor, shape in wanted.items():
        if tensor not in tensors:
            raise ModelDamaged(f"{of}, but the tensor {tensor} is missing.", COPY_AGAIN)
        if tensors[tensor].shape != shape:
            raise ModelDamaged(f"{of}, but {tensor} is {tensors[tensor].shape} instead of {shape}.", COPY_AGAIN)
        if not np.isfinite(tensors[tensor]).all():
            raise ModelDamaged(f"{of}, but not every number of {tensor} is finite.", COPY_AGAIN)
    for tensor in tensors:
        if tensor not in wanted:
            raise ModelDamaged(f"{of}, but has a tensor {tensor}, which that network doesn't.", COPY_AGAIN)
    return WeightsFile(path, network, kind, any(array.dtype == np.float16 for array in tensors.values()))


def _likeliest(tensors: Mapping[str, Array]) -> tuple[str, Kind]:
    """The network whose tensor names are most like these."""

    def alike(candidate: tuple[str, Kind]) -> float:
        names = tha3_shapes.shapes(*candidate).keys()
        return len(names & tensors.keys()) / len(names | tensors.keys())

    best = max(((network, kind) for network in tha3.NETWORKS for kind in KINDS), key=alike)
    if alike(best) < _ALIKE:
        raise ModelError("It holds tensors, but not those of a network of THA3.", "It is left alone.")
    return best


def _read(path: Path) -> dict[str, Array]:
    """The tensors of `path`, as stored. Messages of the archive reader speak of downloads: here it is a user's file."""
    try:
        return read_tensors(path.read_bytes(), path.name)
    except ModelError as error:
        raise type(error)(error.message, COPY_AGAIN) from error
    except OSError as error:
        raise ModelDamaged(f"{path.name} can't be read ({error.strerror or error}).", COPY_AGAIN) from error


def _fill_with_weights(kind: Kind, networks: Mapping[str, WeightsFile], say: Say, work: Path) -> None:
    numbers = sum(int(np.prod(shape)) for name in networks for shape in tha3_shapes.shapes(name, kind).values())
    need_space(numbers * (4 + 2))
    builds = ((name, partial(tha3.build, name, _widened(networks[name].path))) for name in tha3.NETWORKS)
    files = write_graphs(builds, work, say=say)
    checksums = {tha3.NETWORKS[name].weights: file_sha256(file.path) for name, file in networks.items()}
    half = any(file.half for file in networks.values())
    note = f"{kind}, {WIDENED}" if half else f"{kind}, float32 weights"
    finish(work, describe(MODELS[kind]), files, checksums, origin="weights", note=note)


def _widened(path: Path) -> dict[str, Array]:
    """The tensors of `path` as float32: a half is a float exactly, and normalisation needs floats in either graph."""
    return {name: np.asarray(array, np.float32) for name, array in _read(path).items()}
