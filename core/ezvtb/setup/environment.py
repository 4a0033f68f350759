"""Makes `.venv`, brings it to what a lock file names, and leaves it alone when it is there already.

pip installs the locks with every file's sha256 checked, and wheels only: no package's build script ever runs here,
but for TensorRT's, which PyPI has as sources only (`Lock.sources`).

OpenVINO asks for openvino-telemetry, which tells Google Analytics of every `import openvino`, and does so from a
forked copy of the process that can hang for ever: engines were seen to outlive OBS that way. It is left out of the
locks, and taken out where it is; OpenVINO does without.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Collection, Sequence
from importlib import metadata
from pathlib import Path
from typing import Optional

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup import locks, system_packages
from ezvtb.setup.console import Stopwatch, child_environment, exit_code, run, say
from ezvtb.setup.locks import RUNTIMES, Lock

PIP_OPTIONS = ("--require-hashes", "--only-binary=:all:", "--no-deps", "--disable-pip-version-check")

UNWANTED = "openvino-telemetry"

WHY = "The lines above say why."
AGAIN = "Is there a network? Is OBS closed? Then run this again: it goes on from here."

STAMP = "ezvtb-installed.json"
PATH_FILE = "ezvtb-avatar.pth"


def is_inside(project: Path = PROJECT) -> bool:
    """Whether this is the project's own environment."""
    return Path(sys.prefix).resolve() == (project / ".venv").resolve()


def enter(words: Sequence[str], python: str = "", project: Path = PROJECT) -> int:
    """Runs the set-up with these words in the project's environment, which is made where there is none; its exit code.

    `python` ("3.12") is the version to make it with; else this Python makes it.
    """
    venv = project / ".venv"
    program = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not serves(program):
        maker = interpreter(python)
        if maker == [sys.executable]:
            system_packages.ensure_venv()
        say(f"Making the Python environment .venv with Python {python or _here()} ...")
        run([*maker, "-m", "venv", "--clear", str(venv)], remedy="The lines above say why. Is OBS closed?")
    try:
        return exit_code([str(program), "-m", "ezvtb.setup", *words], changes={"PYTHONPATH": str(project / "core")})
    except KeyboardInterrupt:
        return 130  # the other process was interrupted too, and has said so


def serves(program: Path) -> bool:
    """Whether an environment's Python can be used.

    One that was interrupted, or whose Python was upgraded or removed, has a python and no pip, or no environment.
    """
    line = "import pip, sys; sys.exit(sys.version_info < (3, 10) or sys.prefix == sys.base_prefix)"
    try:
        command = [str(program), "-c", line]
        return subprocess.run(command, capture_output=True, env=child_environment(), check=False).returncode == 0
    except OSError:
        return False  # it isn't there, or leads nowhere


def interpreter(python: str) -> "list[str]":
    """The command of a Python of that version ("3.12"); of this one where none is named or it is the same."""
    if python in {"", _here()}:
        return [sys.executable]
    command = ["py", f"-{python}"] if sys.platform == "win32" else [f"python{python}"]
    program = shutil.which(command[0])
    if program and subprocess.run([program, *command[1:], "-c", ""], capture_output=True, check=False).returncode == 0:
        return [program, *command[1:]]
    raise SetupError(
        f"Python {python} is needed and is not installed.", f"Install Python {python}, then run this again."
    )


def _here() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def is_installed(lock: Lock, project: Path = PROJECT) -> bool:
    """Whether all that a lock names is in the running environment."""
    stamp = read_stamp(Path(sys.prefix) / STAMP)
    return is_current(stamp, lock.file, fingerprint(project / lock.file), installed_packages())


def install(lock: Lock, project: Path = PROJECT, *, folder: Optional[Path] = None) -> None:
    """Installs a lock into the running environment unless it is there, and puts our own folders on its path.

    `folder` holds the packages, where they are not to come from the network.
    """
    venv = Path(sys.prefix)
    if not is_inside(project):
        raise SetupError(f"{sys.executable} is not the Python of {project / '.venv'}.", "Run install.sh instead.")
    wanted = {name: fingerprint(project / name) for name in (lock.file, *lock.contains)}
    stamp = venv / STAMP
    if UNWANTED in installed_packages():
        say(f"Removing {UNWANTED}, which would tell Google Analytics of every start ...")
        run([sys.executable, "-m", "pip", "uninstall", "-y", "-q", UNWANTED], remedy=WHY)
    noted = read_stamp(stamp)
    if is_current(noted, lock.file, wanted[lock.file], installed_packages()):
        say(f"Python packages: {lock.purpose}: all there.")
    else:
        whole = is_whole(noted, installed_packages())
        kept = {name: sha for name, sha in noted.get("locks", {}).items() if whole and name not in lock.replaces}
        # from here on this lock is half-made until the end
        if kept:
            write_stamp(stamp, kept, installed_packages())
        else:
            stamp.unlink(missing_ok=True)
        _install_packages(lock, project, venv, folder)
        write_stamp(stamp, kept | wanted, installed_packages())
    write_path_file(Path(sysconfig.get_path("purelib")), project)


def download(lock: Lock, target: Path, project: Path = PROJECT) -> None:
    """Downloads what a lock names into a folder, or what of it is not there yet; nothing is installed.

    One package at a time: of several, pip would keep none where the last one breaks off.
    """
    _check_room(lock, Path(sys.prefix), lock.room)
    say(f"Downloading: {lock.purpose}, {lock.download} MB ...")
    target.mkdir(exist_ok=True)
    one = target / lock.file
    for pin in locks.pins(lock, project):
        one.write_text(pin, "utf-8")
        _pip("download", ["--no-cache-dir", "--dest", str(target)], one, lock.sources)


def remove(names: Collection[str], project: Path = PROJECT) -> None:
    """Uninstalls packages, and notes that the locks of which they are aren't installed any more."""
    if not names:
        return
    stamp = Path(sys.prefix) / STAMP
    noted = read_stamp(stamp).get("locks", {})
    stamp.unlink(missing_ok=True)
    say(f"Removing {', '.join(sorted(names))} ...")
    run([sys.executable, "-m", "pip", "uninstall", "-y", "-q", *sorted(names)], remedy=f"{WHY} Is OBS closed?")
    gone = {lock.file for lock in RUNTIMES if locks.packages(lock, project) & set(names)}
    write_stamp(stamp, {name: sha for name, sha in noted.items() if name not in gone}, installed_packages())


def _install_packages(lock: Lock, project: Path, venv: Path, folder: Optional[Path]) -> None:
    _check_room(lock, venv, lock.installed if folder else lock.room)
    say(f"Python packages: {lock.purpose}" + (f", from {folder} ..." if folder else " ..."))
    clock = Stopwatch()
    if folder:
        # Neither the user's settings nor the environment's may bring another source in.
        options = ["--isolated", "--no-index", f"--find-links={folder}"]
        changes, remedy = {"PIP_CONFIG_FILE": os.devnull}, "Gather the folder anew, with this version of the project."
        _pip("install", options, project / lock.file, lock.sources, remedy=remedy, changes=changes)
    else:
        # An environment refuses --user, which some have in their pip configuration.
        _pip("install", [], project / lock.file, lock.sources, changes={"PIP_USER": "0"})
    say(f"Python packages: done in {clock}.")


def _check_room(lock: Lock, venv: Path, needed: int) -> None:
    free = shutil.disk_usage(venv).free >> 20
    if free < needed:
        raise SetupError(
            f"The Python packages need {needed} MB and {venv} has {free} MB of room.",
            "Free some space, then run this again.",
        )


def _pip(
    verb: str,
    options: Sequence[str],
    requirements: Path,
    sources: Sequence[str],
    *,
    remedy: str = AGAIN,
    changes: "Optional[dict[str, str]]" = None,
) -> None:
    """Has pip do something with all that a lock names, of which `sources` are built."""
    built = [f"--no-binary={','.join(sources)}", "--no-cache-dir"] if sources else []
    # Beside what it is for: the system's own folder may be in memory, and too small.
    with tempfile.TemporaryDirectory(prefix="pip-", dir=sys.prefix) as passing:
        run(
            [sys.executable, "-m", "pip", verb, *PIP_OPTIONS, *built, "--progress-bar=on", *options,
             "-r", str(requirements)],
            changes={"TMPDIR": passing, "TEMP": passing, "TMP": passing, **(changes or {})},
            remedy=f"{WHY} {remedy}",
        )  # fmt: skip


def fingerprint(lock: Path) -> str:
    """The sha256 of a lock's text; git's line endings make no difference."""
    return hashlib.sha256(locks.text(lock).encode()).hexdigest()


def installed_packages() -> "dict[str, str]":
    """Name and version of every package of the running environment."""
    found = {}
    for distribution in metadata.distributions():
        # A package whose removal was interrupted has a folder and no name; it doesn't count as installed.
        if name := distribution.metadata["Name"]:
            found[_as_locks_write(name)] = distribution.version
    return found


def _as_locks_write(name: str) -> str:
    """A package's normalised name, by the Python packaging specification "Names and normalization"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_current(stamp: "dict[str, dict[str, str]]", file: str, wanted: str, present: "dict[str, str]") -> bool:
    """Whether the stamp names this lock, and everything that was installed with it is still there."""
    return is_whole(stamp, present) and stamp.get("locks", {}).get(file) == wanted


def is_whole(stamp: "dict[str, dict[str, str]]", present: "dict[str, str]") -> bool:
    """Whether everything that was there when the stamp was written still is."""
    return all(present.get(name) == version for name, version in stamp.get("packages", {}).items())


def read_stamp(stamp: Path) -> "dict[str, dict[str, str]]":
    """What was installed last; nothing where there is no stamp or only half of one."""
    try:
        value = json.loads(stamp.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        say(f"{stamp.name} in the environment is damaged, so the packages are checked again.")
        return {}
    if not (isinstance(value, dict) and all(isinstance(part, dict) for part in value.values())):
        return {}
    # earlier versions wrote the names as the packages spell them
    packages = {_as_locks_write(name): version for name, version in value.get("packages", {}).items()}
    return {**value, "packages": packages}


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
