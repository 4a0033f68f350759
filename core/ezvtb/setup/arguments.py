"""What the command line of the set-up takes."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from ezvtb.setup.downloads import PIP_PLATFORMS
from ezvtb.setup.runtime_choice import AUTOMATIC, SETS


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    known = argparse.ArgumentParser(prog="install", description="Sets EZVTB Avatar up.", allow_abbrev=False)
    what = known.add_mutually_exclusive_group()
    what.add_argument("--launch", action="store_true", help="and start OBS with a moving avatar")
    what.add_argument("--test", action="store_true", help="and run ruff, mypy and every test")
    what.add_argument("--uninstall", action="store_true", help="remove all that the set-up made, after asking")
    what.add_argument(
        "--download", metavar="FOLDER", type=_folder, help="only gather what another computer needs, to install from it"
    )
    known.add_argument("--yes", action="store_true", help="with --uninstall: don't ask")
    known.add_argument("--platform", choices=list(PIP_PLATFORMS), help="with --download: the other computer's system")
    known.add_argument("--python", metavar="3.12", type=_python, help="with --download: the other computer's Python")
    known.add_argument("--offline", metavar="FOLDER", type=_folder, help="install from such a folder, without network")
    known.add_argument("--no-python", action="store_true", help="on Windows: don't install a Python, only name it")
    known.add_argument(
        "--runtime",
        choices=[*SETS, AUTOMATIC],
        help="what computes the avatar, from now on; else it is chosen by the graphics card",
    )
    return known


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The options; ends the process with a sentence where one isn't known, before anything is made."""
    known = parser()
    options = known.parse_args(words)
    for name, owner in (("yes", "uninstall"), ("platform", "download"), ("python", "download")):
        if getattr(options, name) and not getattr(options, owner):
            known.error(f"--{name} goes with --{owner} only")
    if options.offline and (options.download or options.uninstall or options.test):
        known.error("--offline goes by itself or with --launch only")
    if options.runtime and (options.offline or options.uninstall):
        known.error("--runtime goes neither with --offline, which brings its own, nor with --uninstall")
    if options.download and options.runtime == AUTOMATIC:
        known.error("--download can't look at the other computer's graphics card: name what --runtime it shall have")
    return options


def _folder(word: str) -> Path:
    return Path(word).absolute()


def _python(word: str) -> str:
    if not re.fullmatch(r"3\.1[0-4]", word):
        raise argparse.ArgumentTypeError("the avatar runs with Python 3.10 to 3.14")
    return word
