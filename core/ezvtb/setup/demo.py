"""`--launch`: OBS with the avatar in a scene; in a window, or without a display recorded under `out/`."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ezvtb.errors import SetupError
from ezvtb.paths import CHARACTER, PROJECT, cache_folder
from ezvtb.setup import background, scene, user_obs, windows_python
from ezvtb.setup.console import child_environment, exit_code, say
from ezvtb.setup.obs_ini import is_portable
from ezvtb.setup.obs_program import ObsProgram
from ezvtb.tracking.protocols.raw import DEFAULT_PORT

if TYPE_CHECKING:
    from ezvtb.setup.headless_obs import HeadlessObs

POSES = PROJECT / "demo" / "poses_20fps.npy"
POSES_FPS = 20

OUT = PROJECT / "out"
CANVAS = scene.Canvas(1280, 720)
RECORDED_SECONDS = 9
COUNTED_SECONDS = 5
FIRST_FRAME_SECONDS = 120
"""An engine on a slow disk and a busy machine has to read 90 MB of models and compile them."""
FEWEST_DISTINCT = 5
"""In a recording of that length: an avatar that stands still, or stops, shows fewer new pictures."""


def in_a_window(program: ObsProgram, install_python: "Callable[[int], None]") -> int:
    """Starts the user's OBS with the demo's scene collection and waits until it is closed; its exit code."""
    user_obs.refuse_while_running()
    config = user_obs.config_to_change()
    if sys.platform == "win32":
        windows_python.ensure_python(config, program.version, install_python)
    user_obs.prepare_first_start(config)
    user_obs.add_collection(config, CHARACTER, _background(cache_folder() / "demo"), DEFAULT_PORT)
    user_obs.back_up_choice(config)
    say(
        "OBS starts now. For the first minute a recorded face moves the avatar; then it idles until your tracker sends."
    )
    say("This window waits until you close OBS.")
    command = [str(program.path), "--collection", user_obs.COLLECTION]
    if is_portable(config):
        command.append("--portable")
    OUT.mkdir(exist_ok=True)
    log = OUT / "obs.log"
    # What OBS prints would bury what this window says; OBS keeps the same in its own log folder.
    with _replay(DEFAULT_PORT), log.open("wb") as printed:
        code = exit_code(command, changes={"PATH": path_for_obs()}, folder=program.folder, output=printed)
    if code != 0:
        raise SetupError(f"OBS ended with exit code {code}.", f"What it printed is in {log}.")
    return 0


def path_for_obs() -> str:
    """PATH without activated Python environments: they would give OBS's own Python foreign libraries."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder).parent / "pyvenv.cfg").is_file())


def recorded(program: ObsProgram) -> int:
    """Starts an OBS of our own without a display, records the moving avatar, says how it went; the exit code."""
    from ezvtb.setup import headless_obs, obs_config  # noqa: PLC0415 (POSIX only: a window is shown elsewhere)

    folder = OUT / "obs-home"
    if folder.exists():
        shutil.rmtree(folder)  # ours, of an earlier run
    pictures = CHARACTER, _background(OUT)
    avatar_port = headless_obs.free_port()
    home = obs_config.ObsHome(
        folder=folder,
        port=headless_obs.free_port(),
        sources=scene.sources(*pictures, avatar_port),
        items=scene.items(CANVAS),
        scripts=[scene.SCRIPT],
        width=CANVAS.width,
        height=CANVAS.height,
        version=program.version,
    ).write()
    say("There is no display, so OBS runs under Xvfb with a configuration of its own, which takes about half a minute.")
    with headless_obs.Xvfb() as server, headless_obs.running_obs(home, server.display, str(program.path)) as obs:
        say("OBS runs. The avatar's engine starts ...")
        took = _wait_for_avatar(obs)
        say(f"The avatar is there, {took:.1f} s after OBS was ready. A recorded face moves it now.")
        with _replay(avatar_port):
            time.sleep(1.5)  # the idle motion gives way to the face
            delivered = _frames_per_second(obs)
            before = obs.statistics()
            say(f"Recording {RECORDED_SECONDS} s ...")
            raw = obs.record(RECORDED_SECONDS)
            after = obs.statistics()
            screenshot = _save(OUT / "screenshot.png", obs.screenshot(obs_config.SCENE))
        code = obs.quit()
    recording = raw.replace(OUT / f"recording{raw.suffix}")
    for line in backends(obs.log_text()):
        say(f"Engine: {line}.")
    lagged = int(after["renderSkippedFrames"]) - int(before["renderSkippedFrames"])
    total = int(after["renderTotalFrames"]) - int(before["renderTotalFrames"])
    say(f"OBS: {lagged} of {total} frames lagged, {after['averageFrameRenderTime']:.1f} ms a frame, exit code {code}.")
    say(f"Avatar: {delivered:.1f} frames per second delivered; {os.cpu_count()} CPU cores for OBS and the engine.")
    _judge(recording)
    say(f"Look at: {screenshot}")
    say(f"         {recording}")
    if code != 0:
        raise SetupError(f"OBS ended with exit code {code}.", f"Its log is {obs.log}.")
    return 0


def _wait_for_avatar(obs: "HeadlessObs") -> float:
    """Seconds until the avatar had its first frame."""
    start = told = time.monotonic()
    while not obs.screenshot(scene.AVATAR):  # in its own size: a source without a frame has none
        now = time.monotonic()
        trouble = last_trouble(obs.log_text())
        if not obs.running or now - start > FIRST_FRAME_SECONDS:
            raise SetupError(f"The avatar has shown nothing for {now - start:.0f} s. {trouble}", f"Log: {obs.log}")
        if now - told > 5:
            told = now
            say(f"... {now - start:.0f} s {trouble}")
        time.sleep(0.2)
    return time.monotonic() - start


def last_trouble(log: str) -> str:
    """What the avatar last complained about in OBS's log; empty where it didn't."""
    complaints = [line for line in log.splitlines() if line.startswith(("warning: [ezvtb] ", "error: [ezvtb] "))]
    return complaints[-1].partition("[ezvtb] ")[2] if complaints else ""


def _frames_per_second(obs: "HeadlessObs") -> float:
    """How many new frames of the avatar OBS shows a second.

    Asked of OBS, without loss: in a recording the encoder spreads one change over several pictures.
    """
    say(f"Counting frames for {COUNTED_SECONDS} s ...")
    new, last = 0, obs.screenshot(scene.AVATAR, 128, 128)
    start = time.monotonic()
    while (now := time.monotonic()) - start < COUNTED_SECONDS:
        shown = obs.screenshot(scene.AVATAR, 128, 128)
        new, last = new + (shown != last), shown
        time.sleep(max(0.0, now + 1 / 60 - time.monotonic()))
    return new / COUNTED_SECONDS


def _judge(recording: Path) -> None:
    """Says how much the avatar moves in the recording; SetupError if it doesn't."""
    from ezvtb.setup.recording import measure  # noqa: PLC0415 (needs packages of this demo only)

    motion = measure(recording, scene.avatar_place(CANVAS))
    say(f"Recording: {motion.pictures} pictures in {motion.seconds:.1f} s; the avatar moves in {motion.distinct}.")
    if motion.distinct < FEWEST_DISTINCT:
        raise SetupError(f"The avatar in {recording} hardly moves.", "OBS's log in out/obs-home says more.")


def backends(log: str) -> "list[str]":
    """What the engine computed with, as its last report in OBS's log has it."""
    reports = [line.partition(" is ready: ")[2] for line in log.splitlines() if " is ready: [" in line]
    if not reports:
        return []
    working = [part for part in json.loads(reports[-1]) if part["backend"] not in {"absent", "off"}]
    return [
        f"{part['component']}: {', '.join(filter(None, (part['backend'], part['device'], part['precision'])))}"
        for part in working
    ]


def _background(folder: Path) -> Path:
    path = folder / "background.png"
    background.draw(path)
    return path


def _save(path: Path, content: bytes) -> Path:
    if not content:
        raise SetupError("OBS's picture of the scene is empty.", "OBS's log in out/obs-home says more.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@contextmanager
def _replay(port: int) -> Iterator[None]:
    """A recorded face sends its poses meanwhile."""
    command = [sys.executable, "-m", "ezvtb.replay", str(POSES), "--to", f"127.0.0.1:{port}", "--fps", str(POSES_FPS)]
    sender = subprocess.Popen(command, env=child_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        sender.terminate()
        sender.wait(10)
