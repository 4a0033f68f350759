import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ezvtb.errors import ModelDamaged, ModelError, UnsafeArchive
from ezvtb.models.archive import read_tensors

NUMBERS = np.arange(24, dtype=np.float32)


# A state dict's pickle, opcode by opcode, as `torch.save` writes it.
def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def row(*values: bytes) -> bytes:
    return b"(" + b"".join(values) + b"t"


ORDERED_DICT = b"ccollections\nOrderedDict\n)R"


def storage(count: int = 24, kind: str = "FloatStorage", key: str = "0") -> bytes:
    return row(text("storage"), f"ctorch\n{kind}\n".encode(), text(key), text("cpu"), number(count)) + b"Q"


def tensor(
    size: tuple[int, ...] = (4, 6), stride: tuple[int, ...] = (6, 1), offset: int = 0, stored: bytes | None = None
) -> bytes:
    rows = [row(*(number(n) for n in values)) for values in (size, stride)]
    arguments = row(storage() if stored is None else stored, number(offset), *rows, b"\x89", ORDERED_DICT)
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"R"


def state_dict(**values: bytes) -> bytes:
    pairs = b"".join(text(name) + value for name, value in values.items())
    return b"\x80\x02" + ORDERED_DICT + b"(" + pairs + b"u."


def archive(program: bytes, stored: bytes = NUMBERS.tobytes(), compression: int = zipfile.ZIP_STORED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as file:
        file.writestr("archive/data.pkl", program)
        file.writestr("archive/data/0", stored)
        file.writestr("archive/version", "3\n")
    return data.getvalue()


GOOD = archive(state_dict(weight=tensor(), bias=tensor((6,), (1,), 6)))


def test_tensors_come_back_with_their_names_shapes_and_numbers() -> None:
    tensors = read_tensors(GOOD, "good.pt")
    assert list(tensors) == ["weight", "bias"]
    np.testing.assert_array_equal(tensors["weight"], NUMBERS.reshape(4, 6))
    np.testing.assert_array_equal(tensors["bias"], NUMBERS[6:12])
    assert tensors["bias"].dtype == np.float32


def test_half_precision_weights_stay_half() -> None:
    halves = NUMBERS.astype(np.float16)
    program = state_dict(w=tensor(stored=storage(kind="HalfStorage")))
    tensors = read_tensors(archive(program, halves.tobytes()), "half.pt")
    np.testing.assert_array_equal(tensors["w"], halves.reshape(4, 6))
    assert tensors["w"].dtype == np.float16


def test_a_transposed_tensor_keeps_its_order() -> None:
    tensors = read_tensors(archive(state_dict(w=tensor((6, 4), (1, 6)))), "transposed.pt")
    np.testing.assert_array_equal(tensors["w"], NUMBERS.reshape(4, 6).T)


class Calls:
    """Pickles as a call of `function`."""

    def __init__(self, function: object, *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self._call


CANARY = "unpickled_canary"

MALICIOUS = {
    "os.system": pickle.dumps(Calls(os.system, f"touch {CANARY}"), 2),
    "builtins.eval": pickle.dumps(Calls(eval, f"open('{CANARY}', 'w')"), 2),
    "getattr on a module": pickle.dumps(Calls(getattr, Calls(__import__, "os"), "system"), 2),
    "a call inside a call": pickle.dumps({"w": [Calls(print, Calls(open, CANARY, "w"))]}, 2),
    "a call as a tensor": state_dict(w=b"cos\nsystem\n" + row(text(f"touch {CANARY}")) + b"R"),
    "a call as a tensor's size": state_dict(
        w=b"ctorch._utils\n_rebuild_tensor_v2\n"
        + row(storage(), number(0), b"cposix\nsystem\n" + row(text(f"touch {CANARY}")) + b"R", row(), b"\x89", b"N")
        + b"R"
    ),
    "a newer protocol's name": pickle.dumps(Calls(os.system, f"touch {CANARY}"), 4),
    "INST": b"(" + text(f"touch {CANARY}") + b"ios\nsystem\n.",
    "OBJ": b"(cos\nsystem\n" + text(f"touch {CANARY}") + b"o.",
    "NEWOBJ": b"\x80\x02cbuiltins\nobject\n)\x81.",
    "an extension code": b"\x80\x02\x82\x01)R.",
    "another name out of torch": state_dict(w=b"ctorch\nload\n" + row(text("x")) + b"R"),
    "an attribute of an allowed name": state_dict(w=b"ccollections\nOrderedDict.fromkeys\n" + row(text("x")) + b"R"),
    "a persistent id of another kind": state_dict(w=row(text("module"), text("os")) + b"Q"),
    "a storage with a path as its key": state_dict(w=tensor(stored=storage(key="../version"))),
    "another storage type": state_dict(w=tensor(stored=storage(kind="LongStorage"))),
    "a string instead of a tensor": state_dict(w=text("tensor")),
    "a bare tensor": b"\x80\x02" + tensor() + b".",
    "a list": b"\x80\x02]" + tensor() + b"a.",
    "an empty state dict": state_dict(),
}


@pytest.mark.parametrize("name", MALICIOUS)
def test_what_is_not_a_state_dict_is_refused_and_not_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsafeArchive) as caught:
        read_tensors(archive(MALICIOUS[name]), "evil.pt")
    assert caught.value.remedy
    assert not Path(CANARY).exists()


BROKEN = {
    "nothing": b"",
    "no zip": b"not a zip file at all",
    "a zip without a pickle": archive(b"")[:0] + b"PK\x05\x06" + bytes(18),
    "an empty pickle": archive(b""),
    "a pickle that ends early": archive(state_dict(w=tensor())[:-20]),
    "a storage shorter than it says": archive(state_dict(w=tensor()), NUMBERS.tobytes()[:-4]),
    "a storage longer than it says": archive(state_dict(w=tensor()), NUMBERS.tobytes() + bytes(4)),
    "a storage that is missing": archive(state_dict(w=tensor(stored=storage(key="1")))),
    "a tensor past its storage's end": archive(state_dict(w=tensor((5, 6)))),
    "a tensor that begins past the end": archive(state_dict(w=tensor((1,), (1,), 24))),
    "a tensor before its storage": archive(state_dict(w=tensor((1,), (1,), -1))),
    "a negative stride": archive(state_dict(w=tensor((4, 6), (6, -1)))),
    "a stride of 0 that swells": archive(state_dict(w=tensor((1 << 30, 1 << 30), (0, 0)))),
    "a size without a stride": archive(state_dict(w=tensor((4, 6), (6,)))),
    "a size of 0": archive(state_dict(w=tensor((0,), (1,)))),
    "a memo index out of order": archive(b"\x80\x02}r\xff\xff\xff\x7f."),
    "compressed members": archive(state_dict(w=tensor()), compression=zipfile.ZIP_DEFLATED),
    "state attached to a storage": archive(state_dict(w=tensor(stored=storage() + b"}" + text("values") + b"Nsb"))),
    "state attached to a type": archive(state_dict(w=b"ctorch\nFloatStorage\n}" + text("dtype") + text("<f2") + b"sb")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_called_damaged(name: str) -> None:
    with pytest.raises(ModelDamaged) as caught:
        read_tensors(BROKEN[name], "broken.pt")
    assert caught.value.remedy


def test_no_length_of_a_truncated_file_passes_for_whole() -> None:
    for length in range(0, len(GOOD), 7):
        with pytest.raises(ModelDamaged):
            read_tensors(GOOD[:length], "truncated.pt")


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_random_bytes_raise_only_our_errors(data: bytes) -> None:
    for candidate in (data, archive(data), archive(b"\x80\x02" + data)):
        with pytest.raises(ModelError):
            read_tensors(candidate, "random.pt")


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_file_with_altered_bytes_is_read_or_refused_but_never_crashes(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    try:
        tensors = read_tensors(bytes(data), "altered.pt")
    except ModelError:
        return
    assert all(array.size <= NUMBERS.size for array in tensors.values())


@settings(max_examples=300)
@given(st.data())
def test_a_pickle_with_altered_bytes_is_read_or_refused_but_never_crashes(data: st.DataObject) -> None:
    program = bytearray(state_dict(weight=tensor(), bias=tensor((6,), (1,), 6)))
    for _ in range(data.draw(st.integers(1, 6))):
        program[data.draw(st.integers(0, len(program) - 1))] = data.draw(st.integers(0, 255))
    try:
        tensors = read_tensors(archive(bytes(program)), "altered.pt")
    except ModelError:
        return
    assert all(array.size <= NUMBERS.size for array in tensors.values())
