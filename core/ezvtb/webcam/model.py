"""The face tracker's networks, out of MediaPipe's `face_landmarker.task`."""

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np

from ezvtb.errors import ModelDamaged, ModelMissing
from ezvtb.models.manifest import read_manifest
from ezvtb.models.weights import read_member
from ezvtb.webcam.geometry import Template

MANIFEST = Path(__file__).with_name("manifest.toml")
NAME = "face_landmarker"


class Networks(NamedTuple):
    """TensorFlow Lite files, as bytes, and the template of a head."""

    detector: bytes
    landmarks: bytes
    shapes: bytes
    template: Template


def load(path: Optional[Path] = None) -> Networks:
    """The networks, from a `.task` file of the user's or else from the kept download, fetched on first use.

    Raises:
        ModelMissing: there is no such file.
        ModelDamaged: it is something else.
        DownloadError: it can't be fetched.
    """
    if path is None:
        return _unpack(read_member(read_manifest(MANIFEST)[NAME], f"{NAME}.task"), f"{NAME}.task")
    try:
        return _unpack(path.read_bytes(), str(path))
    except OSError as error:
        raise ModelMissing(f"{path} can't be read: {error.strerror}.", "Check the name given with --model.") from error


def _unpack(bundle: bytes, name: str) -> Networks:
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            return Networks(
                archive.read("face_detector.tflite"),
                archive.read("face_landmarks_detector.tflite"),
                archive.read("face_blendshapes.tflite"),
                template(archive.read("geometry_pipeline_metadata_landmarks.binarypb")),
            )
    except (zipfile.BadZipFile, KeyError, ValueError, struct.error, IndexError, RuntimeError) as error:
        raise ModelDamaged(
            f"{name} is no face_landmarker.task with blend shapes.",
            "Leave --model out, or get MediaPipe's Face Landmarker again.",
        ) from error


def template(metadata: bytes) -> Template:
    """The template in a `GeometryPipelineMetadata` message. ValueError, struct.error or IndexError for other bytes.

    Fields: `mediapipe/tasks/cc/vision/face_geometry/proto/geometry_pipeline_metadata.proto` and `mesh_3d.proto`.
    A vertex has 5 numbers: x, y, z and a place in a texture.
    """
    numbers: list[float] = []
    basis: dict[int, float] = {}
    for field, value in _fields(metadata):
        if field == 1 and isinstance(value, bytes):
            for inner, content in _fields(value):
                if inner == 3 and isinstance(content, bytes):
                    numbers += struct.unpack(f"<{len(content) // 4}f", content)
        elif field == 2 and isinstance(value, bytes):
            reference = dict(_fields(value))
            (weight,) = struct.unpack("<f", reference[2])  # type: ignore[arg-type]
            basis[int(reference.get(1, 0))] = weight
    vertices = np.array(numbers, np.float64).reshape(-1, 5)[:, :3]
    weights = np.zeros(len(vertices))
    weights[list(basis)] = list(basis.values())
    return Template(vertices, weights)


def _fields(message: bytes) -> "Iterator[tuple[int, int | bytes]]":
    """Field numbers and contents of a message in Protocol Buffers' wire format (protobuf.dev/programming-guides)."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            length, at = _varint(message, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + length > len(message):
            raise ValueError("cut off")
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> "tuple[int, int]":
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
