"""Read the tensors of a PyTorch zip archive (`.pt`) without PyTorch and without running anything in it.

A `.pt` file is a zip of uncompressed members: `data.pkl`, a pickle of the state dict, and one `data/<key>` per storage
with its raw little-endian numbers. A pickle is a program, so this reader admits only the program that `torch.save`
writes for a plain state dict: a short list of opcodes, three kinds of names, and tensors whose extent lies inside their
storage. Everything else is refused by name (`UnsafeArchive`); what is broken rather than foreign is `ModelDamaged`.
"""

import io
import pickle
import pickletools
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ezvtb.errors import ModelDamaged, UnsafeArchive

Array = npt.NDArray[Any]

REMEDY = "Remove the file and run `python -m ezvtb.models install` again."

OPCODES = {
    *("PROTO", "STOP", "GLOBAL", "REDUCE", "BUILD", "BINPERSID"),
    *("MARK", "EMPTY_DICT", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "SETITEM", "SETITEMS"),
    *("BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "NEWFALSE", "NEWTRUE", "NONE"),
    *("BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
}
"""What `torch.save` emits for an `OrderedDict` of tensors (pickle protocol 2)."""

MAX_PICKLE_BYTES = 16 << 20
"""A state dict of a thousand tensors pickles to about 200 kB; more than this is no state dict of ours."""

# What zipfile and pickle raise on broken input, besides their own classes: both decode fields before checking them.
_BROKEN = (
    zipfile.BadZipFile,
    pickle.UnpicklingError,
    struct.error,
    zlib.error,
    EOFError,
    OSError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)


def read_tensors(data: bytes, name: str) -> dict[str, Array]:
    """The state dict in the archive `data`: tensor name -> array (float32 or float16, as stored).

    `name` is the file's name, for messages.

    Raises:
        UnsafeArchive: the pickle holds an opcode, a name or a call that a plain state dict doesn't need.
        ModelDamaged: the archive is truncated or inconsistent.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Reader(archive, name).tensors()
    except _BROKEN as error:
        raise ModelDamaged(f"{name} is not a complete PyTorch archive ({error}).", REMEDY) from error


# The stand-ins are tuples: without attributes of their own, no opcode can change one.


class _StorageType(NamedTuple):
    """Stand-in for `torch.FloatStorage` and `torch.HalfStorage`: names a number format, can't be called."""

    name: str
    dtype: str


class _Storage(NamedTuple):
    """The numbers that one or more tensors are views of."""

    values: Array


class _StateDict(dict[str, object]):
    """Stand-in for `collections.OrderedDict`. `__setstate__` takes and drops the `_metadata` that torch attaches."""

    def __init__(self) -> None:
        super().__init__()

    def __setstate__(self, state: object) -> None:
        """Module versions: nothing in the weights depends on them."""


def _rebuild_tensor(
    storage: object, offset: object, size: object, stride: object, _grad: object = None, hooks: object = None
) -> Array:
    """Stand-in for `torch._utils._rebuild_tensor_v2`: a copy of a strided view, all bounds checked first."""
    if hooks:
        raise UnsafeArchive("A tensor in the weights file carries backward hooks.", REMEDY)
    if not isinstance(storage, _Storage):
        raise ModelDamaged("A tensor in the weights file has no storage.", REMEDY)
    sizes, strides = _whole_numbers(size), _whole_numbers(stride)
    (start,) = _whole_numbers((offset,))
    values = storage.values
    if len(sizes) != len(strides):
        raise ModelDamaged("A tensor in the weights file has a size and a stride of different lengths.", REMEDY)
    last = start + sum((n - 1) * step for n, step in zip(sizes, strides))
    count = 1
    for n in sizes:
        count *= n
    # `count` too: a stride of 0 would let a few bytes stand for terabytes.
    if count == 0 or count > values.size or last >= values.size:
        raise ModelDamaged("A tensor in the weights file reaches outside its storage.", REMEDY)
    bytes_ = tuple(step * values.itemsize for step in strides)
    return np.array(np.lib.stride_tricks.as_strided(values[start:], sizes, bytes_, writeable=False))


def _whole_numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, tuple) or not all(type(n) is int and 0 <= n < 1 << 40 for n in value):
        raise ModelDamaged("A tensor in the weights file has a malformed shape.", REMEDY)
    return tuple(value)


_NAMES: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): _StateDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch", "FloatStorage"): _StorageType("float32", "<f4"),
    ("torch", "HalfStorage"): _StorageType("float16", "<f2"),
}


class _Reader(pickle.Unpickler):
    """Unpickles `data.pkl` of one archive with the stand-ins above and nothing else."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        pickles = [member for member in archive.namelist() if member.split("/")[1:] == ["data.pkl"]]
        if len(pickles) != 1:
            raise ModelDamaged(f"{name} is not a PyTorch archive: it has no data.pkl.", REMEDY)
        self._folder = pickles[0].removesuffix("data.pkl")
        self._storages: dict[str, _Storage] = {}
        program = self._member(pickles[0], MAX_PICKLE_BYTES)
        for opcode in _opcodes(program):
            if opcode not in OPCODES:
                raise UnsafeArchive(f"{name} holds the pickle opcode {opcode}, which no tensor needs.", REMEDY)
        super().__init__(io.BytesIO(program))

    def tensors(self) -> dict[str, Array]:
        state = self.load()
        if not isinstance(state, _StateDict) or not state:
            raise UnsafeArchive(f"{self._name} holds something else than a state dict.", REMEDY)
        tensors: dict[str, Array] = {}
        for key, value in state.items():
            if not isinstance(key, str) or not isinstance(value, np.ndarray):
                raise UnsafeArchive(f"{self._name} holds something else than named tensors: {key!r}.", REMEDY)
            tensors[key] = value
        return tensors

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise UnsafeArchive(f"{self._name} asks for {module}.{name}, which no tensor needs.", REMEDY) from None

    def persistent_load(self, pid: Any) -> _Storage:
        if isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage":
            _, kind, key, _device, count = pid
            if isinstance(kind, _StorageType) and isinstance(key, str) and key.isalnum() and type(count) is int:
                return self._storage(key, kind, count)
        raise UnsafeArchive(f"{self._name} refers to something else than a storage: {str(pid)[:80]}.", REMEDY)

    def _storage(self, key: str, kind: _StorageType, count: int) -> _Storage:
        if key not in self._storages:
            dtype = np.dtype(kind.dtype)
            data = self._member(f"{self._folder}data/{key}", count * dtype.itemsize)
            if count <= 0 or len(data) != count * dtype.itemsize:
                raise ModelDamaged(f"{self._name}: storage {key} holds {len(data)} bytes, not {count} numbers.", REMEDY)
            self._storages[key] = _Storage(np.frombuffer(data, dtype))
        storage = self._storages[key]
        if storage.values.dtype != np.dtype(kind.dtype) or storage.values.size != count:
            raise ModelDamaged(f"{self._name}: storage {key} is described in two ways.", REMEDY)
        return storage

    def _member(self, member: str, limit: int) -> bytes:
        """The bytes of `member`; its size is checked before anything is read, so a bomb stays unopened."""
        info = self._archive.getinfo(member)
        if info.file_size > limit or info.compress_type != zipfile.ZIP_STORED:
            raise ModelDamaged(f"{self._name}: {member} is larger than it may be, or compressed.", REMEDY)
        return self._archive.read(info)


def _opcodes(program: bytes) -> Iterator[str]:
    """The opcode names of a pickle, read by the standard library's disassembler, which runs nothing."""
    puts = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it decodes old strings with their escapes
        operations = list(pickletools.genops(program))
    for opcode, argument, _ in operations:
        if opcode.name.endswith("PUT"):
            # The unpickler's memo is an array as long as the largest index: a wild index would eat the memory.
            if not isinstance(argument, int) or argument > puts:
                raise ModelDamaged("The pickle in the weights file numbers its objects out of order.", REMEDY)
            puts += 1
        yield opcode.name
