"""A real OBS with an avatar in front of a coloured background, and what the tests ask of it."""

import io
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ezvtb.protocol import FrameFile
from ezvtb.setup.headless_obs import HeadlessObs, Xvfb, free_port
from ezvtb.setup.obs_config import COLLECTION, ObsHome, avatar_source, color_source, scene_item
from ezvtb.tracking import pose
from ezvtb.tracking.protocols import raw
from repeating import repeated

PROJECT = Path(__file__).parents[2]
SCRIPT = PROJECT / "obs_script" / "ezvtb_avatar.py"
SCRIPTS = Path(__file__).parent / "scripts"
CONTROL = SCRIPTS / "ezvtb_test_control.py"
AVATAR, BACKGROUND, SCENE = "Avatar", "Background", "Scene"
WIDTH, HEIGHT = 640, 512
LEFT = 64
"""Where the avatar stands on the canvas: pixels from the left; its top is the canvas's."""

Pixels = NDArray[np.uint8]


class Stage(NamedTuple):
    """A running OBS and what belongs to it."""

    obs: HeadlessObs
    server: Xvfb
    port: int
    """UDP port of the avatar."""

    def pixels(self, source: str = AVATAR) -> Optional[Pixels]:
        """A source or the scene as (height, width, RGBA); None while there is nothing to see."""
        png = self.obs.screenshot(source)
        return np.array(Image.open(io.BytesIO(png)).convert("RGBA")) if png else None

    def send(self, **values: float) -> None:
        """Sends one raw pose; `head_y=1` and so on."""
        wanted = pose.neutral()
        for name, value in values.items():
            wanted[pose.INDEX[name]] = value
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.sendto(raw.encode(wanted), ("127.0.0.1", self.port))

    @contextmanager
    def swinging(self) -> "Iterator[None]":
        """Meanwhile a tracker sends 30 poses a second, no two the same."""

        def send() -> None:
            now = time.monotonic()
            self.send(head_y=np.sin(now * 3), head_x=np.sin(now * 2), mouth_aaa=np.sin(now * 5) ** 2)

        with repeated(send, 1 / 30):
            yield

    def wait_visible(self, seconds: float = 60) -> Pixels:
        """Waits until the avatar is to be seen."""

        def seen() -> Optional[Pixels]:
            found = self.pixels()
            return found if found is not None and found[..., 3].any() else None

        return until(seen, "the avatar never came", seconds)

    def is_moving(self, seconds: float = 60) -> bool:
        """Whether the avatar's picture changes within that time."""
        first = self.pixels()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = self.pixels()
            if first is not None and now is not None and not np.array_equal(first, now):
                return True
            first = now if first is None else first
            time.sleep(0.05)
        return False

    def command(self, verb: str, argument: Any = None) -> Any:
        """Has the control script do something: its answer."""
        file = control_file(self.obs.home)
        answer = file.with_suffix(".answer")
        answer.unlink(missing_ok=True)
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps([verb, argument]))
        temporary.replace(file)
        until(answer.exists, f"no answer to {verb}")
        return json.loads(answer.read_text())

    def status(self, name: str = AVATAR) -> str:
        """The status text of the properties panel."""
        return str(self.command("status", name)["status"])

    def reload_script(self) -> None:
        """Reloads the avatar's script and waits until it is there again."""
        loads = self.loads
        self.command("reload", "ezvtb_avatar")
        until(lambda: self.loads > loads, "the script was not loaded again")

    @property
    def loads(self) -> int:
        """How often the script was loaded."""
        return self.obs.log_text().count("[ezvtb] script loaded")

    def xdotool(self, *command: str, check: bool = True) -> str:
        """Has it do that on OBS's display: what it says. `check`: whether it must succeed."""
        environment = {"DISPLAY": self.server.display, "PATH": "/usr/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["xdotool", *command], env=environment, stdout=subprocess.PIPE, text=True, check=check)
        return done.stdout

    def click(self, x: int, y: int, wait: float = 0.5) -> None:
        """A click on the display."""
        self.xdotool("mousemove", str(x), str(y), "sleep", "0.05", "click", "1")
        time.sleep(wait)

    def keys(self, title: str, *keys: str, wait: float = 1) -> None:
        """These keys, typed into the window with that in its title; no window manager gives it the focus."""
        self.xdotool(
            "search", "--onlyvisible", "--name", title, "windowfocus", "--sync", "key", "--delay", "100", *keys
        )
        time.sleep(wait)

    def click_until(self, x: int, y: int, condition: Callable[[], Any], otherwise: str) -> None:
        """Clicks there until that is so: what is clicked before it is laid out is lost."""

        def clicked() -> bool:
            self.click(x, y, 0)
            end = time.monotonic() + 3
            while not (found := condition()) and time.monotonic() < end:
                time.sleep(0.05)
            return bool(found)

        until(clicked, otherwise)

    def windows(self, title: str) -> "list[str]":
        """The numbers of the windows with that in their title."""
        return self.xdotool("search", "--onlyvisible", "--name", title, check=False).split()  # it fails without any

    def quit(self) -> None:
        """Ends OBS and checks that it ended well and left nothing behind."""
        started = time.monotonic()
        code = self.obs.quit()
        seconds = time.monotonic() - started
        log = self.obs.log_text()
        assert code == 0, log[-3000:]
        assert seconds < 20, f"OBS took {seconds:.1f} s to end"
        assert "Traceback" not in log, log
        assert "Python failure" not in log, log
        assert "has not ended" not in log, log
        engines = self.engines()
        alive = [engine for engine in engines if is_running(engine)]
        assert not alive, f"engines {alive} outlived OBS"
        left = [file for folder in FrameFile.folders() for file in folder.glob(f"ezvtb-{self.obs.pid}-*")]
        assert not left, f"{left} were left behind"

    def engines(self) -> "list[int]":
        """The numbers of all engines that were ready so far."""
        return [int(number) for number in re.findall(r"\[ezvtb\] engine (\d+) is ready", self.obs.log_text())]


def is_running(pid: int) -> bool:
    """Whether there is a process of that number."""
    return Path(f"/proc/{pid}").exists()


def control_file(home: ObsHome) -> Path:
    """Where the control script looks for commands."""
    return home.folder / "control"


def open_stage(
    folder: Path,
    server: Xvfb,
    picture: Path,
    *,
    avatars: int = 1,
    scripts: "Sequence[Path]" = (SCRIPT, CONTROL),
    background: int = 0xFF00FF00,
    fps: int = 30,
    preview: bool = False,
    ready: bool = True,
    backend: str = "null",
    keys: "Mapping[str, str]" = MappingProxyType({}),
    profile: "Mapping[str, Mapping[str, str]]" = MappingProxyType({}),
    **settings: Any,
) -> Stage:
    """Starts an OBS whose scene has a background and so many avatars; the first is called "Avatar".

    `keys` are those of hotkeys, {"ezvtb_avatar.pause": "F9"}; `profile` is put into OBS's basic.ini.
    """
    port = free_port()
    names = [AVATAR, *(f"Avatar {number}" for number in range(2, avatars + 1))]
    # exact frames, one a pose, unless a test is about the rest
    values = {"picture": str(picture), "port": port, "interpolation": 1, "cache": "off", **settings}
    hotkeys = {name: [{"key": f"OBS_KEY_{key}"}] for name, key in keys.items()}
    placed = [{**avatar_source(name, **values), "hotkeys": hotkeys} for name in names]
    home = ObsHome(
        folder,
        free_port(),
        sources=[color_source(BACKGROUND, background, WIDTH, HEIGHT), *placed],
        items=[scene_item(BACKGROUND), *(scene_item(name, LEFT) for name in names)],
        scripts=scripts,
        width=WIDTH,
        height=HEIGHT,
        fps=fps,
        preview=preview,
    ).write()
    configure(home, profile)
    return start(home, server, port, ready=ready, backend=backend)


def configure(home: ObsHome, profile: "Mapping[str, Mapping[str, str]]") -> None:
    """Puts these sections into the profile of an OBS that doesn't run."""
    file = home.config / "obs-studio/basic/profiles" / COLLECTION / "basic.ini"
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # OBS tells capitals apart
    parser.read(file, "utf-8")
    parser.read_dict(profile)
    with file.open("w", encoding="utf-8") as written:
        parser.write(written, space_around_delimiters=False)


@contextmanager
def visible_stage(folder: Path, server: Xvfb, picture: Path, **options: Any) -> Iterator[Stage]:
    """An OBS whose avatar is to be seen; afterwards it ends well, or is killed."""
    opened = open_stage(folder, server, picture, **options)
    try:
        opened.wait_visible()
        yield opened
        opened.quit()
    finally:
        opened.obs.kill()


def start(home: ObsHome, server: Xvfb, port: int, *, ready: bool = True, backend: str = "null") -> Stage:
    """Starts OBS with a home that is there."""
    stage = Stage(HeadlessObs(home, server.display, environment=environment(home, backend)), server, port)
    if ready:
        stage.obs.wait_ready()
    return stage


def environment(home: ObsHome, backend: str) -> "dict[str, str]":
    """What OBS gets beside its own environment. The backend "" is the machine's best."""
    return {
        "EZVTB_PYTHON": sys.executable,
        "EZVTB_CACHE": str(home.folder / "cache"),
        "EZVTB_BACKEND": backend,
        "EZVTB_TEST_CONTROL": str(control_file(home)),
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }


def until(condition: Callable[[], Any], otherwise: str, seconds: float = 60) -> Any:
    """Waits for something: what it gave. A computer that others work on may need long, and a fault never comes."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if isinstance(found, np.ndarray) or found:
            return found
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def middle(pixels: Pixels) -> float:
    """Where the figure is: the mean column of what is opaque."""
    return float(np.nonzero(pixels[..., 3] > 128)[1].mean())
