"""Has one picture cut out in a process of its own: its memory is given back, and its failure is no engine's."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ezvtb import cutout


class CutoutJob:
    """Starts at once. `done` when it has ended, and `error` then says why there is nothing."""

    def __init__(self, rgba: NDArray[np.uint8]) -> None:
        self.text = "Its background is about to be taken away."
        """How it goes, in a sentence."""
        self.error = ""
        self._rgba = rgba
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ezvtb-cutout", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has ended: `cutout.stored` has the picture unless there is an `error`."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """Gives it up."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        try:
            with tempfile.TemporaryDirectory() as folder:
                self._cut(Path(folder) / "picture.png")
        except OSError as error:
            self.error = f"{error}."
        if not self.error and cutout.stored(self._rgba) is None:
            self.error = "nothing came of it."

    def _cut(self, picture: Path) -> None:
        Image.fromarray(self._rgba).save(picture, compress_level=1)
        command = [sys.executable, "-m", "ezvtb.cutout", str(picture)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
            self._process = process
            if self._closed:
                process.kill()
            for line in process.stdout:
                self.text = line.strip()
        if process.returncode:
            self.error = f"{self.text.rstrip('.')}."
