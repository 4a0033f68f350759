"""What `ezvtb.cutout` needs of rembg. Figure is what is red; its first use "downloads"; a blue corner makes it fail."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import sessions


class Session:
    def predict(self, picture: Any) -> "list[Any]":
        red, _, blue = (np.asarray(channel, int) for channel in picture.split())
        if blue[0, 0] == 255:
            raise RuntimeError("the network is\n broken")
        return [Image.fromarray(np.uint8(255 * (red > 150)))]


def new_session(name: str, providers: "list[str]") -> Session:
    assert (name, providers) == ("isnet-anime", ["CPUExecutionProvider"])
    folder = Path(sessions.sessions[name].model_dir())
    if not (folder / "isnet-anime.onnx").exists():
        folder.mkdir(parents=True)
        (folder / "tmp123").write_bytes(bytes(3 << 20))
        time.sleep(1.5)
        (folder / "tmp123").rename(folder / "isnet-anime.onnx")
    time.sleep(float(os.environ.get("STAND_IN_SECONDS", "0")))
    if code := os.environ.get("STAND_IN_EXIT_CODE"):
        os._exit(int(code))
    return Session()
