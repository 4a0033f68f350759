"""Has one picture cut out in a process of its own: its memory is given back, and its failure is no engine's."""

import subprocess
import sys
import threading

import numpy as np
from numpy.typing import NDArray

from ezvtb import cutout


class CutoutJob:
    """Starts at once. `done` when it has ended, and `error` then says why there is nothing."""

    def __init__(self, rgba: NDArray[np.uint8]) -> None:
        self.text = "Its background is about to be taken away."
        """How it goes, in a sentence."""
        self.error = ""
        self._rgba = rgba
        self._process: subprocess.Popen[bytes] | None = None
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
            self._cut()
        except OSError as error:
            self.error = f"{error}."
        if not self.error and cutout.stored(self._rgba) is None:
            self.error = "nothing came of it."

    def _cut(self) -> None:
        height, width = self._rgba.shape[:2]
        command = [sys.executable, "-m", "ezvtb.cutout", str(width), str(height)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            self._process = process
            if self._closed:
                process.kill()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(self._rgba.tobytes())
            process.stdin.flush()
            for line in process.stdout:
                self.text = line.decode().strip()
        if process.returncode == 1:  # and the last line says why
            self.error = f"{self.text.rstrip('.')}."
        elif process.returncode:
            self.error = f"its process ended with exit code {process.returncode}."
