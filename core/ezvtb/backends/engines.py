"""TensorRT's engine files: a graph compiled for one version of TensorRT and one kind of card.

A file is a line that says what it is, a line of JSON, and the engine. What is truncated, altered or of another graph,
version or card is deleted as soon as it is seen.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

from ezvtb import paths
from ezvtb.errors import BackendError
from ezvtb.models.download import file_sha256

_MAGIC = b"EZVTB Avatar TensorRT engine 1\n"


class NotBuilt(BackendError):
    """There is no engine of a graph for this card."""

    def __init__(self, message: str, number: int, kind: str = "tensorrt") -> None:
        super().__init__(message)
        self.number = number
        """The card's."""
        self.kind = kind
        """The backend's, among `flavours.FLAVOURS`."""


@dataclass(frozen=True)
class Identity:
    """What an engine is made of and for."""

    graph: str
    """The graph's place among the models: "tha3_separable/fp16/editor"."""
    sha256: str
    """The graph file's: of the weights, the graph's version and its precision."""
    runtime: str
    """TensorRT's version."""
    device: str
    """The card's name."""
    kind: str = "tensorrt"
    """What takes it, of `flavours.FLAVOURS`."""

    @property
    def path(self) -> Path:
        """Where its engine is kept."""
        digest = hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()
        return folder() / f"{self.graph.replace('/', '-')}-{digest}.engine"

    @property
    def kernels(self) -> Path:
        """Where what TensorRT-RTX compiled of it for the card is kept."""
        return _kernels_of(self.path)

    def replaces(self, other: "Identity") -> bool:
        """Whether the other is of no use any more: the same graph on the same card, but not the same otherwise."""
        mine, others = ((each.graph, each.device, each.kind) for each in (self, other))
        return self != other and mine == others


def identity(graph: Path, runtime: str, device: str, kind: str = "tensorrt") -> Identity:
    """The identity of the engine of an ONNX file on a card."""
    return Identity(name_of(graph), file_sha256(graph), runtime, device, kind)


def name_of(graph: Path) -> str:
    """An ONNX file's place among the models: "tha3_separable/fp16/editor"."""
    return "/".join([*graph.parts[-3:-1], graph.stem])


def folder() -> Path:
    """Where engines and timings are kept."""
    return paths.cache_folder() / "tensorrt"


def read(wanted: Identity) -> Optional[bytes]:
    """The engine, or None where there is none that is whole; what is there instead is deleted."""
    try:
        content = wanted.path.read_bytes()
    except OSError:
        return None
    opened = _open(content)
    if opened is None or opened[0] != wanted:
        delete(wanted)
        return None
    return opened[1]


def write(wanted: Identity, engine: bytes) -> None:
    """Keeps an engine, and deletes those that it replaces. OSError if the disk is full or not to be written."""
    about = {"identity": asdict(wanted), "bytes": len(engine), "sha256": hashlib.sha256(engine).hexdigest()}
    _replace(wanted.path, _MAGIC + json.dumps(about).encode() + b"\n" + engine)
    for other, path in _kept():
        if other is None or wanted.replaces(other):
            _remove(path, _kernels_of(path))


def delete(wanted: Identity) -> None:
    """Deletes the engine's file: TensorRT doesn't take it."""
    _remove(wanted.path, wanted.kernels)


def read_kernels(wanted: Identity) -> bytes:
    """What TensorRT-RTX compiled of the engine before; empty where there is nothing. It knows itself what is broken."""
    try:
        return wanted.kernels.read_bytes()
    except OSError:
        return b""


def write_kernels(wanted: Identity, kernels: bytes) -> None:
    """Keeps what TensorRT-RTX compiled: the engine loads at once from now on. OSError as in `write`."""
    _replace(wanted.kernels, kernels)


def read_timings(runtime: str, device: str) -> bytes:
    """What TensorRT measured while it built engines before; empty where there is nothing."""
    try:
        return _timings(runtime, device).read_bytes()
    except OSError:
        return b""


def write_timings(runtime: str, device: str, timings: bytes) -> None:
    """Keeps TensorRT's timings: the next build is faster. OSError as in `write`."""
    _replace(_timings(runtime, device), timings)


def _timings(runtime: str, device: str) -> Path:
    digest = hashlib.blake2b(f"{runtime}\n{device}".encode(), digest_size=8).hexdigest()
    return folder() / f"timings-{digest}.cache"


def clear_up() -> None:
    """Deletes what builds that were killed while they wrote have left behind. No build may run meanwhile."""
    _remove(*folder().glob("*.engine.*.part"), *folder().glob("timings-*.part"))


def _kernels_of(engine: Path) -> Path:
    return engine.with_suffix(".kernels")


def _remove(*paths: Path) -> None:
    """Deletes what is there of them. What stays only takes room, and is written over when it is built."""
    for path in paths:
        with contextlib.suppress(OSError):  # another engine process may still read it, in Windows
            path.unlink()


def _replace(path: Path, content: bytes) -> None:
    """Puts the file there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".part")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _kept() -> Iterator[tuple[Optional[Identity], Path]]:
    """Every engine file and whose it is; None where it isn't one."""
    for path in folder().glob("*.engine"):
        try:
            with path.open("rb") as file:
                head = file.readline() + file.readline()
        except FileNotFoundError:  # an engine process has just deleted it
            continue
        yield _described(head), path


def _open(content: bytes) -> Optional[tuple[Identity, bytes]]:
    """Whose engine a file holds, and the engine; None where it isn't whole."""
    lines = content.split(b"\n", 2)
    about = _about(b"\n".join(lines[:2]) + b"\n") if len(lines) == 3 else None
    if about is None or len(lines[2]) != about["bytes"] or hashlib.sha256(lines[2]).hexdigest() != about["sha256"]:
        return None
    return Identity(**about["identity"]), lines[2]


def _described(head: bytes) -> Optional[Identity]:
    about = _about(head)
    return Identity(**about["identity"]) if about else None


def _about(head: bytes) -> Optional[dict[str, Any]]:
    """What the first two lines of a file say."""
    if not head.startswith(_MAGIC):
        return None
    try:
        about: dict[str, Any] = json.loads(head[len(_MAGIC) :])
        Identity(**about["identity"])
        return about if {"bytes", "sha256"} <= about.keys() else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
