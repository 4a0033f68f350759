"""Where things lie: the project's own folders and the user's folders for settings, logs and caches."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The folder of the clone: README.md, core/, obs_script/, models/, .venv/."""

CHARACTER = PROJECT / "demo" / "character" / "character.png"
"""Vesper, the project's own character: the picture of an avatar until its user chooses another."""

RECORD = "installed.json"
"""In the folder of every installed model: what it holds."""


def models_folder() -> Path:
    """The folder of the built models: `EZVTB_MODELS` where it is set, else `models/` in the project."""
    return Path(os.environ.get("EZVTB_MODELS") or PROJECT / "models")


def cache_folder() -> Path:
    """The user's cache folder for this project: `EZVTB_CACHE` where it is set, else what the system names."""
    if named := os.environ.get("EZVTB_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "ezvtb"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ezvtb"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ezvtb"


def engine_python() -> Path:
    """The interpreter of the project's own environment, which `install.sh` and `install.ps1` make.

    `EZVTB_PYTHON` overrides it. Inside OBS `sys.executable` may be OBS itself, so it is never asked.
    """
    if named := os.environ.get("EZVTB_PYTHON"):
        return Path(named)
    return PROJECT / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
