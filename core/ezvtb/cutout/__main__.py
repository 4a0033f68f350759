"""`python -m ezvtb.cutout WIDTH HEIGHT`: cuts one picture out and stores it; `job` runs this.

The picture's RGBA pixels come on standard input, so that nothing of it is left behind; when that is closed, it ends.
Standard output is what its user may read of it, a line at a time, in UTF-8.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ezvtb import cutout, own_stdin
from ezvtb.cutout import edges
from ezvtb.paths import cache_folder

NETWORK = "isnet-anime"
NETWORK_MB = 170
"""About; it is fetched by rembg once."""
_SOFTEST, _HARDEST = 0.05, 0.95
"""What the network says below and above is noise: nothing, or all, is figure there."""


def main() -> int:
    """Exit status: 0, or 1 with the reason as the last line."""
    description = "Cut one picture out and store it: the engine runs this and gives the pixels on standard input."
    parser = argparse.ArgumentParser("python -m ezvtb.cutout", description=description)
    for side in ("width", "height"):
        parser.add_argument(side, type=int, help="pixels")
    asked = parser.parse_args()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what libraries print is no answer

    def say(line: str) -> None:
        answers.write(f"{line}\n".encode())
        answers.flush()

    pipe = own_stdin.take()
    rgba = np.frombuffer(_read(pipe, asked.width * asked.height * 4), np.uint8).reshape(asked.height, asked.width, 4)
    threading.Thread(target=_read, args=(pipe, 1), daemon=True).start()  # nothing more comes but the end
    try:
        cutout.store(rgba, edges.cut(rgba[..., :3], _alpha(Image.fromarray(rgba[..., :3]), say)))
    except Exception as error:
        say(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
        raise
    return 0


def _alpha(picture: Image.Image, say: Any) -> Any:
    """How much of each pixel is figure, (H, W) float 0..1."""
    # in our folder, which uninstalling removes, unless the user has one for rembg
    if not any(os.environ.get(name) for name in ("REMBG_HOME", "U2NET_HOME", "XDG_DATA_HOME")):
        os.environ["REMBG_HOME"] = str(cache_folder() / "rembg")
    # rembg imports a matting library that is compiled at its first import: 90 s instead of 7, for what isn't used here
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    from rembg import new_session  # type: ignore[import-not-found]  # noqa: PLC0415
    from rembg.sessions import sessions  # type: ignore[import-not-found]  # noqa: PLC0415

    kind = sessions[NETWORK]
    if kind.resolve_existing(f"{NETWORK}.onnx") is None:
        threading.Thread(target=_tell_download, args=(Path(kind.model_dir()), say), daemon=True).start()
    # the CPU: it is one picture, and the card has a game and the avatar to draw
    session = new_session(NETWORK, providers=["CPUExecutionProvider"])
    say("Its background is being taken away.")
    mask = np.asarray(session.predict(picture)[0], np.float32) / 255
    return np.clip((mask - _SOFTEST) / (_HARDEST - _SOFTEST), 0, 1)


def _tell_download(folder: Path, say: Any) -> None:
    """Says how far it has come, until the network lies there; rembg writes into a file of another name first."""
    while not (folder / f"{NETWORK}.onnx").exists():
        done = max((each.stat().st_size for each in folder.glob("*")), default=0) if folder.is_dir() else 0
        say(f"The network for backgrounds is downloaded, once: {done >> 20} of about {NETWORK_MB} MB.")
        time.sleep(1)


def _read(pipe: int, count: int) -> bytearray:
    """So many bytes of the pipe, whose end ends the process."""
    # no buffered reader: the interpreter would want its lock when it ends
    data = bytearray()
    while len(data) < count:
        part = os.read(pipe, count - len(data))
        if not part:
            os._exit(1)
        data += part
    return data


if __name__ == "__main__":
    sys.exit(main())
