"""OBS Studio: which one, whether Python works in it, whether it has our script."""

import ctypes
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ezvtb.doctor.finding import Finding, Problem
from ezvtb.paths import PROJECT
from ezvtb.setup import obs_program, system_packages, user_obs, windows_python
from ezvtb.setup.obs_ini import ini_value, main_ini, scenes_folder
from ezvtb.setup.windows_python import fits, newest_minor

SCRIPT = PROJECT / "obs_script" / "ezvtb_avatar.py"
ADD_SCRIPT = "In OBS: Tools > Scripts, press +, choose obs_script/ezvtb_avatar.py in the folder of EZVTB Avatar."
_OLDEST_PYTHON = 9
"""What runs inside OBS needs Python 3.9."""


def program() -> Finding:
    """Which OBS there is, and whether it is new enough."""
    facts = system_packages.gather(headless=False)
    decision = system_packages.decide(facts)
    lines = []
    if facts.obs is not None:
        version = ".".join(map(str, facts.obs.version)) or "of an unknown version"
        lines.append(f"OBS Studio {version}, {facts.obs.path}" + (", running now" if user_obs.is_running() else ""))
    if facts.obs is None and not decision.problem:  # the installer may install it here
        return Finding([], [Problem("OBS Studio was not found.", "Run install.sh: it installs it.", grave=True)])
    if decision.problem:
        return Finding(lines, [Problem(decision.problem, decision.remedy, grave=True)])
    return Finding(lines, [])


def python() -> Finding:
    """Whether this OBS can run Python scripts."""
    found = obs_program.find()
    if found is None:
        return Finding(["not looked for: there is no OBS"], [], tried=False)
    if sys.platform == "win32":
        return windows(user_obs.config_folder(), found.version)
    if sys.platform == "darwin":
        return Finding(["not looked at on this system"], [], tried=False)
    return linux(_scripting_modules(found.path))


def windows(config: Path, version: "tuple[int, ...]") -> Finding:
    """Whether the Python that OBS on Windows is told to load is one that it can load."""
    newest = newest_minor(version)
    install = f"winget install Python.Python.3.{newest}"
    choose = "in OBS open Tools > Scripts > Python Settings, choose its folder, and restart OBS"
    ini = main_ini(config)
    text = ini.read_text("utf-8-sig", "replace") if ini.is_file() else ""
    named = ini_value(text, windows_python.SECTION, windows_python.NAME)
    if not named:
        return Finding([], [Problem("OBS isn't told which Python to load.", f"Run {install}; then {choose}.", True)])
    problem = ""
    if not Path(named).is_dir():
        problem = "is not there any more"
    elif not fits(Path(named), newest):
        found = sorted(path.stem for path in Path(named).glob("[pP]ython3?*.dll"))
        problem = f"holds {', '.join(found) or 'no Python'}, but this OBS loads 3.{_OLDEST_PYTHON} to 3.{newest}"
    facts = [f"told to load the Python in {named}"]
    if not problem:
        return Finding(facts, [])
    return Finding(facts, [Problem(f"OBS's Python folder {problem}.", f"Run {install}; then {choose}.", grave=True)])


def linux(modules: "list[Path]") -> Finding:
    """Whether OBS's scripting module is there, and the Python library that it was built with."""
    if not modules:
        text = "This OBS has no Python scripting: its file _obspython.so was not found."
        return Finding([], [Problem(text, "Install OBS from your distribution or from obsproject.com.", grave=True)])
    minors = re.findall(rb"libpython3\.(\d+)\.so[\w.]*", modules[0].read_bytes())
    if not minors:
        return Finding([f"{modules[0]} doesn't name a Python"], [])
    minor = int(minors[0])
    facts, problems = [f"built with Python 3.{minor}"], []
    if minor < _OLDEST_PYTHON:
        problems.append(Problem(f"The Python in OBS, 3.{minor}, is too old.", "Install a newer OBS.", grave=True))
    library = f"libpython3.{minor}.so.1.0"
    try:
        ctypes.CDLL(library)
    except OSError:
        text = f"OBS's Python library {library} can't be loaded."
        problems.append(Problem(text, "Install OBS again by your system's package manager.", grave=True))
    if os.environ.get("PYTHONHOME"):
        text = "PYTHONHOME is set: an OBS that is started with it can't load its Python."
        problems.append(Problem(text, "Unset it."))
    return Finding(facts, problems)


def _scripting_modules(obs: Path) -> "list[Path]":
    roots = [obs.resolve().parent.parent, Path("/usr"), Path("/usr/local")]
    patterns = ("lib*/obs-scripting/_obspython*.so", "lib/*/obs-scripting/_obspython*.so")
    return [path for root in roots for pattern in patterns for path in sorted(root.glob(pattern))]


class Collection(NamedTuple):
    """What a scene collection says of us."""

    name: str
    scripts: "list[str]"
    """Paths of our script, as OBS has them."""
    avatars: "list[dict[str, Any]]"
    """The settings of its avatars."""


def collections(config: Path) -> "list[Collection]":
    """OBS's scene collections that can be read."""
    found = []
    for path in sorted(scenes_folder(config).glob("*.json")):
        try:
            value = json.loads(path.read_text("utf-8-sig"))
            scripts = [str(each.get("path", "")) for each in value.get("modules", {}).get("scripts-tool", [])]
            avatars = [each.get("settings", {}) for each in value.get("sources", []) if each["id"] == "ezvtb_avatar"]
            name = str(value.get("name", path.stem))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # OBS doesn't read it either
        found.append(Collection(name, [each for each in scripts if Path(each).name == SCRIPT.name], avatars))
    return found


def script() -> Finding:
    """Whether OBS loads our script, and this one."""
    config = user_obs.config_folder()
    ini = main_ini(config)
    if not ini.is_file():
        return Finding([], [Problem("OBS has never run here.", f"Start OBS once. {ADD_SCRIPT}")])
    current = ini_value(ini.read_text("utf-8-sig", "replace"), "Basic", "SceneCollection")
    return script_in(collections(config), current)


def script_in(found: "list[Collection]", current: str) -> Finding:
    """The same, of these collections, of which OBS opens `current` next. Their names are the user's: not told."""
    ours = [each for each in found if each.scripts]
    avatars = [settings for each in found for settings in each.avatars]
    facts = [f"in {len(ours)} of {len(found)} scene collections; avatars in them: {len(avatars)}"]
    if not ours:
        return Finding(facts, [Problem("The script isn't in OBS yet.", ADD_SCRIPT)])
    problems = []
    used = [each for each in ours if each.name == current]
    if not used:
        text = "The scene collection that OBS opens next doesn't have the script; another one has."
        problems.append(Problem(text, f"Choose that one in OBS's menu Scene Collection, or add it here. {ADD_SCRIPT}"))
    for path in {path for each in used or ours for path in each.scripts}:
        if not Path(path).is_file():
            remedy = f"In OBS: Tools > Scripts, remove {SCRIPT.name}. {ADD_SCRIPT}"
            problems.append(Problem("OBS looks for the script where it isn't any more.", remedy, grave=bool(used)))
        elif Path(path).resolve() != SCRIPT.resolve():
            text = "OBS uses the script of another copy of EZVTB Avatar than this page is about."
            problems.append(Problem(text, "Make the page there, or take the other script out in Tools > Scripts."))
    lost = sum(bool(each.get("picture")) and not Path(str(each["picture"])).is_file() for each in avatars)
    if lost:
        text = f"A picture isn't there any more, of {lost} of the avatars."
        problems.append(Problem(text, "Choose it anew in the avatar's properties."))
    return Finding(facts, problems)


def avatars() -> "list[dict[str, Any]]":
    """The settings of all avatars in OBS's scene collections."""
    return [settings for each in collections(user_obs.config_folder()) for settings in each.avatars]
