"""An OBS of our own: started with a fresh home, driven over its websocket, ended cleanly. Linux and X11.

Used by the demo of `--launch` and by the tests. obsws-python and an installed OBS are needed, Xvfb where there is no
display.
"""

import base64
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from ezvtb.errors import SetupError
from ezvtb.setup import x11
from ezvtb.setup.obs_config import ObsHome

_START_SECONDS = 60.0
_END_SECONDS = 30.0
_WEBSOCKET_ENDS = "[obs-websocket] [obs_module_unload] Shutting down..."
"""In OBS's log, when its scripts and sources are gone already. obs-websocket 5.1 then closes the socket it listens on,
while its thread may be about to accept on it once more: asio follows a null pointer there (in
`reactive_socket_service_base::start_op`; 2 of some thousand exits)."""
_NOT_INHERITED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "WAYLAND_DISPLAY")
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
"""An activated environment in PATH would give OBS's Python the standard library of another version."""


def free_port() -> int:
    """A TCP and UDP port that nobody uses now."""
    for _ in range(100):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port
    raise SetupError("No port is free.", "Close some programs.")


class Xvfb:
    """An X server without a screen, on a display number of its own choice. A context manager."""

    def __init__(self, width: int = 1400, height: int = 900) -> None:
        """Starts it. SetupError if it isn't installed or doesn't come up."""
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        try:
            self._process = subprocess.Popen(
                command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            os.close(reading)
            raise SetupError(f"Xvfb can't be started: {error}.", "Install the package xvfb.") from error
        finally:
            os.close(writing)
        with os.fdopen(reading, encoding="ascii") as answer:
            number = answer.readline().strip()  # once it serves; empty if it ended instead
        if not number:
            raise SetupError(f"Xvfb ended with exit code {self._process.wait()}.", "Look whether it is installed.")
        self.display = f":{number}"

    def __enter__(self) -> "Xvfb":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait(_END_SECONDS)

    def screenshot(self, path: Path) -> None:
        """Saves what the whole display shows as a PNG (ImageMagick)."""
        subprocess.run(["import", "-display", self.display, "-window", "root", str(path)], check=True)


class HeadlessObs:
    """A running OBS."""

    def __init__(
        self,
        home: ObsHome,
        display: str,
        program: str = "obs",
        environment: "Optional[Mapping[str, str]]" = None,
    ) -> None:
        """Starts it on that display; `wait_ready` waits. `environment` is added to its own."""
        self.home = home
        self._display = display
        self.log = home.folder / "obs.log"
        self.websocket: Any = None
        """obsws-python's request client, after `wait_ready`."""
        runtime = home.folder / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        variables = {key: value for key, value in os.environ.items() if key not in _NOT_INHERITED}
        variables.update(
            HOME=str(home.folder),
            XDG_CONFIG_HOME=str(home.config),
            XDG_RUNTIME_DIR=str(runtime),
            DISPLAY=display,
            QT_QPA_PLATFORM="xcb",
            LC_ALL="C.UTF-8",
            PATH=_SYSTEM_PATH,
        )
        variables.update(environment or {})
        command = [program, "--multi", "--disable-missing-files-check", "--disable-updater", "--unfiltered_log"]
        with self.log.open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=home.folder
                )
            except OSError as error:
                raise SetupError(f"{program} can't be started: {error}.", "Install OBS Studio.") from error

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def wait_ready(self, seconds: float = _START_SECONDS) -> "HeadlessObs":
        """Waits until OBS has loaded its scenes and answers. SetupError if it ends, or doesn't in time."""
        import obsws_python  # type: ignore[import-untyped]  # noqa: PLC0415 (only who drives OBS needs it)

        logging.getLogger("obsws_python").setLevel(logging.CRITICAL)  # it logs each refused attempt as an error
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.running:
                raise SetupError(f"OBS ended with code {self._process.returncode}.", f"Its log is {self.log}.")
            try:
                if self.websocket is None:
                    self.websocket = obsws_python.ReqClient(
                        host="127.0.0.1", port=self.home.port, password=self.home.password, timeout=20
                    )
                self.websocket.get_version()  # refused ("not ready") until the scenes are loaded
                return self
            except (OSError, obsws_python.error.OBSSDKError):
                time.sleep(0.05)
        raise SetupError(f"OBS didn't answer within {seconds:.0f} s.", f"Its log is {self.log}.")

    def screenshot(self, source: str, width: Optional[int] = None, height: Optional[int] = None) -> bytes:
        """A PNG of a source or a scene, with alpha; empty while the source has no frame (with a given size: blank)."""
        import obsws_python  # noqa: PLC0415

        try:
            answer = self.websocket.get_source_screenshot(source, "png", width, height, -1)
        except obsws_python.error.OBSSDKRequestError as error:
            if error.code == 702:  # rendering failed: nothing to render yet
                return b""
            raise
        return base64.b64decode(answer.image_data.split(",", 1)[1])

    def record(self, seconds: float) -> Path:
        """Records the program for that long: the finished file."""
        self.websocket.start_record()
        time.sleep(seconds)
        path = Path(self.websocket.stop_record().output_path)
        until = time.monotonic() + _END_SECONDS
        while self.websocket.get_record_status().output_active:
            if time.monotonic() > until:
                raise SetupError("OBS doesn't end its recording.", f"Its log is {self.log}.")
            time.sleep(0.1)
        return path

    def statistics(self) -> "dict[str, Any]":
        """OBS's own figures: `averageFrameRenderTime` (ms), `renderSkippedFrames`, `renderTotalFrames`, …"""
        answer: dict[str, Any] = self.websocket.send("GetStats", raw=True)
        return answer

    def log_text(self) -> str:
        """What OBS has logged so far."""
        return self.log.read_text("utf-8", "replace")

    def disconnect(self) -> None:
        """Closes the websocket connection; OBS's exit waits for it."""
        if self.websocket is not None:
            self.websocket.disconnect()
            self.websocket = None

    def quit(self, seconds: float = _END_SECONDS) -> int:
        """Has OBS close its window and end: the exit code, negative for a signal. SetupError if it hangs.

        A crash of its websocket server at the very end, which nobody but us has running, is told and counts as 0.
        """
        self.disconnect()
        # no signal: OBS 29 closes its window inside the signal handler, whatever its main thread was doing, and
        # hangs or crashes when that was allocating memory or talking to the X server (seen in 5 of 24 early exits)
        until = time.monotonic() + seconds
        while self.running and not x11.close_window(self._display, self.pid, "OBS "):
            if time.monotonic() > until:
                raise SetupError("OBS has no window to close.", f"Its log is {self.log}.")
            time.sleep(0.1)
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise SetupError(f"OBS didn't end within {seconds:.0f} s.", f"Its log is {self.log}.") from error
        if died_in_websocket(code, self.log_text()):
            print("OBS's websocket server crashed while it ended, which it does now and then.", file=sys.stderr)
            return 0
        return code

    def kill(self) -> None:
        """Ends the process without further ado; does nothing if it has ended."""
        with contextlib.suppress(OSError):
            self.disconnect()
        if self.running:
            self._process.kill()
            self._process.wait()


def died_in_websocket(code: int, log: str) -> bool:
    """Whether an OBS with this exit code and log crashed in obs-websocket's own end, after all that is ours."""
    return code == -signal.SIGSEGV and log.rstrip().endswith(_WEBSOCKET_ENDS)


@contextlib.contextmanager
def running_obs(
    home: ObsHome, display: str, program: str = "obs", environment: "Optional[Mapping[str, str]]" = None
) -> Iterator[HeadlessObs]:
    """A ready OBS; on leaving it is killed if it still runs, so call `quit` inside for a clean end."""
    obs = HeadlessObs(home, display, program, environment)
    try:
        yield obs.wait_ready()
    finally:
        obs.kill()
