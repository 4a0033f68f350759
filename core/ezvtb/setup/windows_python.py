"""OBS on Windows loads the Python that its configuration names: finds a fitting one, has one installed where
there is none, and names it there.

On Linux OBS brings its Python along, so nothing of this is needed there.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Optional

from ezvtb.errors import SetupError
from ezvtb.paths import cache_folder
from ezvtb.setup import registry
from ezvtb.setup.console import say
from ezvtb.setup.obs_ini import ini_value, main_ini, read_ini, with_ini_value, without_ini_value
from ezvtb.setup.registry import Registry
from ezvtb.setup.user_obs import back_up, refuse_while_running

SECTION, NAME = "Python", "Path64bit"
OLDEST_MINOR = 9


def ensure_python(config: Path, version: "tuple[int, ...]", install: "Callable[[int], None]") -> None:
    """Names a Python in OBS's configuration unless it names one that OBS can load; `install` gets one if need be.

    `version` is OBS's own; where it isn't known, the one that wrote the configuration last.
    """
    ini = main_ini(config)
    if not ini.is_file():
        raise SetupError(
            "OBS has no configuration yet.", "Start OBS once, answer its questions, close it, then run this again."
        )
    newest = newest_minor(version or _last_version(config))
    named = ini_value(read_ini(ini), SECTION, NAME)
    if named and fits(Path(named), newest):
        say(f"OBS's Python: {named}")
        return
    refuse_while_running()
    chosen = _installed(newest)
    if chosen is None:
        install(newest)
        refuse_while_running()  # it took a while
        chosen = _installed(newest)
    if chosen is None:
        raise lacking(newest, f"Install one: winget install Python.Python.3.{newest}, or https://www.python.org")
    back_up(ini)
    write_receipt(_receipt(), ini, chosen.as_posix(), named)
    ini.write_text(with_ini_value(read_ini(ini), SECTION, NAME, chosen.as_posix()), "utf-8")
    say(f"OBS's Python: {chosen}, noted in {ini}")


def _installed(newest: int) -> Optional[Path]:
    return choose([Path(sys.base_prefix), *python_folders(registry.read)], newest)


def choose(folders: Sequence[Path], newest: int) -> Optional[Path]:
    """The first folder whose Python OBS can load."""
    return next((folder for folder in folders if fits(folder, newest)), None)


def lacking(newest: int, remedy: str) -> SetupError:
    """That there is no Python for an OBS that loads 3.`newest` at most."""
    what = f"OBS needs a 64-bit Python between 3.{OLDEST_MINOR} and 3.{newest} from python.org, and none was found."
    return SetupError(what, remedy)


def newest_minor(version: "tuple[int, ...]") -> int:
    """The newest 3.x that an OBS loads; it knows the names of their libraries (obs-scripting-python-import.c)."""
    if not version or version >= (30, 1):
        return 12
    return 11 if version >= (29, 1) else 10


def fits(folder: Path, newest: int) -> bool:
    """Whether a folder holds the library of a Python that OBS can load; an environment's folder has none."""
    minors = [re.fullmatch(r"python3(\d+)\.dll", path.name.lower()) for path in folder.glob("[pP]ython3*.dll")]
    return any(found is not None and OLDEST_MINOR <= int(found[1]) <= newest for found in minors)


def python_folders(read: Registry) -> Iterator[Path]:
    """The folders of the installed Pythons, newest first; 32-bit ones have other keys (PEP 514: `3.12-32`)."""
    for minor in range(12, OLDEST_MINOR - 1, -1):
        for root in ("HKCU", "HKLM"):
            if folder := read(root, rf"SOFTWARE\Python\PythonCore\3.{minor}\InstallPath", ""):
                yield Path(folder)


def _last_version(config: Path) -> "tuple[int, ...]":
    """The OBS that wrote the configuration last; empty where it doesn't say."""
    ini = config / "global.ini"
    packed = ini_value(read_ini(ini), "General", "LastVersion") if ini.is_file() else ""
    return (int(packed) >> 24 & 0xFF, int(packed) >> 16 & 0xFF) if packed.isdigit() else ()


def _receipt() -> Path:
    """What was noted in OBS's configuration, so that it can be taken back."""
    return cache_folder() / "obs-python.json"


def write_receipt(path: Path, ini: Path, named: str, before: str) -> None:
    """Notes that in `ini` the Python `named` took the place of `before`, or of what that had taken the place of."""
    receipts = _receipts(path)
    former = receipts.get(str(ini))
    if isinstance(former, dict) and before and former.get("named") == before:
        before = str(former.get("before", ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(receipts | {str(ini): {"named": named, "before": before}}), "utf-8")


def _receipts(path: Path) -> "dict[str, Any]":
    """By the configuration's path; there may be a portable OBS beside the installed one."""
    try:
        receipts = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}  # nothing was noted, or only half of it
    if not isinstance(receipts, dict):
        return {}
    return {receipts["ini"]: receipts} if "ini" in receipts else receipts  # there used to be one only


def restored(text: str, ini: Path) -> str:
    """The text of OBS's file `ini` with the Python it had before; as it is where ours isn't in it any more."""
    receipt = _receipts(_receipt()).get(str(ini))
    named = ini_value(text, SECTION, NAME)
    if not isinstance(receipt, dict) or not named or receipt.get("named") != named:
        return text
    if before := receipt.get("before"):
        return with_ini_value(text, SECTION, NAME, before)
    return without_ini_value(text, SECTION, NAME)
