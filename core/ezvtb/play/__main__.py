"""`python -m ezvtb.play`: shows the avatar in a window, writes it to files with alpha, or is a virtual camera."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Optional

from ezvtb.errors import EzvtbError, OutputError, PictureError, SetupError
from ezvtb.play import background, camera, setting
from ezvtb.play.keys import WindowKeys
from ezvtb.play.pictures import Numbered, Still
from ezvtb.play.run import Play
from ezvtb.play.stage import Stage, View
from ezvtb.play.steady import Steady
from ezvtb.play.window import Window
from ezvtb.play.worker import Worker, Writer
from ezvtb.setup.console import accept_any_character, say
from ezvtb_obs import picture_fits
from ezvtb_obs.driver import Driver
from ezvtb_obs.engine_process import log_path
from ezvtb_obs.senses import Senses
from ezvtb_obs.settings import Settings
from ezvtb_obs.trackers import Trackers

_SHORTCUTS = {"picture": "FILE", "tracker": "NAME", "port": "NUMBER", "address": "ADDRESS", "phone": "ADDRESS"}
"""Settings that have an option of their own."""
_FILE_ROOM = 128
"""Frames that may wait for an encoder: 4 s, and 128 MB at 512x512."""
_VIDEOS = (".webm", ".mov")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    accept_any_character()
    if options.list:
        for line in setting.table():
            say(line)
        return 0
    logging.getLogger("ezvtb").setLevel(logging.ERROR)  # what goes wrong otherwise is in the status
    try:
        _play(options, setting.settings(options.set))
    except KeyboardInterrupt:
        return 0
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _play(options: argparse.Namespace, settings: Settings) -> None:
    if not settings.picture:
        raise PictureError("No picture is chosen.", "Leave --picture out, or name a file.")
    seconds = options.seconds
    windowed = options.window or not (options.out or options.camera)
    if seconds is None and not windowed and _is_still(options.out):
        seconds = 0.0  # nobody says when: the first frame
    keys = WindowKeys()
    senses = Senses(settings, Trackers(), seed=0, keys=keys, learnt=lambda: _take_over(driver))
    window = Window(options.background, keys) if windowed else None
    workers = _workers(options, settings.fps_limit, seconds)
    views: list[View] = [*workers, *([window] if window else [])]
    stage = Stage(views)
    driver = Driver(stage, settings, senses, log_path("ezvtb.play"))
    Play(driver, stage, workers, window, say).run(seconds)


def _take_over(driver: Driver) -> None:
    """What a key has changed. It isn't saved."""
    former = driver.settings
    found = replace(former, **driver.senses.take_unsaved())
    driver.apply(replace(found, **picture_fits.followed(former, found)))


def _workers(options: argparse.Namespace, fps: int, seconds: Optional[float]) -> "list[Worker]":
    workers = []
    if options.camera:
        webcam = camera.Camera(camera.library(), fps, options.background or camera.GREEN)
        say(f"{webcam.name}: open. Choose it in the other program.")
        workers.append(Worker(webcam, room=1))
    if options.out:
        workers.append(Worker(_file(options.out, fps, seconds), _FILE_ROOM))
    return workers


def _file(path: Path, fps: int, seconds: Optional[float]) -> Writer:
    """The writer of a file or a folder, by its name. OutputError if there is one already, or nowhere to put it."""
    if not path.suffix:
        return Steady(Numbered(path), fps, seconds)
    if path.exists():
        raise OutputError(f"{path} is there already.", "Choose another name, or delete it.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder {path.parent}.", "Make it, or choose another.")
    if _is_still(path):
        return Still(path, seconds)
    return Steady(_video().Video(path, fps), fps, seconds)


def _is_still(path: Optional[Path]) -> bool:
    return path is not None and path.suffix.lower() == ".png"


def _video() -> Any:
    """The module that needs PyAV, which not everyone has installed."""
    try:
        return import_module("ezvtb.play.video")
    except ModuleNotFoundError as error:
        if error.name != "av":
            raise
        raise SetupError("Videos need the package av.", f"Install it: {sys.executable} -m pip install av") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m ezvtb.play", description=__doc__, allow_abbrev=False)
    where = parser.add_argument_group("where the avatar is shown")
    where.add_argument(
        "--window", action="store_true", help="in a window (this is what happens if nothing else is asked)"
    )
    where.add_argument("--out", type=_out, metavar="PATH", help="write FILE.png (one frame), FILE.webm or FILE.mov "
                       "(videos with alpha: VP9, ProRes 4444), or a folder of PNG files")  # fmt: skip
    where.add_argument("--camera", action="store_true", help="as a virtual camera")
    where.add_argument("--seconds", type=_seconds, metavar="NUMBER", help="end so long after the first frame; "
                       "FILE.png then holds the last one")  # fmt: skip
    where.add_argument("--background", type=background.colour, metavar="COLOUR",
                       help="behind it: in a window (default: a checkerboard), in a camera (green)")  # fmt: skip
    how = parser.add_argument_group("how it looks and moves: the settings of the source in OBS")
    for name, metavar in _SHORTCUTS.items():
        how.add_argument(f"--{name}", type=_of(name), action="append", default=[], dest="set", metavar=metavar,
                         help=f"the same as --set {name}={metavar}")  # fmt: skip
    how.add_argument("--set", type=setting.setting, action="append", default=[], metavar="NAME=VALUE",
                     help="any setting; --list shows them")  # fmt: skip
    how.add_argument("--list", action="store_true", help="show all settings with their defaults, and end")
    return parser


def _of(name: str) -> Any:
    return lambda text: setting.setting(f"{name}={text}")


def _out(text: str) -> Path:
    path = Path(text)
    if path.suffix and not _is_still(path) and path.suffix.lower() not in _VIDEOS:
        raise argparse.ArgumentTypeError(f"{text!r} is neither .png, {', '.join(_VIDEOS)} nor a folder")
    return path


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 86400")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
