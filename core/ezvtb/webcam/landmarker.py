"""A face in an image: its landmarks, its blend shapes and its head's place."""

import tempfile
from pathlib import Path
from typing import Any, Optional

import numpy as np
import openvino
from numpy.typing import NDArray

from ezvtb.webcam import detector, geometry
from ezvtb.webcam.model import Networks
from ezvtb.webcam.opencv import cv2
from ezvtb.webcam.region import Image, Points, Region, around
from ezvtb.webcam.shapes import POINTS, SHAPES
from ezvtb.webcam.tracked import Tracked

SIDE = 256
"""The landmark network's input is so many pixels wide and high."""
PRESENT = 0.5
"""Smallest score of a face in the region (MediaPipe's default `min_face_presence_confidence`)."""
_RIGHT_EYE, _LEFT_EYE = 33, 263
"""Landmarks at the outer corners of the eyes."""


class Landmarker:
    """Finds the nearest face and follows it from image to image. For one thread."""

    def __init__(self, networks: Networks, threads: int = 1) -> None:
        """Compiles the networks for the CPU; takes half a second."""
        core = openvino.Core()
        # bf16, which OpenVINO would choose where the CPU has it, moves landmarks.
        options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._detect, self._place, self._express = (
            core.compile_model(_read(core, network), "CPU", options).create_infer_request()
            for network in (networks.detector, networks.landmarks, networks.shapes)
        )
        self._template = networks.template
        self._region: Optional[Region] = None

    def track(self, image: Image) -> Optional[Tracked]:
        """The face in the image; None if there is none."""
        height, width = image.shape[:2]
        followed = self._region is not None
        region = self._region or self._find(image)
        self._region = None
        landmarks = None if region is None else self._landmarks(image, region)
        if landmarks is None:
            # The face may just have moved away from where it was.
            return self.track(image) if followed else None
        self._region = around(landmarks, landmarks[[_RIGHT_EYE, _LEFT_EYE], :2])
        return Tracked(landmarks, self.shapes(landmarks), geometry.head(landmarks, width, height, self._template))

    def shapes(self, landmarks: Points) -> "dict[str, float]":
        """ARKit's shapes of a face with these landmarks, (478, 2 or 3) in pixels of any scale."""
        scores = _outputs(self._express, landmarks[None, POINTS, :2])[0].ravel()
        return {name: min(1.0, max(0.0, float(score))) for name, score in zip(SHAPES, scores[1:], strict=True)}

    def _find(self, image: Image) -> Optional[Region]:
        height, width = image.shape[:2]
        whole = Region(width / 2, height / 2, max(width, height), 0.0)
        square = _cut(image, whole, detector.SIDE, cv2.BORDER_CONSTANT) * np.float32(2) - np.float32(1)
        boxes, logits = _outputs(self._detect, square[None])
        return detector.find(boxes[0], logits.ravel(), width, height)

    def _landmarks(self, image: Image, region: Region) -> Optional[NDArray[np.float32]]:
        """(478, 3) in the image's pixels; None if there is no face in the region."""
        points, presence, _ = _outputs(self._place, _cut(image, region, SIDE, cv2.BORDER_REPLICATE)[None])
        if 1 / (1 + np.exp(-float(presence.ravel()[0]))) < PRESENT:
            return None
        points = points.reshape(-1, 3)
        matrix = region.matrix(SIDE)
        flat = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        return np.concatenate([flat, points[:, 2:] * (region.size / SIDE)], axis=1).astype(np.float32)


def _read(core: Any, network: bytes) -> Any:
    """OpenVINO's model of a TensorFlow Lite file, which it takes only from the disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.tflite"
        path.write_bytes(network)
        core.set_property({"ENABLE_MMAP": False})  # Windows deletes no file that is mapped
        return core.read_model(path)


def _cut(image: Image, region: Region, side: int, border: int) -> NDArray[np.float32]:
    """(side, side, 3) RGB, 0..1: the region of the image, upright."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    square: Image = cv2.warpAffine(image, region.matrix(side), (side, side), flags=flags, borderMode=border)
    upright: NDArray[np.float32] = square[..., ::-1].astype(np.float32) / np.float32(255)
    return upright


def _outputs(request: Any, data: NDArray[np.float32]) -> "list[NDArray[np.float32]]":
    return list(request.infer({0: data}).values())
