"""`python -m ezvtb.setup`: what install.sh and install.ps1 start. See `--help`."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Optional

from ezvtb.errors import EzvtbError, SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import (
    checks,
    downloads,
    environment,
    python_installer,
    runtimes,
    scene,
    sizes,
    system_packages,
    uninstall,
    user_obs,
    windows_python,
)
from ezvtb.setup.arguments import parse
from ezvtb.setup.console import Stopwatch, accept_any_character, run, say
from ezvtb.setup.locks import DEMO, DEV, RUNTIME, Lock
from ezvtb.setup.obs_program import ObsProgram
from ezvtb.setup.runtime_choice import SETS

_LAUNCH = r".\install.ps1 -Launch" if sys.platform == "win32" else "./install.sh --launch"


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the set-up; the process's exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    options = parse(words)
    accept_any_character()
    try:
        if options.uninstall:
            return uninstall.uninstall(ask=not options.yes)
        if not environment.is_inside():
            here = downloads.this_computer()
            python = downloads.python_for(options.offline, here) if options.offline else ""
            return environment.enter(words, python)
        return _inside(options)
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error}. Is the disk full, or {PROJECT} not to be written? Then run it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run it again to go on from here.", file=sys.stderr)
        return 130


def _inside(options: argparse.Namespace) -> int:
    """What is done in the project's own environment."""
    if options.download:
        here = downloads.this_computer()
        target = downloads.Target(options.platform or here.system, options.python or here.python)
        downloads.gather(options.download, target, options.runtime or "cpu")
        return 0
    if options.test:
        return test(options.runtime)
    install_python = partial(python_installer.install, folder=options.offline, allowed=not options.no_python)
    what = launch if options.launch else set_up
    return what(options.runtime, options.offline, install_python)


def set_up(runtime: Optional[str], offline: Optional[Path], install_python: "Callable[[int], None]") -> int:
    """Environment, models and OBS's settings, and how to go on."""
    _install(RUNTIME, headless=False, runtime=runtime, offline=offline)
    program = _obs_if_possible(headless=False, network=offline is None)
    _install_models(offline)
    added = program is not None and _added_to_obs(program, install_python)
    say(f"Ready. See it move: {_LAUNCH}")
    if added:
        say("Use it: start OBS; under Sources press + and choose EZVTB Avatar.")
    else:
        say("The script is not in OBS yet. If OBS has never run: start it, close it, and run this again; that adds it.")
        say(f"Or add it yourself: in OBS, Tools > Scripts > +, then choose\n  {scene.SCRIPT}")
    return 0


def launch(runtime: Optional[str], offline: Optional[Path], install_python: "Callable[[int], None]") -> int:
    """The same, and OBS with the avatar."""
    headless = not system_packages.has_display()
    if not headless:
        user_obs.refuse_while_running()  # better said before the downloads than after
    _install(DEMO if headless else RUNTIME, headless=headless, runtime=runtime, offline=offline)
    program = system_packages.ensure(headless, network=offline is None)
    _install_models(offline)
    importlib.invalidate_caches()  # what was installed a moment ago can be imported from here on
    from ezvtb.setup import demo  # noqa: PLC0415 (needs what was installed a moment ago)

    return demo.recorded(program) if headless else demo.in_a_window(program, install_python)


def test(runtime: Optional[str] = None) -> int:
    """The same, and every check."""
    _install(DEV, headless=True, runtime=runtime)
    _obs_if_possible(headless=True)
    system_packages.ensure_test_tools()
    importlib.invalidate_caches()  # what was installed a moment ago can be imported from here on
    from ezvtb.models.manifest import read_manifest  # noqa: PLC0415 (needs what was installed a moment ago)

    _install_models(None, *read_manifest())  # the optional ones too
    return checks.run_checks()


def _install(lock: Lock, *, headless: bool, runtime: Optional[str] = None, offline: Optional[Path] = None) -> None:
    """Says what all of it will take, and installs the packages."""
    name = downloads.check(offline, lock, downloads.this_computer()) if offline else runtimes.decide(runtime, lock)
    parts = sizes.missing(lock, headless, network=offline is None, runtimes=SETS[name])
    sizes.announce(parts, str(offline or ""))
    environment.install(lock, folder=offline and offline / "packages")
    runtimes.install(name, folder=offline and offline / "packages")


def _obs_if_possible(headless: bool, network: bool = True) -> Optional[ObsProgram]:
    """OBS where it can be had; else what is missing is said, and the rest goes on without."""
    try:
        return system_packages.ensure(headless, network=network)
    except SetupError as error:
        say(f"{error} The rest goes on without it.")
        return None


def _added_to_obs(program: ObsProgram, install_python: "Callable[[int], None]") -> bool:
    """Whether the user's OBS will load the script; what stands in the way is said, and the rest goes on without."""
    config = user_obs.config_to_change()
    try:
        if sys.platform == "win32":
            windows_python.ensure_python(config, program.version, install_python)
        return user_obs.add_script(config)
    except SetupError as error:
        say(f"{error} The rest goes on without it.")
        return False


def _install_models(offline: Optional[Path], *names: str) -> None:
    """Downloads and builds the named models, or those that every avatar needs, where they are not there yet.

    The command shows its own progress.
    """
    if offline:
        importlib.invalidate_caches()
        downloads.take_models(offline)
    clock = Stopwatch()
    say("Models ...")
    run([sys.executable, "-m", "ezvtb.models", "install", *names], remedy="The line above says why.")
    say(f"Models: done in {clock}.")


if __name__ == "__main__":
    sys.exit(main())
