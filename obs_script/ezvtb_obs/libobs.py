"""The part of libobs that an asynchronous video source needs, as ctypes data: structs, prototypes, constants.

Declared once, as data. Struct layouts were compared with the headers of libobs 28.1 to 32.2, which only ever append
fields; `tests/obs_script/test_layout.py` compares them with the headers of the machine. Every function is called
through `ctypes.CDLL`, which releases the GIL: a thread that waits for a libobs mutex never holds the GIL.
"""

import ctypes
import logging
import os
import sys
from typing import Any, Optional

Address = ctypes.c_void_p

SOURCE_TYPE_INPUT = 0
SOURCE_ASYNC_VIDEO = 1 << 0 | 1 << 2
"""OBS_SOURCE_VIDEO | OBS_SOURCE_ASYNC: frames are pushed; OBS draws the newest at each of its ticks."""
SOURCE_AUDIO = 1 << 1
SOURCE_DO_NOT_DUPLICATE = 1 << 7
"""Studio mode and pasting make references, not private copies, which enumeration would not find."""
ICON_TYPE_CAMERA = 9
VIDEO_FORMAT_BGRA = 7
FRAME_LINEAR_ALPHA = 1 << 0
"""Colour is multiplied with alpha in linear light, where OBS blends too. Without it the product is taken of sRGB
values: a half-transparent edge comes out darker than both sides (by 35 of 255 on white), a fringe."""
FADER_LOG = 2
INVALID_HOTKEY = ctypes.c_size_t(-1).value
TASK_UI = 0
TEXT_DEFAULT, TEXT_INFO = 0, 3
TEXT_INFO_NORMAL, TEXT_INFO_WARNING, TEXT_INFO_ERROR = 0, 1, 2
PATH_FILE, PATH_FILE_SAVE = 0, 1
GROUP_NORMAL = 1
COMBO_TYPE_EDITABLE = 1
COMBO_TYPE_LIST, COMBO_FORMAT_INT, COMBO_FORMAT_STRING = 2, 1, 3
LOG_ERROR, LOG_WARNING, LOG_INFO = 100, 200, 300
_LOGGING_LEVELS = {LOG_ERROR: logging.ERROR, LOG_WARNING: logging.WARNING, LOG_INFO: logging.INFO}


class SourceInfo(ctypes.Structure):
    """`struct obs_source_info` up to `missing_files`: 50 fields, as in OBS 27.

    Newer versions append fields; libobs takes a shorter struct by its size and refuses only a longer one.
    Function pointers are kept as plain addresses.
    """

    _fields_ = (
        ("id", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("output_flags", ctypes.c_uint32),
        ("get_name", Address),
        ("create", Address),
        ("destroy", Address),
        ("get_width", Address),
        ("get_height", Address),
        ("get_defaults", Address),
        ("get_properties", Address),
        ("update", Address),
        ("activate", Address),
        ("deactivate", Address),
        ("show", Address),
        ("hide", Address),
        ("video_tick", Address),
        ("video_render", Address),
        ("filter_video", Address),
        ("filter_audio", Address),
        ("enum_active_sources", Address),
        ("save", Address),
        ("load", Address),
        ("mouse_click", Address),
        ("mouse_move", Address),
        ("mouse_wheel", Address),
        ("focus", Address),
        ("key_click", Address),
        ("filter_remove", Address),
        ("type_data", Address),
        ("free_type_data", Address),
        ("audio_render", Address),
        ("enum_all_sources", Address),
        ("transition_start", Address),
        ("transition_stop", Address),
        ("get_defaults2", Address),
        ("get_properties2", Address),
        ("audio_mix", Address),
        ("icon_type", ctypes.c_int),
        ("media_play_pause", Address),
        ("media_restart", Address),
        ("media_stop", Address),
        ("media_next", Address),
        ("media_previous", Address),
        ("media_get_duration", Address),
        ("media_get_time", Address),
        ("media_set_time", Address),
        ("media_get_state", Address),
        ("version", ctypes.c_uint32),
        ("unversioned_id", ctypes.c_char_p),
        ("missing_files", Address),
    )


class SourceFrame(ctypes.Structure):
    """`struct obs_source_frame`. For RGB formats colour matrix and range are not used."""

    _fields_ = (
        ("data", Address * 8),
        ("linesize", ctypes.c_uint32 * 8),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint64),
        ("format", ctypes.c_int),
        ("color_matrix", ctypes.c_float * 16),
        ("full_range", ctypes.c_bool),
        ("max_luminance", ctypes.c_uint16),
        ("color_range_min", ctypes.c_float * 3),
        ("color_range_max", ctypes.c_float * 3),
        ("flip", ctypes.c_bool),
        ("flags", ctypes.c_uint8),
        ("trc", ctypes.c_uint8),
        ("refs", ctypes.c_long),
        ("prev_frame", ctypes.c_bool),
    )


_TEXT = ctypes.c_char_p
_INT = ctypes.c_int
_LONG_LONG = ctypes.c_longlong
_BOOL = ctypes.c_bool
_DOUBLE = ctypes.c_double

PROTOTYPES: "dict[str, tuple[Any, tuple[Any, ...]]]" = {
    # the type
    "obs_register_source_s": (None, (ctypes.POINTER(SourceInfo), ctypes.c_size_t)),
    "obs_get_version": (ctypes.c_uint32, ()),
    "obs_get_version_string": (_TEXT, ()),
    "obs_get_locale": (_TEXT, ()),
    "obs_get_source_output_flags": (ctypes.c_uint32, (_TEXT,)),
    "blog": (None, (_INT, _TEXT)),
    # sources
    "obs_source_get_name": (_TEXT, (Address,)),
    "obs_source_get_settings": (Address, (Address,)),
    "obs_source_get_signal_handler": (Address, (Address,)),
    "obs_source_get_weak_source": (Address, (Address,)),
    "obs_weak_source_get_source": (Address, (Address,)),
    "obs_weak_source_release": (None, (Address,)),
    "obs_source_release": (None, (Address,)),
    "obs_get_source_by_name": (Address, (_TEXT,)),
    "obs_source_removed": (_BOOL, (Address,)),
    "obs_source_muted": (_BOOL, (Address,)),
    "obs_source_showing": (_BOOL, (Address,)),
    "obs_video_active": (_BOOL, ()),
    "obs_get_frame_interval_ns": (ctypes.c_uint64, ()),
    "obs_source_output_video": (None, (Address, ctypes.POINTER(SourceFrame))),
    "obs_source_set_async_unbuffered": (None, (Address, _BOOL)),
    "obs_source_set_async_decoupled": (None, (Address, _BOOL)),
    "obs_source_update_properties": (None, (Address,)),
    "obs_obj_get_data": (Address, (Address,)),
    # settings
    "obs_data_create": (Address, ()),
    "obs_data_release": (None, (Address,)),
    "obs_data_first": (Address, (Address,)),
    "obs_data_item_get_name": (_TEXT, (Address,)),
    "obs_data_set_string": (None, (Address, _TEXT, _TEXT)),
    "obs_data_set_int": (None, (Address, _TEXT, _LONG_LONG)),
    "obs_data_set_bool": (None, (Address, _TEXT, _BOOL)),
    "obs_data_set_double": (None, (Address, _TEXT, _DOUBLE)),
    "obs_data_get_string": (_TEXT, (Address, _TEXT)),
    "obs_data_has_user_value": (_BOOL, (Address, _TEXT)),
    "obs_data_get_int": (_LONG_LONG, (Address, _TEXT)),
    "obs_data_get_bool": (_BOOL, (Address, _TEXT)),
    "obs_data_get_double": (_DOUBLE, (Address, _TEXT)),
    "obs_data_set_default_double": (None, (Address, _TEXT, _DOUBLE)),
    "obs_data_set_default_string": (None, (Address, _TEXT, _TEXT)),
    "obs_data_set_default_int": (None, (Address, _TEXT, _LONG_LONG)),
    "obs_data_set_default_bool": (None, (Address, _TEXT, _BOOL)),
    # properties
    "obs_properties_create": (Address, ()),
    "obs_properties_get": (Address, (Address, _TEXT)),
    "obs_properties_add_text": (Address, (Address, _TEXT, _TEXT, _INT)),
    "obs_properties_add_path": (Address, (Address, _TEXT, _TEXT, _INT, _TEXT, _TEXT)),
    "obs_properties_add_int": (Address, (Address, _TEXT, _TEXT, _INT, _INT, _INT)),
    "obs_properties_add_float": (Address, (Address, _TEXT, _TEXT, _DOUBLE, _DOUBLE, _DOUBLE)),
    "obs_properties_add_int_slider": (Address, (Address, _TEXT, _TEXT, _INT, _INT, _INT)),
    "obs_properties_add_bool": (Address, (Address, _TEXT, _TEXT)),
    "obs_properties_add_list": (Address, (Address, _TEXT, _TEXT, _INT, _INT)),
    "obs_properties_add_button": (Address, (Address, _TEXT, _TEXT, Address)),
    "obs_properties_add_group": (Address, (Address, _TEXT, _TEXT, _INT, Address)),
    "obs_property_name": (_TEXT, (Address,)),
    "obs_property_list_add_int": (ctypes.c_size_t, (Address, _TEXT, _LONG_LONG)),
    "obs_property_list_add_string": (ctypes.c_size_t, (Address, _TEXT, _TEXT)),
    "obs_property_list_item_disable": (None, (Address, ctypes.c_size_t, _BOOL)),
    "obs_property_set_enabled": (None, (Address, _BOOL)),
    "obs_property_set_visible": (None, (Address, _BOOL)),
    "obs_property_set_description": (None, (Address, _TEXT)),
    "obs_property_set_long_description": (None, (Address, _TEXT)),
    "obs_property_int_set_suffix": (None, (Address, _TEXT)),
    "obs_property_float_set_suffix": (None, (Address, _TEXT)),
    "obs_property_text_set_info_type": (None, (Address, _INT)),
    "obs_property_int_set_limits": (None, (Address, _INT, _INT, _INT)),
    "obs_property_int_step": (_INT, (Address,)),
    # loudness
    "obs_volmeter_create": (Address, (_INT,)),
    "obs_volmeter_destroy": (None, (Address,)),
    "obs_volmeter_attach_source": (_BOOL, (Address, Address)),
    "obs_volmeter_add_callback": (None, (Address, Address, Address)),
    "vec2_abs": (None, (Address, Address)),
    "bmalloc": (Address, (ctypes.c_size_t,)),
    "bfree": (None, (Address,)),
    # hotkeys
    "obs_hotkey_register_source": (ctypes.c_size_t, (Address, _TEXT, _TEXT, Address, Address)),
    # events and tasks
    "obs_get_signal_handler": (Address, ()),
    "signal_handler_connect": (None, (Address, _TEXT, Address, Address)),
    "signal_handler_disconnect": (None, (Address, _TEXT, Address, Address)),
    "os_event_init": (_INT, (ctypes.POINTER(Address), _INT)),
    "os_event_signal": (_INT, (Address,)),
    "os_event_timedwait": (_INT, (Address, ctypes.c_ulong)),
    "obs_queue_task": (None, (_INT, Address, Address, _BOOL)),
    "os_gettime_ns": (ctypes.c_uint64, ()),
}

NEWER_PROTOTYPES: "dict[str, tuple[Any, tuple[Any, ...]]]" = {
    # OBS 32.0: which module a source type belongs to
    "obs_get_module": (Address, (_TEXT,)),
    "obs_module_add_source": (None, (Address, _TEXT)),
}
"""Functions that an older libobs lacks; `Libobs.has` tells."""


class Libobs:
    """A loaded libobs with its prototypes set: `obs.blog(…)`. AttributeError for what isn't in the tables."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """OSError if the library lacks one of PROTOTYPES."""
        self._functions: dict[str, Any] = {}
        for table, required in ((PROTOTYPES, True), (NEWER_PROTOTYPES, False)):
            for name, (result, arguments) in table.items():
                try:
                    function = getattr(library, name)
                except AttributeError:
                    if required:
                        raise OSError(f"This libobs has no {name}.") from None
                    continue
                function.restype, function.argtypes = result, arguments
                self._functions[name] = function

    def __getattr__(self, name: str) -> Any:
        try:
            return self._functions[name]
        except KeyError:
            raise AttributeError(name) from None

    def has(self, name: str) -> bool:
        """Whether this libobs has that function."""
        return name in self._functions

    def address(self, name: str) -> Optional[int]:
        """The function's address, to hand it back to libobs as a callback."""
        return ctypes.cast(self._functions[name], Address).value


def find() -> ctypes.CDLL:
    """The libobs that this process runs in. OSError outside of OBS."""
    if sys.platform == "win32":
        handle = ctypes.WinDLL("kernel32").GetModuleHandleW
        handle.restype, handle.argtypes = Address, (ctypes.c_wchar_p,)
        module = handle("obs.dll")
        if not module:
            raise OSError("This process has no obs.dll.")
        return ctypes.CDLL("obs.dll", handle=module)
    library = ctypes.CDLL(None)  # libobs's symbols are global there, whatever its soname
    if hasattr(library, "obs_register_source_s"):
        return library
    for name in ("libobs.so.0", "libobs.so.30"):
        try:
            return ctypes.CDLL(name, mode=os.RTLD_NOW | getattr(os, "RTLD_NOLOAD", 0))
        except OSError:
            continue
    raise OSError("This process has no libobs.")


_loaded: "list[Libobs]" = []


def load() -> Libobs:
    """The process's libobs, found once. OSError outside of OBS."""
    if not _loaded:
        _loaded.append(Libobs(find()))
    return _loaded[0]


def use(obs: Libobs) -> None:
    """Makes `load` give that libobs: for tests that run a libobs of their own."""
    _loaded[:] = [obs]


def log(text: str, level: int = LOG_INFO) -> None:
    """One line in OBS's log; where there is no OBS, in that of Python's `logging`, which shows warnings on stderr."""
    line = f"[ezvtb] {text}"
    try:
        obs = load()
    except OSError:
        logging.getLogger("ezvtb").log(_LOGGING_LEVELS[level], line)
        return
    # blog formats its text, and variadic calls need another ABI on some machines: no arguments, % doubled
    obs.blog(level, line.replace("%", "%%").encode())
