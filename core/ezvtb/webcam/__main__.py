"""`python -m ezvtb.webcam`: tracks your face with a webcam and sends it to the avatar."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Optional, Union

from ezvtb.errors import EzvtbError, TrackingError
from ezvtb.setup.console import accept_any_character, say
from ezvtb.track.replay import DEFAULT_TO, address


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    accept_any_character()
    try:
        if options.list:
            return _list()
        _optional("run").run(options.camera, options.to, options.model, options.preview)
    except KeyboardInterrupt:
        return 0
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _list() -> int:
    found = _optional("camera").cameras()
    for each in found:
        say(f"{each.number}: {each.name}")
    if not found:
        say("No camera was found. Plug one in, or close the program that uses it.")
    return 0


def _optional(name: str) -> Any:
    """A module of this package that needs OpenCV, which not everyone has installed."""
    try:
        return import_module(f"ezvtb.webcam.{name}")
    except ImportError as error:
        if error.name not in (None, "cv2"):
            raise
        missing = isinstance(error, ModuleNotFoundError)
        raise TrackingError(
            f"OpenCV, which reads the camera, can't be used: {error}.",
            f"Install it: {sys.executable} -m pip install opencv-python"
            if missing
            else "Install what it asks for; on Debian and Ubuntu: apt install libgl1",
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m ezvtb.webcam", description=__doc__, allow_abbrev=False)
    parser.add_argument("--camera", type=_source, default=0, metavar="NUMBER|FILE",
                        help="which one (default 0), or a picture or video in its place")  # fmt: skip
    parser.add_argument("--to", type=address, default=DEFAULT_TO, metavar="HOST:PORT",
                        help="where the avatar listens (default {}:{})".format(*DEFAULT_TO))  # fmt: skip
    parser.add_argument("--list", action="store_true", help="show which cameras there are, and end")
    parser.add_argument("--preview", action="store_true", help="show what the camera sees in a window")
    parser.add_argument("--model", type=Path, metavar="FILE",
                        help="a face_landmarker.task of your own (default: downloaded once, 3 MB)")  # fmt: skip
    return parser


def _source(text: str) -> Union[int, Path]:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else Path(text)


if __name__ == "__main__":
    sys.exit(main())
