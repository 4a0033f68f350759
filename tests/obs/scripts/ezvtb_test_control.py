"""A script in OBS that does for the tests what no websocket request can: reload a script, read a status.

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
    """UI thread: the status line of the properties panel, and the settings with their defaults."""
    source = obs.obs_get_source_by_name(asked_for[0])
    properties = obs.obs_source_properties(source)
    text = obs.obs_property_description(obs.obs_properties_get(properties, "status"))
    obs.obs_properties_destroy(properties)
    settings = obs.obs_source_get_settings(source)
    defaults = {name: obs.obs_data_get_int(settings, name) for name in ("port", "fps_limit", "device", "simplify")}
    obs.obs_data_release(settings)
    obs.obs_source_release(source)
    answer({"status": text, "defaults": defaults})


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
        elif verb == "status":
            asked_for[0] = argument
            LIBOBS.obs_queue_task(0, ctypes.cast(read_status, ctypes.c_void_p), None, False)


def script_load(_settings):
    stop.clear()
    threading.Thread(target=watch, daemon=True).start()


def script_unload():
    stop.set()
