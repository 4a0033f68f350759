"""What is found in one picture of a camera."""

from typing import NamedTuple

from ezvtb.webcam.geometry import Head
from ezvtb.webcam.region import Points


class Tracked(NamedTuple):
    """A face in an image."""

    landmarks: Points
    """(478, 3) pixels: x to the right, y down, z away from the camera."""
    shapes: "dict[str, float]"
    """ARKit's 51 of `shapes.SHAPES`, 0..1, of the person's own sides."""
    head: Head
