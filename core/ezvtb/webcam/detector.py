"""MediaPipe's short-range face detector (BlazeFace): where in the image is a face?"""

from typing import Optional

import numpy as np
from numpy.typing import NDArray

from ezvtb.webcam.region import Numbers, Region, around

SIDE = 128
"""The network's input is so many pixels wide and high."""
SURE = 0.5
"""Smallest score of a face (MediaPipe's default `min_face_detection_confidence`)."""
_SAME = 0.3
"""Boxes that overlap by more than this share are of one face (MediaPipe's `min_suppression_threshold`)."""


def _anchors() -> NDArray[np.float32]:
    """(896, 2): x and y, 0..1, of the places that the network looks at: 2 in each cell of 16x16, 6 in each of 8x8.

    From the options of `SsdAnchorsCalculator` in `mediapipe/modules/face_detection/face_detection_short_range.pbtxt`.
    """
    grids = []
    for cells, each in ((16, 2), (8, 6)):
        centres = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(centres, centres)
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], 1), each, axis=0))
    return np.concatenate(grids).astype(np.float32)


ANCHORS = _anchors()


def find(boxes: Numbers, logits: Numbers, width: int, height: int) -> Optional[Region]:
    """The region of the face that is most surely one and nearest; None if there is none.

    Args:
        boxes: (896, 16) x, y, width, height and six points (first the right eye, then the left), in the network's
            pixels, from each anchor.
        logits: (896,) how surely there is a face.
        width: of the image, in pixels. It was shrunk to the network's square as a whole, with margins.
        height: of the image.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    sure = scores >= SURE
    if not sure.any():
        return None
    scores, anchors, boxes = scores[sure], ANCHORS[sure], boxes[sure]
    shapes = (boxes / SIDE).reshape(-1, 8, 2)  # centre, extent, six points
    places = shapes + anchors[:, None]
    centre, extent = places[:, 0], shapes[:, 1]
    best = int(np.argmax(scores * extent.max(axis=1)))
    same = _overlap(centre, extent, best) > _SAME
    weights = scores[same, None, None]
    middle = (np.concatenate([places[same, :1], shapes[same, 1:2], places[same, 2:4]], 1) * weights).sum(
        0
    ) / weights.sum()
    longer = max(width, height)
    margin = np.array([longer - width, longer - height]) / 2
    pixels = middle * longer
    corners = np.stack([pixels[0] - pixels[1] / 2, pixels[0] + pixels[1] / 2])
    return around(corners - margin, pixels[2:4] - margin)


def _overlap(centre: Numbers, extent: Numbers, best: int) -> Numbers:
    """How much each box has in common with the best: shared area by joint area."""
    low, high = centre - extent / 2, centre + extent / 2
    shared = np.clip(np.minimum(high, high[best]) - np.maximum(low, low[best]), 0, None).prod(axis=1)
    areas = extent.prod(axis=1)
    overlap: Numbers = shared / np.maximum(areas + areas[best] - shared, 1e-9)
    return overlap
