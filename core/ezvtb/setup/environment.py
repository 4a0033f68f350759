"""Brings `.venv` to what a lock file names, and leaves it alone when it is there already.

The locks are made from pyproject.toml with `uv pip compile`; the first lines of each show the command. pip
installs them with every file's sha256 checked, and wheels only: no package's build script ever runs here.

OpenVINO asks for openvino-telemetry, which tells Google Analytics of every `import openvino`, and does so from a
forked copy of the process that can hang for ever: engines were seen to outlive OBS that way. It is left out of the
locks, and taken out where it is; OpenVINO does without.
"""

import hashlib
import json
import os
import shutil
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup.console import Stopwatch, run, say


class Lock(NamedTuple):
    """One lock file, what it is for, and its sizes in MB (measured on Linux, rounded up)."""

    file: str
    purpose: str
    download: int
    installed: int
    contains: "tuple[str, ...]"
    """The lock files whose pins are all in this one."""


RUNTIME = Lock("requirements.lock", "what the avatar needs", 120, 430, ())
DEMO = Lock("requirements-demo.lock", "the avatar and the recorded demo", 150, 530, ("requirements.lock",))
DEV = Lock(
    "requirements-dev.lock",
    "the avatar, the demo and the tests",
    180,
    640,
    ("requirements.lock", "requirements-demo.lock"),
)

UNWANTED = "openvino-telemetry"

STAMP = "ezvtb-installed.json"
PATH_FILE = "ezvtb-avatar.pth"


def install(lock: Lock, project: Path = PROJECT) -> None:
    """Installs a lock into the running environment unless it is there, and puts our own folders on its path."""
    venv = Path(sys.prefix)
    if venv.resolve() != (project / ".venv").resolve():
        raise SetupError(f"{sys.executable} is not the Python of {project / '.venv'}.", "Run install.sh instead.")
    wanted = {name: fingerprint(project / name) for name in (lock.file, *lock.contains)}
    stamp = venv / STAMP
    if UNWANTED in installed_packages():
        say(f"Removing {UNWANTED}, which would tell Google Analytics of every start ...")
        run([sys.executable, "-m", "pip", "uninstall", "-y", "-q", UNWANTED], remedy="The lines above say why.")
    if is_current(read_stamp(stamp), lock.file, wanted[lock.file], installed_packages()):
        say(f"Python packages: {lock.purpose}: all there.")
    else:
        stamp.unlink(missing_ok=True)  # from here on the environment is half-made until the end
        _install_packages(lock, project, venv)
        write_stamp(stamp, wanted, installed_packages())
    write_path_file(Path(sysconfig.get_path("purelib")), project)


def _install_packages(lock: Lock, project: Path, venv: Path) -> None:
    free = shutil.disk_usage(venv).free >> 20
    if free < lock.download + lock.installed:
        raise SetupError(
            f"The Python packages need {lock.download + lock.installed} MB and {venv} has {free} MB of room.",
            "Free some space, then run this again.",
        )
    say(f"Python packages: {lock.purpose}: about {lock.download} MB to download, {lock.installed} MB on disk ...")
    clock = Stopwatch()
    options = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--disable-pip-version-check"]
    run(
        [sys.executable, "-m", "pip", "install", *options, "--progress-bar=on", "-r", str(project / lock.file)],
        # An environment refuses --user, which some have in their pip configuration.
        changes={"PIP_USER": "0"},
        remedy="The lines above say why. Is there a network? Is OBS closed? Then run this again: it goes on from here.",
    )
    say(f"Python packages: done in {clock}.")


def fingerprint(lock: Path) -> str:
    """The sha256 of a lock's text; git's line endings make no difference."""
    try:
        text = lock.read_text("utf-8")
    except FileNotFoundError as error:
        raise SetupError(f"{lock} is missing.", "Get the project again; it belongs to it.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def installed_packages() -> "dict[str, str]":
    """Name and version of every package of the running environment."""
    found = {}
    for distribution in metadata.distributions():
        # A package whose removal was interrupted has a folder and no name; it doesn't count as installed.
        if name := distribution.metadata["Name"]:
            found[name.lower()] = distribution.version
    return found


def is_current(stamp: "dict[str, dict[str, str]]", file: str, wanted: str, present: "dict[str, str]") -> bool:
    """Whether the stamp names this lock, and everything that was installed with it is still there."""
    kept = all(present.get(name) == version for name, version in stamp.get("packages", {}).items())
    return kept and stamp.get("locks", {}).get(file) == wanted


def read_stamp(stamp: Path) -> "dict[str, dict[str, str]]":
    """What was installed last; nothing where there is no stamp or only half of one."""
    try:
        value = json.loads(stamp.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        say(f"{stamp.name} in the environment is damaged, so the packages are checked again.")
        return {}
    whole = isinstance(value, dict) and all(isinstance(part, dict) for part in value.values())
    return value if whole else {}


def write_stamp(stamp: Path, locks: "dict[str, str]", packages: "dict[str, str]") -> None:
    """Notes what is installed, in one step: there is never half a stamp."""
    new = stamp.with_suffix(".new")
    new.write_text(json.dumps({"locks": locks, "packages": packages}, indent=1), "utf-8")
    new.replace(stamp)


def write_path_file(packages: Path, project: Path) -> None:
    """Lets the environment's Python find `ezvtb` and `ezvtb_obs` from anywhere.

    The lines are relative: Python reads this file in the system's encoding, in which the project's folder may
    not be writable, and the project may be moved.
    """
    lines = [f"{Path(os.path.relpath(project / name, packages)).as_posix()}\n" for name in ("core", "obs_script")]
    path = packages / PATH_FILE
    if not path.is_file() or path.read_text("ascii") != "".join(lines):
        path.write_text("".join(lines), "ascii")
