"""OBS on Windows loads the Python that its configuration names: finds a fitting one and names it there.

On Linux OBS brings its Python along, so nothing of this is needed there.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ezvtb.errors import SetupError
from ezvtb.setup.console import say
from ezvtb.setup.obs_ini import ini_value, main_ini, with_ini_value
from ezvtb.setup.user_obs import back_up, refuse_while_running

SECTION, NAME = "Python", "Path64bit"


def ensure_python(config: Path) -> None:
    """Names a Python in OBS's configuration unless it names one that OBS can load."""
    ini = main_ini(config)
    if not ini.is_file():
        raise SetupError(
            "OBS has no configuration yet.", "Start OBS once, answer its questions, close it, then run this again."
        )
    # OBS marks its ini files as UTF-8 and reads them without the mark just as well.
    text = ini.read_text("utf-8-sig", "replace")
    newest = newest_minor(_obs_version(config))
    named = ini_value(text, SECTION, NAME)
    if named and fits(Path(named), newest):
        say(f"OBS's Python: {named}")
        return
    chosen = next((folder for folder in _installed_pythons() if fits(folder, newest)), None)
    if chosen is None:
        raise SetupError(
            f"OBS needs a 64-bit Python between 3.9 and 3.{newest} from python.org, and none was found.",
            f"Install one: winget install Python.Python.3.{newest}",
        )
    refuse_while_running()
    back_up(ini)
    ini.write_text(with_ini_value(text, SECTION, NAME, chosen.as_posix()), "utf-8")
    say(f"OBS's Python: {chosen}, noted in {ini}")


def newest_minor(version: "tuple[int, int]") -> int:
    """The newest 3.x that an OBS loads; it knows the names of their libraries."""
    if version >= (30, 1) or version == (0, 0):
        return 12
    return 11 if version >= (29, 1) else 10


def fits(folder: Path, newest: int) -> bool:
    """Whether a folder holds the library of a Python that OBS can load; an environment's folder has none."""
    minors = [re.fullmatch(r"python3(\d+)\.dll", path.name.lower()) for path in folder.glob("[pP]ython3*.dll")]
    return any(found is not None and 9 <= int(found[1]) <= newest for found in minors)


def _obs_version(config: Path) -> "tuple[int, int]":
    """The OBS that wrote the configuration last; (0, 0) where it doesn't say."""
    ini = config / "global.ini"
    packed = ini_value(ini.read_text("utf-8-sig", "replace"), "General", "LastVersion") if ini.is_file() else ""
    return (int(packed) >> 24 & 0xFF, int(packed) >> 16 & 0xFF) if packed.isdigit() else (0, 0)


if sys.platform == "win32":

    def _installed_pythons() -> Iterator[Path]:
        import winreg  # noqa: PLC0415 (exists on Windows only)

        yield Path(sys.base_prefix)
        for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            for minor in (12, 11, 10, 9):
                key = rf"SOFTWARE\Python\PythonCore\3.{minor}\InstallPath"
                try:
                    yield Path(winreg.QueryValue(root, key))
                except FileNotFoundError:
                    continue  # that version isn't installed

else:

    def _installed_pythons() -> Iterator[Path]:
        return iter(())
