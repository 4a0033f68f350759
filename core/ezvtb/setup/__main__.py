"""`python -m ezvtb.setup [--launch | --test]`: what install.sh and install.ps1 do once there is a Python."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Optional

from ezvtb.errors import EzvtbError, SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import checks, environment, system_packages, user_obs
from ezvtb.setup.console import Stopwatch, accept_any_character, run, say
from ezvtb.setup.obs_program import ObsProgram


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the set-up; the process's exit code."""
    parser = argparse.ArgumentParser(prog="install", description="Sets EZVTB Avatar up.", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--launch", action="store_true", help="and start OBS with a moving avatar")
    what.add_argument("--test", action="store_true", help="and run ruff, mypy and every test")
    options = parser.parse_args(arguments)
    accept_any_character()
    try:
        if options.launch:
            return launch()
        return test() if options.test else set_up()
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run it again to go on from here.", file=sys.stderr)
        return 130


def set_up() -> int:
    """Environment, OBS and models, and how to go on."""
    environment.install(environment.RUNTIME)
    _obs_if_possible(headless=False)
    install_models()
    say("Ready. See it move: install with --launch. Use it: in OBS, Tools > Scripts > +, then choose")
    say(f"  {PROJECT / 'obs_script' / 'ezvtb_avatar.py'}")
    return 0


def launch() -> int:
    """The same, and OBS with the avatar."""
    headless = not system_packages.has_display()
    if not headless:
        user_obs.refuse_while_running()  # better said before the downloads than after
    environment.install(environment.DEMO if headless else environment.RUNTIME)
    program = system_packages.ensure(headless)
    install_models()
    importlib.invalidate_caches()  # what was installed a moment ago can be imported from here on
    from ezvtb.setup import demo  # noqa: PLC0415 (needs what was installed a moment ago)

    return demo.recorded(program) if headless else demo.in_a_window(program)


def test() -> int:
    """The same, and every check."""
    environment.install(environment.DEV)
    _obs_if_possible(headless=True)
    importlib.invalidate_caches()  # what was installed a moment ago can be imported from here on
    from ezvtb.models.manifest import read_manifest  # noqa: PLC0415 (needs what was installed a moment ago)

    install_models(*read_manifest())  # the optional ones too
    return checks.run_checks()


def _obs_if_possible(headless: bool) -> Optional[ObsProgram]:
    """OBS where it can be had; else what is missing is said, and the rest goes on without."""
    try:
        return system_packages.ensure(headless)
    except SetupError as error:
        say(f"{error} The rest goes on without it.")
        return None


def install_models(*names: str) -> None:
    """Downloads and builds the named models, or those that every avatar needs, where they are not there yet.

    The command shows its own progress.
    """
    clock = Stopwatch()
    say("Models ...")
    run([sys.executable, "-m", "ezvtb.models", "install", *names], remedy="The line above says why.")
    say(f"Models: done in {clock}.")


if __name__ == "__main__":
    sys.exit(main())
