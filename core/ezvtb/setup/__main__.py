"""`python -m ezvtb.setup [--launch | --test]`: what install.sh and install.ps1 do once there is a Python."""

import argparse
import sys
from collections.abc import Sequence
from typing import Optional

from ezvtb.errors import EzvtbError
from ezvtb.setup import checks, environment
from ezvtb.setup.console import accept_any_character


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the set-up; the process's exit code."""
    parser = argparse.ArgumentParser(prog="install", description="Sets EZVTB Avatar up.", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--launch", action="store_true", help="and start OBS with a moving avatar")
    what.add_argument("--test", action="store_true", help="and run ruff, mypy and every test")
    options = parser.parse_args(arguments)
    accept_any_character()
    try:
        environment.install(environment.DEV if options.test else environment.RUNTIME)
        return checks.run_checks() if options.test else 0
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run it again to go on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
