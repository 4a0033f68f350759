"""TensorRT's engine files: whose they are, and that only whole ones are read."""

import dataclasses
from pathlib import Path

import pytest

from ezvtb.backends import engines
from ezvtb.backends.engines import Identity

OURS = Identity("tha3_separable/fp16/editor", "ab" * 32, "11.4.0.106", "NVIDIA GeForce RTX 3060")
ENGINE = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EZVTB_CACHE", str(tmp_path))
    return tmp_path / "tensorrt"


def test_an_engine_is_read_as_it_was_written() -> None:
    assert engines.read(OURS) is None
    engines.write(OURS, ENGINE)
    assert engines.read(OURS) == ENGINE


def test_what_a_killed_build_left_half_written_goes_and_nothing_else(folder: Path) -> None:
    engines.write(OURS, ENGINE)
    engines.write_kernels(OURS, b"kernels")
    kept = set(folder.iterdir())
    (folder / f"{OURS.path.name}.x7_a3.part").write_bytes(ENGINE[:100])
    (folder / f"{engines._timings(OURS.runtime, OURS.device).name}.x7_a3.part").write_bytes(b"timin")
    (folder / f"{OURS.kernels.name}.x7_a3.part").write_bytes(b"an engine process writes it at this moment")
    engines.clear_up()
    assert {path.name for path in set(folder.iterdir()) - kept} == {f"{OURS.kernels.name}.x7_a3.part"}
    assert kept <= set(folder.iterdir())


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Identity)])
def test_an_engine_of_anything_else_is_not_taken(field: str) -> None:
    engines.write(OURS, ENGINE)
    assert engines.read(dataclasses.replace(OURS, **{field: "another"})) is None
    assert engines.read(OURS) == ENGINE


@pytest.mark.parametrize("kept", [*range(0, 400, 7), -1, -100])
def test_a_truncated_file_is_deleted(kept: int) -> None:
    engines.write(OURS, ENGINE)
    OURS.path.write_bytes(OURS.path.read_bytes()[:kept])
    assert engines.read(OURS) is None
    assert not OURS.path.exists()


@pytest.mark.parametrize("place", [0, 5, 40, 200, 330, 1000, -1])
def test_an_altered_file_is_deleted(place: int) -> None:
    engines.write(OURS, ENGINE)
    content = bytearray(OURS.path.read_bytes())
    content[place] ^= 0x55
    OURS.path.write_bytes(content)
    assert engines.read(OURS) is None
    assert not OURS.path.exists()


@pytest.mark.parametrize("head", [b"[]", b"{}", b"null", b'{"identity": 3}', b'{"identity": {"graph": "x"}}', b"\xff"])
def test_a_file_that_says_something_else_of_itself_is_deleted(head: bytes) -> None:
    engines.write(OURS, ENGINE)
    OURS.path.write_bytes(engines._MAGIC + head + b"\n" + ENGINE)
    assert engines.read(OURS) is None
    assert not OURS.path.exists()


def test_a_new_engine_replaces_those_of_older_versions_and_what_is_no_engine(folder: Path) -> None:
    older = dataclasses.replace(OURS, runtime="10.9")
    other_weights = dataclasses.replace(OURS, sha256="cd" * 32)
    other_card = dataclasses.replace(OURS, device="NVIDIA GeForce RTX 4090")
    other_graph = dataclasses.replace(OURS, graph="tha3_separable/fp32/editor")
    for each in (older, other_card, other_graph, other_weights):
        engines.write(each, ENGINE)
    (folder / "foreign.engine").write_bytes(b"something else")
    engines.write(OURS, ENGINE)
    assert set(folder.iterdir()) == {each.path for each in (OURS, other_card, other_graph)}


def test_the_identity_is_the_files_own(tmp_path: Path) -> None:
    graph = tmp_path / "models" / "tha3_separable" / "fp16" / "editor.onnx"
    graph.parent.mkdir(parents=True)
    graph.write_bytes(b"weights")
    first = engines.identity(graph, "11.4", "a card")
    assert (first.graph, first.runtime, first.device) == ("tha3_separable/fp16/editor", "11.4", "a card")
    graph.write_bytes(b"other weights")
    assert engines.identity(graph, "11.4", "a card").sha256 != first.sha256


def test_timings_are_kept_for_each_version_and_card() -> None:
    assert engines.read_timings("11.4", "a card") == b""
    engines.write_timings("11.4", "a card", b"timings")
    assert engines.read_timings("11.4", "a card") == b"timings"
    assert engines.read_timings("11.5", "a card") == engines.read_timings("11.4", "another") == b""


def test_a_disk_that_is_full_leaves_no_half_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        engines.write(OURS, ENGINE)
    assert list(folder.iterdir()) == []
