"""The source type "EZVTB Avatar": registered with libobs once per process, from native callbacks.

libobs keeps what it is given until the process ends: after the script was reloaded or removed, and after Python
itself has ended. A Python callback for create or destroy would be called under libobs's mutexes (a deadlock with any
script that looks up sources) or after Python's end (a crash); both were seen. So these callbacks are functions of
libobs itself that happen to fit:

    create     obs_data_create         a new handle; ignores its arguments
    destroy    obs_data_release        frees it, at any time
    get_name   obs_data_item_get_name  type_data is a data item of that name
    update     obs_get_version         does nothing; without an update callback no "update" signal is sent

Python is called in three places, always on the UI thread and under no mutex: the properties, their buttons,
and the task that looks for instances. These go through trampolines that live as long as the process and look up
whoever is responsible now: the runtime that the script has attached, or nobody.
"""

import ctypes
import sys
import traceback
from types import ModuleType
from typing import Any, Optional

from ezvtb.errors import SetupError
from ezvtb_obs import libobs
from ezvtb_obs.texts import text

ID = "ezvtb_avatar"
NAME = "EZVTB Avatar"

PARKED = "_ezvtb_obs_native"
"""The key in `sys.modules` under which the registered type survives reloads of the script."""

_LAYOUT = 2
"""Raised when a newer script can't work with a type that an older one registered in this process."""

_DISCOVERY_SIGNALS = (b"source_create", b"source_rename", b"source_load")


class NativeType(ModuleType):
    """What libobs holds of us, and who answers for it now. A module only because `sys.modules` wants modules."""

    layout = _LAYOUT
    event: int
    """Address of the native event that libobs signals when an instance may have come, changed or gone."""
    discovery_task: int
    """Address for `obs_queue_task`: calls `runtime.discover()` on the UI thread."""
    clicked: int
    """Address for the properties' buttons: calls `runtime.clicked(properties, the button's name, handle)`."""
    runtime: Any = None
    """The attached runtime, or None while the script is not loaded."""


def registered() -> NativeType:
    """The type of this process, registered now if it isn't yet.

    SetupError if libobs refuses it, or if an incompatible version registered it earlier; OSError outside of OBS.
    """
    parked = sys.modules.get(PARKED)
    if parked is None:
        parked = _register(libobs.load())
        sys.modules[PARKED] = parked
    if getattr(parked, "layout", None) != _LAYOUT:
        raise SetupError("OBS still holds the source type of another version of this script.", "Restart OBS.")
    return parked  # type: ignore[return-value]  # a NativeType, maybe of an earlier load of this very file


def _register(obs: libobs.Libobs) -> NativeType:
    if obs.obs_get_source_output_flags(ID.encode()):
        raise SetupError(f"Something else has already registered a source type {ID}.", "Remove the other one.")
    native = NativeType(PARKED)

    event = ctypes.c_void_p()
    if obs.os_event_init(ctypes.byref(event), 0) != 0 or not event.value:  # 0: it resets itself when waited for
        raise SetupError("libobs made no event.", "Restart OBS.")
    native.event = event.value

    properties = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(_properties_trampoline(native, obs))
    clicked = ctypes.CFUNCTYPE(ctypes.c_bool, *(ctypes.c_void_p,) * 3)(_click_trampoline(native, obs))
    discover = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_discovery_trampoline(native))
    identity = ctypes.create_string_buffer(ID.encode())
    for kept in (native, properties, clicked, discover, identity):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))  # never freed, not even at Python's end
    native.clicked = _address(clicked)
    native.discovery_task = _address(discover)

    name_holder = obs.obs_data_create()  # never released: get_name reads its first item's name
    obs.obs_data_set_string(name_holder, NAME.encode(), b"")
    info = libobs.SourceInfo(
        id=ctypes.cast(identity, ctypes.c_char_p),
        type=libobs.SOURCE_TYPE_INPUT,
        output_flags=libobs.SOURCE_ASYNC_VIDEO | libobs.SOURCE_DO_NOT_DUPLICATE,
        type_data=obs.obs_data_first(name_holder),
        get_name=obs.address("obs_data_item_get_name"),
        create=obs.address("obs_data_create"),
        destroy=obs.address("obs_data_release"),
        update=obs.address("obs_get_version"),
        get_properties=_address(properties),
        icon_type=libobs.ICON_TYPE_CAMERA,
    )
    obs.obs_register_source_s(ctypes.byref(info), ctypes.sizeof(info))
    if not obs.obs_get_source_output_flags(ID.encode()):
        raise SetupError("libobs refused the source type; its log says why.")
    _name_module(obs)

    signals = obs.obs_get_signal_handler()
    for signal in _DISCOVERY_SIGNALS:
        obs.signal_handler_connect(signals, signal, obs.address("os_event_signal"), native.event)
    libobs.log(
        f"source type registered, libobs {obs.obs_get_version_string().decode()}, Python {sys.version.split()[0]}"
    )
    return native


def _name_module(obs: libobs.Libobs) -> None:
    """OBS 32 and later show a source in red, as if its plugin were missing, unless a module claims its type."""
    if obs.has("obs_module_add_source") and obs.has("obs_get_module"):
        module = obs.obs_get_module(b"frontend-tools")  # the module that runs scripts
        if module:
            obs.obs_module_add_source(module, ID.encode())


def _properties_trampoline(native: NativeType, obs: libobs.Libobs) -> Any:
    def properties(handle: Optional[int]) -> Optional[int]:
        try:
            if native.runtime is not None:
                return int(native.runtime.properties(handle))
        except Exception:  # noqa: BLE001 (C calls us: an exception would only vanish)
            libobs.log(traceback.format_exc(), libobs.LOG_ERROR)
        made = obs.obs_properties_create()
        obs.obs_properties_add_text(made, b"status", text("status.no_script").encode(), libobs.TEXT_INFO)
        return int(made)

    return properties


def _click_trampoline(native: NativeType, obs: libobs.Libobs) -> Any:
    def click(properties: int, button: int, handle: Optional[int]) -> bool:
        try:
            name = obs.obs_property_name(button).decode()
            return native.runtime is not None and bool(native.runtime.clicked(properties, name, handle))
        except Exception:  # noqa: BLE001 (C calls us: an exception would only vanish)
            libobs.log(traceback.format_exc(), libobs.LOG_ERROR)
            return False

    return click


def _discovery_trampoline(native: NativeType) -> Any:
    def discover(_parameter: Optional[int]) -> None:
        try:
            if native.runtime is not None:
                native.runtime.discover()
        except Exception:  # noqa: BLE001 (C calls us: an exception would only vanish)
            libobs.log(traceback.format_exc(), libobs.LOG_ERROR)

    return discover


def _address(function: Any) -> int:
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address
