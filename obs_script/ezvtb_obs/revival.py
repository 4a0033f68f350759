"""Revives sources that OBS loaded before their type existed.

That happens when the script is added to a scene collection that has avatars already, or when OBS's Python was set up
later. OBS keeps such a source as a placeholder with its settings and filters, but never fills it. So each is saved,
loaded again under its name, and put in its place in every scene. UI thread only (`script_load`).
"""

import importlib
from typing import Any

from ezvtb_obs import libobs, source_type

_COPIED = ("visible", "locked", "scale_filter", "blending_mode", "blending_method", "order_position")


def revive_placeholders() -> "list[str]":
    """The names of the sources that were revived."""
    obspython: Any = importlib.import_module("obspython")
    names = []
    sources = obspython.obs_enum_sources() or []
    try:
        for source in sources:
            mine = obspython.obs_source_get_unversioned_id(source) == source_type.ID
            if mine and not libobs.load().obs_obj_get_data(int(source)):
                names.append(obspython.obs_source_get_name(source))
    finally:
        obspython.source_list_release(sources)
    for name in names:
        places = _revive(obspython, name)
        libobs.log(f"revived {name!r} in {places} place(s)")
    return names


def _revive(obspython: Any, name: str) -> int:
    """Replaces one placeholder; in how many places of the scenes."""
    old = obspython.obs_get_source_by_name(name)
    data = obspython.obs_save_source(old)
    obspython.obs_data_erase(data, "uuid")  # the old one still has it
    obspython.obs_source_set_name(old, f"{name} (placeholder)")
    new = obspython.obs_load_source(data)
    scenes = obspython.obs_frontend_get_scenes() or []
    try:
        return sum(_replace(obspython, obspython.obs_scene_from_source(scene), old, new) for scene in scenes)
    finally:
        obspython.source_list_release(scenes)
        obspython.obs_source_remove(old)
        for source in (old, new):
            obspython.obs_source_release(source)
        obspython.obs_data_release(data)


def _replace(obspython: Any, scene: Any, old: Any, new: Any) -> int:
    count = 0
    items = obspython.obs_scene_enum_items(scene) or []
    try:
        for item in items:
            if obspython.obs_sceneitem_is_group(item):
                count += _replace(obspython, obspython.obs_sceneitem_group_get_scene(item), old, new)
            elif int(obspython.obs_sceneitem_get_source(item)) == int(old):
                _take_place(obspython, item, obspython.obs_scene_add(scene, new))
                obspython.obs_sceneitem_remove(item)
                count += 1
    finally:
        obspython.sceneitem_list_release(items)
    return count


def _take_place(obspython: Any, old: Any, new: Any) -> None:
    """Copies position, size, crop, visibility, lock, filter, blending and order from one scene item to another."""
    obspython.obs_sceneitem_defer_update_begin(new)
    # OBS 30.1 brought the pair with 2, OBS 32 dropped the one without
    version = "2" if hasattr(obspython, "obs_sceneitem_get_info2") else ""
    transform, crop = obspython.obs_transform_info(), obspython.obs_sceneitem_crop()
    getattr(obspython, f"obs_sceneitem_get_info{version}")(old, transform)
    getattr(obspython, f"obs_sceneitem_set_info{version}")(new, transform)
    obspython.obs_sceneitem_get_crop(old, crop)
    obspython.obs_sceneitem_set_crop(new, crop)
    for what in _COPIED:
        getter = "obs_sceneitem_visible" if what == "visible" else f"obs_sceneitem_get_{what}"
        getter = "obs_sceneitem_locked" if what == "locked" else getter
        getattr(obspython, f"obs_sceneitem_set_{what}")(new, getattr(obspython, getter)(old))
    obspython.obs_sceneitem_defer_update_end(new)
