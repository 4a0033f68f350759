"""A turned square of an image: where the face is."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(height, width, 3) BGR, as OpenCV has it."""

Numbers = NDArray[np.floating[Any]]
Points = Numbers
"""(n, 2) or more columns, x and y first, in pixels of the image."""

MARGIN = 1.5
"""A region is so many times as large as the face's box (`face_landmarker_graph.cc` and
`face_landmarks_detector_graph.cc` of google-ai-edge/mediapipe)."""


class Region(NamedTuple):
    """A square of `size` pixels around (x, y), turned clockwise by `angle` radians."""

    x: float
    y: float
    size: float
    angle: float

    def matrix(self, side: int) -> NDArray[np.float64]:
        """(2, 3): takes a pixel of the square, drawn `side` pixels wide and high, to the image's pixel."""
        step = self.size / side
        cos, sin = step * math.cos(self.angle), step * math.sin(self.angle)
        half = side / 2
        return np.array([[cos, -sin, self.x - half * (cos - sin)], [sin, cos, self.y - half * (cos + sin)]])


def around(points: Points, eyes: Points) -> Region:
    """The region of a face with these points; `eyes` are its right and its left one, upright in the region."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    (x, y), size = (low + high) / 2, (high - low).max()
    across = eyes[1] - eyes[0]
    return Region(float(x), float(y), MARGIN * float(size), math.atan2(float(across[1]), float(across[0])))
