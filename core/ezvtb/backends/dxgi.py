"""Windows' graphics adapters, through DXGI, in the order that DirectML's device number counts.

ONNX Runtime hands its `device_id` to `EnumAdapters1` (onnxruntime/core/providers/dml/dml_provider_factory.cc): software
adapters count too, though they can't be used. COM is called by its tables: there is no package for it to install.
"""

import ctypes
import sys
import uuid
from typing import Any, NamedTuple

from ezvtb.errors import BackendError

_FACTORY = uuid.UUID("770aae78-f26f-4dba-a829-253c83d1b387")
"""`IID_IDXGIFactory1` of dxgi.h."""

_RELEASE, _ENUM_ADAPTERS1, _GET_DESC1 = 2, 12, 10
"""Places in the tables of `IUnknown`, `IDXGIFactory1` and `IDXGIAdapter1` (dxgi.h)."""

_NOT_FOUND = 0x887A0002
"""`DXGI_ERROR_NOT_FOUND`: there are no more adapters."""

_SOFTWARE = 2
"""`DXGI_ADAPTER_FLAG_SOFTWARE`."""

_function = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)  # the same on x64; the tests are run anywhere


class WindowsAdapter(NamedTuple):
    """One adapter."""

    number: int
    """Its number for DirectML."""
    name: str
    memory: int
    """Bytes of its own."""
    vendor: int
    """Its maker's number on the PCI bus."""
    software: bool
    """Whether it is Windows' own renderer on the CPU."""


class Description(ctypes.Structure):
    """`DXGI_ADAPTER_DESC1` of dxgi.h."""

    _fields_ = (
        ("name", ctypes.c_uint16 * 128),  # UTF-16
        ("vendor", ctypes.c_uint32),
        ("device", ctypes.c_uint32),
        ("subsystem", ctypes.c_uint32),
        ("revision", ctypes.c_uint32),
        ("video_memory", ctypes.c_size_t),
        ("system_memory", ctypes.c_size_t),
        ("shared_memory", ctypes.c_size_t),
        ("luid", ctypes.c_uint32 * 2),
        ("flags", ctypes.c_uint32),
    )


def adapters() -> "list[WindowsAdapter]":
    """All adapters; none where this isn't Windows. BackendError if DXGI fails."""
    if sys.platform != "win32":
        return []
    return enumerated(ctypes.WinDLL("dxgi").CreateDXGIFactory1)


def enumerated(create_factory: Any) -> "list[WindowsAdapter]":
    """All adapters of the factory that `CreateDXGIFactory1` makes."""
    factory = ctypes.c_void_p()
    identity = (ctypes.c_ubyte * 16).from_buffer_copy(_FACTORY.bytes_le)
    _check("CreateDXGIFactory1", create_factory(ctypes.byref(identity), ctypes.byref(factory)))
    try:
        found: list[WindowsAdapter] = []
        while True:
            adapter = ctypes.c_void_p()
            number = ctypes.c_uint32(len(found))
            code = _call(factory, _ENUM_ADAPTERS1, number, ctypes.byref(adapter))
            if code & 0xFFFFFFFF == _NOT_FOUND:
                return found
            _check("EnumAdapters1", code)
            try:
                described = Description()
                _check("GetDesc1", _call(adapter, _GET_DESC1, ctypes.byref(described)))
            finally:
                _call(adapter, _RELEASE)
            found.append(read(len(found), described))
    finally:
        _call(factory, _RELEASE)


def read(number: int, described: Description) -> WindowsAdapter:
    """What a description says."""
    name = bytes(described.name).decode("utf-16-le", errors="replace").partition("\0")[0].strip()
    software = bool(described.flags & _SOFTWARE)
    return WindowsAdapter(number, name, described.video_memory, described.vendor, software)


def _call(thing: ctypes.c_void_p, place: int, *arguments: Any) -> int:
    """Calls the method at that place of a COM object's table."""
    table = ctypes.cast(thing, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    kinds = [ctypes.c_uint32 if isinstance(each, ctypes.c_uint32) else ctypes.c_void_p for each in arguments]
    method = _function(ctypes.c_int32, ctypes.c_void_p, *kinds)(table[place])
    return int(method(thing, *arguments))


def _check(name: str, code: int) -> None:
    if code < 0:
        raise BackendError(
            f"Windows can't list its graphics adapters: {name} says 0x{code & 0xFFFFFFFF:08X}.",
            "Install the driver of the graphics card again.",
        )
