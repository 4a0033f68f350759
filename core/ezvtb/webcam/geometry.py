"""From landmarks in the image to the head's place and turn in space.

The method is that of `mediapipe/tasks/cc/vision/face_geometry/libs/geometry_pipeline.cc` and
`procrustes_solver.cc` (google-ai-edge/mediapipe): a face of average shape is laid on the landmarks, seen by a camera
of 63 degrees, by the weighted orthogonal Procrustes solution, whose scale gives the distance.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ezvtb.webcam.region import Points

Matrix = NDArray[np.float64]

FIELD_OF_VIEW = math.radians(63)
"""Vertical; MediaPipe's assumption for a camera that nobody has measured."""


class Template(NamedTuple):
    """The face of average shape."""

    vertices: Matrix
    """(468, 3) cm: to the image's right, up, towards the camera."""
    weights: Matrix
    """(468,) how much each counts: more where faces differ and move little, 0 for most."""


class Head(NamedTuple):
    """Where a head is, seen by the camera."""

    rotation: Matrix
    """(3, 3): from the face's own axes to the camera's, both to the image's right, up, towards the camera."""
    position: Matrix
    """(3,) cm from the camera, on the same axes: z is negative."""

    @property
    def angles(self) -> "tuple[float, float, float]":
        """Degrees: pitch (up +), yaw (nose to the person's right +), roll (towards the person's right shoulder +)."""
        right, up, nose = self.rotation.T
        pitch = math.asin(max(-1.0, min(1.0, nose[1])))
        yaw = math.atan2(-nose[0], nose[2])
        roll = math.atan2(right[1], up[1])
        return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)


def head(landmarks: Points, width: int, height: int, template: Template) -> Head:
    """The head with these landmarks.

    Args:
        landmarks: (468 or more, 3) pixels, x to the right, y down, z away from the camera from the head's middle.
        width: of the image, in pixels.
        height: of the image.
        template: the face to lay on them.
    """
    high = 2 * math.tan(FIELD_OF_VIEW / 2)  # of what the camera sees, one centimetre away
    wide = high * width / height
    points = landmarks[: len(template.vertices)].astype(np.float64)
    screen = np.stack(
        [
            (points[:, 0] / width - 0.5) * wide,
            (0.5 - points[:, 1] / height) * high,
            points[:, 2] / width * wide,
        ],
        axis=1,
    )
    depth = screen[:, 2].mean()
    first = _scale(template, screen * (1, 1, -1))
    second = _scale(template, _in_space(screen, depth, first))
    rotation, scale, position = fit(template, _in_space(screen, depth, first * second))
    del scale  # near 1 by now
    return Head(rotation, position)


def fit(template: Template, targets: Matrix) -> "tuple[Matrix, float, Matrix]":
    """(rotation, scale, translation) that bring the template's vertices nearest to `targets`, (n, 3)."""
    weights = template.weights[:, None]
    sources = template.vertices
    middle = (sources * weights).sum(axis=0) / weights.sum()
    centred = (sources - middle) * weights
    left, _, right = np.linalg.svd(targets.T @ centred)
    if np.linalg.det(left @ right) < 0:
        left[:, 2] *= -1  # a mirror image is no turn
    rotation = left @ right
    scale = float(((centred @ rotation.T) * targets).sum() / (centred * sources).sum())
    translation = ((targets - scale * sources @ rotation.T) * weights).sum(axis=0) / weights.sum()
    return rotation, scale, translation


def _scale(template: Template, targets: Matrix) -> float:
    return fit(template, targets)[1]


def _in_space(screen: Matrix, depth: float, scale: float) -> Matrix:
    """What stands at `screen` on the plane one centimetre away, if the face is so many times as large in space."""
    z = (screen[:, 2] - depth + 1) / scale
    return np.stack([screen[:, 0] * z, screen[:, 1] * z, -z], axis=1)
