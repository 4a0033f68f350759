"""Makes the golden pose of `ezvtb.backends.golden` from the tests' goldens: run me."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GOLDENS = Path(__file__).parents[1] / "goldens"
CHARACTER, NUMBER = "coral", 6
"""Long hair and soft edges; every part of the pose is away from rest."""


def parts() -> "dict[str, NDArray[Any]]":
    """Picture, pose and the reference's frame."""
    return {
        "picture": _bgra(GOLDENS / f"{CHARACTER}.png"),
        "pose": np.load(GOLDENS / "poses.npy")[NUMBER],
        "frame": _bgra(GOLDENS / "frames" / f"{CHARACTER}_{NUMBER:02}.webp"),
    }


def _bgra(path: Path) -> "NDArray[np.uint8]":
    with Image.open(path) as image:
        return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]])


def main() -> None:
    """Writes the file."""
    from ezvtb.backends.golden import FILE
    from ezvtb.models.store import read_record

    record = read_record("tha3_separable")
    assert record is not None
    arrays: dict[str, Any] = {**parts(), "weights": np.array(json.dumps(record.weights))}
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    main()
