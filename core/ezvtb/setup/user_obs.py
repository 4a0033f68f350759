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
from typing import Any

from ezvtb.errors import SetupError
from ezvtb.setup import obs_portable, obs_program, scene
from ezvtb.setup.console import say
from ezvtb.setup.obs_ini import (
    DEFAULT_CANVAS,
    ini_value,
    is_portable,
    main_ini,
    read_canvas,
    read_ini,
    scenes_folder,
)
from ezvtb.setup.scene_collections import broken_paths, find_collection, read_collection, with_paths, with_script

COLLECTION = "EZVTB Avatar"
COLLECTION_FILE = "EZVTB_Avatar.json"
"""As OBS would name it."""


def config_folder() -> Path:
    """Where the OBS to use keeps its configuration."""
    program, usual = obs_program.locate(), usual_folder()
    return (program and obs_portable.config(program, usual)) or usual


def config_to_change() -> Path:
    """The same; one that lies beside its program is said, and noted for --uninstall."""
    folder = config_folder()
    if is_portable(folder):
        say(f"This OBS runs in portable mode: its settings are in {folder}")
        obs_portable.note(folder)
    return folder


def config_folders() -> "list[Path]":
    """Every configuration that the set-up may have changed, each once."""
    found = [usual_folder(), *obs_portable.noted()]
    try:
        found.insert(0, config_folder())
    except SetupError as error:  # EZVTB_OBS names one that was deleted
        say(error.message)
    return list(dict.fromkeys(found))


def usual_folder() -> Path:
    """Where an OBS that isn't in portable mode keeps its configuration."""
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
    scenes = scenes_folder(folder)
    path = find_collection(scenes, COLLECTION) or scenes / COLLECTION_FILE
    new = scene.collection(COLLECTION, read_canvas(folder), picture, background, port)
    if path.is_file():
        old = read_collection(path)
        if old is not None and not (broken := broken_paths(old)):
            say(f"The scene collection {COLLECTION!r} is there already; it is used as it is.")
            return path
        back_up(path)
        if old is not None and broken != ["avatar"]:
            say(f"In the scene collection {COLLECTION!r} files are missing: {', '.join(broken)}. Put right.")
            new = with_paths(old, picture, background)
    scenes.mkdir(parents=True, exist_ok=True)
    write_collection(path, new)
    say(f"Scene collection {COLLECTION!r}: {path}")
    return path


def write_collection(path: Path, collection: "dict[str, Any]") -> None:
    """Writes a collection in one step: there is never half of one."""
    half = path.with_suffix(".ezvtb-new")
    half.write_text(json.dumps(collection, indent=4, ensure_ascii=False), "utf-8")
    half.replace(path)


def add_script(folder: Path) -> bool:
    """Adds the script to the scene collection that OBS opens next; whether it is in there now.

    SetupError while OBS runs.
    """
    ini = main_ini(folder)
    name = ini_value(read_ini(ini), "Basic", "SceneCollectionFile") if ini.is_file() else ""
    path = scenes_folder(folder) / f"{name}.json"
    old = read_collection(path) if name and path.is_file() else None
    if old is None:
        return False  # OBS has never run here, or is about to begin with a new collection
    new = with_script(old, scene.SCRIPT)
    if new == old:
        return True
    refuse_while_running()
    back_up(path)
    write_collection(path, new)
    say(f"The script is added to your scene collection {old.get('name', name)!r}.")
    return True


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


def back_up_choice(folder: Path) -> None:
    """Copies OBS's main file when OBS is about to note our collection in it as the one to open next."""
    ini = main_ini(folder)
    if ini.is_file() and ini_value(read_ini(ini), "Basic", "SceneCollection") != COLLECTION:
        back_up(ini)
        say("OBS will open this scene collection from now on. Yours are in its menu Scene Collection.")
