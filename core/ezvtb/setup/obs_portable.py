"""OBS's portable mode: its settings lie beside the program, in `config/obs-studio`, not in the user's own folder.

The rule is OBS's own, the same from 29.0 to 32.2 (UI/obs-app.cpp; frontend/obs-main.cpp and OBSApp.cpp): one of four
files in its root, or the option --portable. On Windows the root is two folders above obs64.exe. An OBS for Linux has
the mode where it was built with ENABLE_PORTABLE_CONFIG; its program then holds the files' names, which begin with
how far up its root is: two folders, or one from 32 on.
"""

import json
import sys
from pathlib import Path
from typing import Optional

from ezvtb.paths import cache_folder
from ezvtb.setup.obs_ini import last_written

MARKERS = ("portable_mode", "obs_portable_mode", "portable_mode.txt", "obs_portable_mode.txt")


def root(program: Path, system: str = sys.platform) -> Optional[Path]:
    """The folder in which OBS looks for the files; None where this OBS has no portable mode."""
    if system == "win32":
        return program.parent.parent.parent
    if system != "linux":
        return None
    code = program.read_bytes()
    if b"../../portable_mode.txt" in code:
        return program.parent.parent.parent
    return program.parent.parent if b"../portable_mode.txt" in code else None


def config(program: Path, usual: Path, system: str = sys.platform) -> Optional[Path]:
    """The configuration folder of an OBS in portable mode; None where it uses `usual`, the user's own.

    Whether OBS is started with --portable can't be seen; it is where it has left its settings later than in `usual`.
    """
    found = root(program, system)
    if found is None:
        return None
    folder = found / "config" / "obs-studio"
    marked = any((found / name).exists() for name in MARKERS)
    return folder if marked or last_written(folder) > last_written(usual) else None


def note(folder: Path) -> None:
    """Notes a configuration that is about to be changed: when it is to be changed back its OBS may not be found."""
    path = _list()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sorted({str(folder), *map(str, noted())})), "utf-8")


def noted() -> "list[Path]":
    """The configurations noted so far."""
    try:
        names = json.loads(_list().read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return []  # nothing was noted, or only half of it
    return [Path(str(name)) for name in names] if isinstance(names, list) else []


def _list() -> Path:
    return cache_folder() / "obs-portable.json"
