"""The user's own OBS: is it running, and how the demo gets into it without altering anything of the user's.

The demo is a scene collection of its own. What must be altered all the same is copied first, beside the file
and with the time in its name. Nothing is written while OBS runs: it would write its own state over it at exit.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Optional

from ezvtb.errors import SetupError
from ezvtb.setup import scene
from ezvtb.setup.console import say
from ezvtb.setup.obs_ini import DEFAULT_CANVAS, ini_value, main_ini, read_canvas

COLLECTION = "EZVTB Avatar"
COLLECTION_FILE = "EZVTB_Avatar.json"
"""As OBS would name it."""


def config_folder() -> Path:
    """Where OBS keeps its configuration."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "obs-studio"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "obs-studio"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "obs-studio"


def refuse_while_running() -> None:
    """SetupError when an OBS is running."""
    if is_running():
        raise SetupError("OBS is running, and its configuration is left alone meanwhile.", "Close OBS, then try again.")


def is_running(proc: Path = Path("/proc")) -> bool:
    """Whether an OBS runs here: by its process and by the lock with which OBS itself notices a second one."""
    if sys.platform == "win32":
        synchronize = 0x100000
        lock = ctypes.windll.kernel32.OpenMutexW(synchronize, False, "OBSStudioCore")
        if lock:
            ctypes.windll.kernel32.CloseHandle(lock)
        command = ["tasklist", "/FI", "IMAGENAME eq obs64.exe", "/FO", "CSV", "/NH"]
        return bool(lock) or "obs64.exe" in _output(command)
    if sys.platform == "darwin":
        return bool(_output(["pgrep", "-x", "OBS"]).strip())
    return _holds_lock(proc) or _has_process(proc)


def _output(command: "list[str]") -> str:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout


def _holds_lock(proc: Path) -> bool:
    sockets = proc / "net" / "unix"
    return sockets.is_file() and "@/com/obsproject" in sockets.read_text("utf-8", "replace")


def _has_process(proc: Path) -> bool:
    for name in proc.glob("[0-9]*/comm"):
        try:
            if name.read_text("utf-8", "replace").strip() == "obs":
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between the listing and the reading
    return False


def back_up(path: Path) -> Path:
    """Copies a file to a new one beside it with the time in its name, and says so."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.name}.{stamp}.ezvtb-backup")
    number = 2
    while copy.exists():
        copy = path.with_name(f"{path.name}.{stamp}-{number}.ezvtb-backup")
        number += 1
    shutil.copy2(path, copy)
    say(f"Backed up: {copy}")
    return copy


def add_collection(folder: Path, picture: Path, background: Path, port: int) -> Path:
    """Sees to it that there is a scene collection with the avatar; one that the user has changed is kept."""
    refuse_while_running()
    scenes = folder / "basic" / "scenes"
    path = find_collection(scenes) or scenes / COLLECTION_FILE
    new = scene.collection(COLLECTION, read_canvas(folder), picture, background, port)
    if path.is_file():
        old = _read_collection(path)
        if old is not None and not (broken := broken_paths(old)):
            say(f"The scene collection {COLLECTION!r} is there already; it is used as it is.")
            return path
        back_up(path)
        if old is not None and broken != ["avatar"]:
            say(f"In the scene collection {COLLECTION!r} files are missing: {', '.join(broken)}. Put right.")
            new = with_paths(old, picture, background)
    scenes.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".ezvtb-new")
    half.write_text(json.dumps(new, indent=4), "utf-8")
    half.replace(path)
    say(f"Scene collection {COLLECTION!r}: {path}")
    return path


def prepare_first_start(folder: Path) -> None:
    """Where OBS has never run, fixes the canvas: OBS would take the screen's size, and the scene wouldn't fit it."""
    profile = folder / "basic" / "profiles" / "Untitled" / "basic.ini"
    if main_ini(folder).is_file() or profile.is_file():
        return
    profile.parent.mkdir(parents=True, exist_ok=True)
    base = f"BaseCX={DEFAULT_CANVAS.width}\nBaseCY={DEFAULT_CANVAS.height}\n"
    output = "OutputCX=1280\nOutputCY=720\n"
    profile.write_text(f"[General]\nName=Untitled\n\n[Video]\n{base}{output}", "utf-8")
    say("OBS starts for the first time here, so it will ask what you want to use it for. Cancel is fine for now.")


def find_collection(scenes: Path) -> Optional[Path]:
    """The file of the collection of our name; OBS knows collections by the name inside."""
    for path in sorted(scenes.glob("*.json")):
        value = _read_collection(path)
        if value is not None and value.get("name") == COLLECTION:
            return path
    return None


def _read_collection(path: Path) -> "Optional[dict[str, Any]]":
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        return None  # damaged: OBS doesn't read it either
    return value if isinstance(value, dict) else None


def _avatars(collection: "dict[str, Any]") -> "list[dict[str, Any]]":
    return [source for source in collection.get("sources", []) if source.get("id") == "ezvtb_avatar"]


def _scripts(collection: "dict[str, Any]") -> "list[dict[str, Any]]":
    scripts: list[dict[str, Any]] = collection.get("modules", {}).get("scripts-tool", [])
    return [script for script in scripts if Path(script.get("path", "")).name == scene.SCRIPT.name]


def broken_paths(collection: "dict[str, Any]") -> "list[str]":
    """What of ours in a collection is not there any more: `avatar` (no such source), `script`, `picture`."""
    if not _avatars(collection):
        return ["avatar"]
    broken = []
    if not any(Path(script["path"]).is_file() for script in _scripts(collection)):
        broken.append("script")
    pictures = [source.get("settings", {}).get("picture", "") for source in _avatars(collection)]
    if any(picture and not Path(picture).is_file() for picture in pictures):
        broken.append("picture")
    return broken


def with_paths(collection: "dict[str, Any]", picture: Path, background: Path) -> "dict[str, Any]":
    """The collection with missing files of ours replaced; all else as the user has it."""
    fixed: dict[str, Any] = json.loads(json.dumps(collection))
    scripts = fixed.setdefault("modules", {}).setdefault("scripts-tool", [])
    ours = _scripts(fixed)
    if not ours:
        scripts.append({"path": scene.SCRIPT.as_posix(), "settings": {}})
    for script in ours:
        if not Path(script["path"]).is_file():
            script["path"] = scene.SCRIPT.as_posix()
    for source in _avatars(fixed):
        settings = source.setdefault("settings", {})
        if settings.get("picture") and not Path(settings["picture"]).is_file():
            settings["picture"] = str(picture)
    for source in fixed.get("sources", []):
        settings = source.get("settings", {})
        if source.get("name") == scene.BACKGROUND and "file" in settings and not Path(settings["file"]).is_file():
            settings["file"] = str(background)
    return fixed


def back_up_choice(folder: Path) -> None:
    """Copies OBS's main file when OBS is about to note our collection in it as the one to open next."""
    ini = main_ini(folder)
    if ini.is_file() and ini_value(ini.read_text("utf-8-sig", "replace"), "Basic", "SceneCollection") != COLLECTION:
        back_up(ini)
        say("OBS will open this scene collection from now on. Yours are in its menu Scene Collection.")
