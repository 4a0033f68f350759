"""A script in OBS that does for the tests what no websocket request can: reload a script, read a status, the menus.

It polls the file that EZVTB_TEST_CONTROL names for a command, and writes the answer beside it.
"""

import ctypes
import json
import os
import sys
import threading
from pathlib import Path

import obspython as obs

COMMAND = Path(os.environ["EZVTB_TEST_CONTROL"])
ANSWER = COMMAND.with_suffix(".answer")
LIBOBS = ctypes.CDLL(None)
LIBOBS.obs_queue_task.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_bool)
LIBOBS.obs_queue_task.restype = None
SCRIPTING = next(iter(Path("/usr/lib").glob("*/libobs-scripting.so.*")))
POINTER = ctypes.pythonapi.PyCapsule_GetPointer
POINTER.restype, POINTER.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)

stop = threading.Event()
asked_for = [""]


def reload(module):
    """Queues obs_script_reload, a native function, for the UI thread: as the button does."""
    function = ctypes.cast(ctypes.CDLL(str(SCRIPTING)).obs_script_reload, ctypes.c_void_p)
    LIBOBS.obs_queue_task(0, function, POINTER(sys.modules[module].__script_data__, None), False)


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def read_status(_parameter):
    """UI thread: the status in the properties panel, what of it is trouble, and the settings with their defaults."""
    source = obs.obs_get_source_by_name(asked_for[0])
    properties = obs.obs_source_properties(source)
    fields = [obs.obs_properties_get(properties, name) for name in ("trouble", "status")]
    told = [obs.obs_property_description(field) for field in fields if obs.obs_property_visible(field)]
    trouble = told[0] if obs.obs_property_visible(fields[0]) else ""
    obs.obs_properties_destroy(properties)
    settings = obs.obs_source_get_settings(source)
    defaults = {name: obs.obs_data_get_int(settings, name) for name in ("port", "fps_limit", "device", "simplify")}
    obs.obs_data_release(settings)
    obs.obs_source_release(source)
    answer({"status": "\n".join(told), "trouble": trouble, "defaults": defaults})


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def duplicate(_parameter):
    """UI thread: "Paste (Duplicate)" of a source, and "Duplicate" of the scene: whether each gave the source itself."""
    name, scene_name = asked_for[0]
    source, scene_source = obs.obs_get_source_by_name(name), obs.obs_get_source_by_name(scene_name)
    pasted = obs.obs_source_duplicate(source, f"{name} pasted", False)
    scene = obs.obs_scene_duplicate(obs.obs_scene_from_source(scene_source), f"{scene_name} 2", obs.OBS_SCENE_DUP_COPY)
    item = obs.obs_scene_find_source(scene, name)
    same = [int(each) == int(source) for each in (pasted, obs.obs_sceneitem_get_source(item)) if each]
    obs.obs_scene_release(scene)
    for each in (pasted, source, scene_source):
        obs.obs_source_release(each)
    answer(same)


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def group(_parameter):
    """UI thread: "Group selected items" of all avatars in the scene: how many are in the group."""
    name, scene_name = asked_for[0]
    scene_source = obs.obs_get_source_by_name(scene_name)
    scene = obs.obs_scene_from_source(scene_source)
    made = obs.obs_scene_add_group(scene, "Group")
    item = obs.obs_scene_find_source(scene, name)
    obs.obs_sceneitem_group_add_item(made, item)
    inside = obs.obs_scene_find_source(obs.obs_sceneitem_group_get_scene(made), name)
    obs.obs_source_release(scene_source)
    answer(bool(inside))


QUEUED = {"status": read_status, "duplicate": duplicate, "group": group}


def answer(value):
    temporary = ANSWER.with_suffix(".tmp")
    temporary.write_text(json.dumps(value))
    temporary.replace(ANSWER)


def watch():
    while not stop.wait(0.03):
        if not COMMAND.exists():
            continue
        verb, argument = json.loads(COMMAND.read_text())
        COMMAND.unlink()
        if verb == "reload":
            reload(argument)
            answer("queued")
        elif verb == "threads":
            answer([[each.name, each.native_id] for each in threading.enumerate()])
        else:
            asked_for[0] = argument
            LIBOBS.obs_queue_task(0, ctypes.cast(QUEUED[verb], ctypes.c_void_p), None, False)


def script_load(_settings):
    stop.clear()
    threading.Thread(target=watch, daemon=True).start()


def script_unload():
    stop.set()
