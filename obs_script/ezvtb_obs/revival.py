"""Revives sources that OBS loaded before their type existed.

That happens when the script is added to a scene collection that has avatars already, or when OBS's Python was set up
later. OBS keeps such a source as a placeholder with its settings and filters, but never fills it. So each is saved,
loaded again under its name, and put beside the placeholder in every scene; once all that has succeeded the placeholder
goes, and otherwise it stays as it was. UI thread only (`script_load`).
"""

import importlib
import traceback
from typing import Any, Callable

from ezvtb_obs import libobs, source_type

_COPIED = ("visible", "locked", "scale_filter", "blending_mode", "blending_method", "order_position")

_ForItem = Callable[[Any, Any], None]
"""Is called with a scene and one of its items."""


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
    return [name for name in names if _revive(obspython, name)]


def _revive(obspython: Any, name: str) -> bool:
    """Replaces one placeholder; whether that worked."""
    old = obspython.obs_get_source_by_name(name)
    if not old:
        return False
    new = None
    try:
        new = _load_again(obspython, old, name)
        places = _for_each_scene(
            obspython, old, lambda scene, item: _take_place(obspython, item, obspython.obs_scene_add(scene, new))
        )
        _for_each_scene(obspython, old, lambda _scene, item: obspython.obs_sceneitem_remove(item))
    except Exception:  # noqa: BLE001 (whatever it was: the user's source must not be lost, nor the others' turn)
        libobs.log(f"{name!r} could not be revived; restart OBS.\n{traceback.format_exc()}", libobs.LOG_ERROR)
        if new:
            obspython.obs_source_set_name(new, f"{name} (not revived)")
            obspython.obs_source_remove(new)  # with its places in the scenes
        obspython.obs_source_set_name(old, name)
        return False
    else:
        obspython.obs_source_remove(old)
        libobs.log(f"revived {name!r} in {places} place(s)")
        return True
    finally:
        for source in (old, new):
            if source:
                obspython.obs_source_release(source)


def _load_again(obspython: Any, old: Any, name: str) -> Any:
    """A new source with the old one's settings, filters and name."""
    data = obspython.obs_save_source(old)
    try:
        obspython.obs_data_erase(data, "uuid")  # the old one still has it
        obspython.obs_source_set_name(old, f"{name} (placeholder)")
        new = obspython.obs_load_source(data)
    finally:
        obspython.obs_data_release(data)
    if not new:
        raise RuntimeError("OBS made no source of what it had saved.")
    return new


def _for_each_scene(obspython: Any, source: Any, action: _ForItem) -> int:
    """Calls `action` for each item of `source`, in all scenes and groups; how many there were."""
    scenes = obspython.obs_frontend_get_scenes() or []
    try:
        return sum(_for_each_item(obspython, obspython.obs_scene_from_source(each), source, action) for each in scenes)
    finally:
        obspython.source_list_release(scenes)


def _for_each_item(obspython: Any, scene: Any, source: Any, action: _ForItem) -> int:
    count = 0
    items = obspython.obs_scene_enum_items(scene) or []
    try:
        for item in items:
            if obspython.obs_sceneitem_is_group(item):
                count += _for_each_item(obspython, obspython.obs_sceneitem_group_get_scene(item), source, action)
            elif int(obspython.obs_sceneitem_get_source(item)) == int(source):
                action(scene, item)
                count += 1
    finally:
        obspython.sceneitem_list_release(items)
    return count


def _take_place(obspython: Any, old: Any, new: Any) -> None:
    """Copies position, size, crop, visibility, lock, filter, blending and order from one scene item to another."""
    if not new:
        raise RuntimeError("OBS put the new source into no scene.")
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
