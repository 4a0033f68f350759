"""OBS's ini files: which one counts, reading a value, setting one without touching another line."""

import re
from pathlib import Path

from ezvtb.setup.scene import Canvas

DEFAULT_CANVAS = Canvas(1920, 1080)


def main_ini(folder: Path) -> Path:
    """The file with the user's choices: user.ini from OBS 31 on, global.ini before."""
    user = located(folder, "Configuration") / "user.ini"
    return user if user.is_file() else folder / "global.ini"


def last_written(folder: Path) -> float:
    """When OBS last wrote its main file, as `st_mtime`; 0 where it never has."""
    ini = main_ini(folder)
    return ini.stat().st_mtime if ini.is_file() else 0.0


def is_portable(folder: Path) -> bool:
    """Whether a configuration folder is that of an OBS in portable mode, which lies beside its program."""
    programs = ("bin/64bit/obs64.exe", "bin/64bit/obs", "bin/obs")
    return folder.parent.name == "config" and any((folder.parent.parent / name).is_file() for name in programs)


def scenes_folder(folder: Path) -> Path:
    """Where the scene collections are."""
    return located(folder, "SceneCollections") / "basic" / "scenes"


def located(folder: Path, what: str) -> Path:
    """The folder `obs-studio` of "Configuration", "SceneCollections" or "Profiles", which OBS 31 can have elsewhere.

    OBS doubles backslashes in its ini files (libobs/util/config-file.c). In portable mode it ignores those names.
    """
    if is_portable(folder):
        return folder
    ini = folder / "global.ini"
    named = ini_value(read_ini(ini), "Locations", what) if ini.is_file() else ""
    return Path(named.replace("\\\\", "\\")) / "obs-studio" if named else folder


def read_ini(path: Path) -> str:
    """The text of an ini file: OBS marks them as UTF-8 and reads them without the mark just as well."""
    return path.read_text("utf-8-sig", "replace")


def read_canvas(folder: Path) -> Canvas:
    """The canvas of the user's profile, or OBS's usual one."""
    ini = main_ini(folder)
    if not ini.is_file():
        return DEFAULT_CANVAS
    profile = ini_value(read_ini(ini), "Basic", "ProfileDir")
    basic = located(folder, "Profiles") / "basic" / "profiles" / profile / "basic.ini"
    if not profile or not basic.is_file():
        return DEFAULT_CANVAS
    text = read_ini(basic)
    sizes = [ini_value(text, "Video", name) for name in ("BaseCX", "BaseCY")]
    if not all(size.isdigit() and int(size) for size in sizes):
        return DEFAULT_CANVAS
    return Canvas(int(sizes[0]), int(sizes[1]))


def ini_value(text: str, section: str, name: str) -> str:
    """A value of one of OBS's ini files (whose values may hold anything, as no other parser expects)."""
    current = ""
    for line in text.splitlines():
        if found := re.fullmatch(r"\s*\[(.*)\]\s*", line):
            current = found[1]
        elif current == section and line.partition("=")[0].strip() == name:
            return line.partition("=")[2].strip()
    return ""


def without_ini_value(text: str, section: str, name: str) -> str:
    """The text without one value, and without its section where nothing else is in it."""
    lines = text.splitlines()
    if f"[{section}]" not in lines:
        return text
    start = lines.index(f"[{section}]")
    last = next((n for n in range(start + 1, len(lines)) if lines[n].startswith("[")), len(lines))
    kept = [line for line in lines[start + 1 : last] if line.partition("=")[0].strip() != name]
    head = lines[: start + 1] if any(line.strip() for line in kept) else lines[:start]
    return "\n".join([*head, *(kept if len(head) > start else ()), *lines[last:]]).rstrip("\n") + "\n"


def with_ini_value(text: str, section: str, name: str, value: str) -> str:
    """The text with one value set; every other line as it was."""
    lines = text.splitlines()
    line = f"{name}={value}"
    if f"[{section}]" not in lines:
        return "\n".join([*lines, "", f"[{section}]", line]) + "\n"
    first = lines.index(f"[{section}]") + 1
    last = next((n for n in range(first, len(lines)) if lines[n].startswith("[")), len(lines))
    for number in range(first, last):
        if lines[number].partition("=")[0].strip() == name:
            lines[number] = line
            return "\n".join(lines) + "\n"
    lines.insert(first, line)
    return "\n".join(lines) + "\n"
