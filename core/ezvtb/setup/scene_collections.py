"""OBS's scene collections as it keeps them in files, and what of ours is in them."""

import json
from pathlib import Path
from typing import Any, Optional

from ezvtb.setup import scene

AVATAR_ID = "ezvtb_avatar"


def read_collection(path: Path) -> "Optional[dict[str, Any]]":
    """The collection in a file; None where it is damaged: OBS doesn't read such a one either."""
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def find_collection(scenes: Path, name: str) -> Optional[Path]:
    """The file of the collection of that name; OBS knows collections by the name inside."""
    for path in sorted(scenes.glob("*.json")):
        value = read_collection(path)
        if value is not None and value.get("name") == name:
            return path
    return None


def avatars(collection: "dict[str, Any]") -> "list[dict[str, Any]]":
    """The sources of our kind."""
    return [source for source in collection.get("sources", []) if source.get("id") == AVATAR_ID]


def our_scripts(collection: "dict[str, Any]") -> "list[dict[str, Any]]":
    """The entries of our script, of this clone or of another."""
    scripts: list[dict[str, Any]] = (collection.get("modules") or {}).get("scripts-tool") or []
    return [script for script in scripts if Path(script.get("path", "")).name == scene.SCRIPT.name]


def with_script(collection: "dict[str, Any]", script: Path) -> "dict[str, Any]":
    """The collection with our script in it; as it is where one that exists is in there already."""
    changed = _copy(collection)
    ours = our_scripts(changed)
    if any(Path(entry["path"]).is_file() for entry in ours):
        return changed
    if ours:
        ours[0]["path"] = script.as_posix()  # its settings stay
    else:
        modules = changed.get("modules") or {}
        scripts = [*(modules.get("scripts-tool") or []), {"path": script.as_posix(), "settings": {}}]
        changed["modules"] = {**modules, "scripts-tool": scripts}
    return changed


def without_script(collection: "dict[str, Any]", script: Path) -> "dict[str, Any]":
    """The collection without the script at that path, and without entries of ours that lead nowhere.

    Every other script and every source stays, the avatars too.
    """
    changed = _copy(collection)
    gone = [
        entry for entry in our_scripts(changed) if Path(entry["path"]) == script or not Path(entry["path"]).is_file()
    ]
    if gone:
        scripts = changed["modules"]["scripts-tool"]
        changed["modules"]["scripts-tool"] = [entry for entry in scripts if entry not in gone]
    return changed


def broken_paths(collection: "dict[str, Any]") -> "list[str]":
    """What of ours in a collection is not there any more: `avatar` (no such source), `script`, `picture`."""
    if not avatars(collection):
        return ["avatar"]
    broken = []
    if not any(Path(script["path"]).is_file() for script in our_scripts(collection)):
        broken.append("script")
    pictures = [source.get("settings", {}).get("picture", "") for source in avatars(collection)]
    if any(picture and not Path(picture).is_file() for picture in pictures):
        broken.append("picture")
    return broken


def with_paths(collection: "dict[str, Any]", picture: Path, background: Path) -> "dict[str, Any]":
    """The collection with missing files of ours replaced; all else as the user has it."""
    fixed = with_script(collection, scene.SCRIPT)
    for source in avatars(fixed):
        settings = source.setdefault("settings", {})
        if settings.get("picture") and not Path(settings["picture"]).is_file():
            settings["picture"] = str(picture)
    for source in fixed.get("sources", []):
        settings = source.get("settings", {})
        if source.get("name") == scene.BACKGROUND and "file" in settings and not Path(settings["file"]).is_file():
            settings["file"] = str(background)
    return fixed


def _copy(collection: "dict[str, Any]") -> "dict[str, Any]":
    copy: dict[str, Any] = json.loads(json.dumps(collection))
    return copy
