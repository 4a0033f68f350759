"""Closes a program's window as its close button does, over X11: WM_DELETE_WINDOW. ctypes and libX11 only."""

import ctypes
from collections.abc import Iterator
from typing import Any

_ANY_PROPERTY_TYPE = 0
_CLIENT_MESSAGE = 33
_LONG, _POINTER = ctypes.c_ulong, ctypes.c_void_p


class _ClientMessage(ctypes.Structure):
    """XClientMessageEvent, padded to the size of XEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", _LONG),
        ("send_event", ctypes.c_int),
        ("display", _POINTER),
        ("window", _LONG),
        ("message_type", _LONG),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 24),
    )


_PROTOTYPES: "dict[str, tuple[Any, tuple[Any, ...]]]" = {
    "XOpenDisplay": (_POINTER, (ctypes.c_char_p,)),
    "XCloseDisplay": (ctypes.c_int, (_POINTER,)),
    "XDefaultRootWindow": (_LONG, (_POINTER,)),
    "XInternAtom": (_LONG, (_POINTER, ctypes.c_char_p, ctypes.c_int)),
    "XFree": (ctypes.c_int, (_POINTER,)),
    "XSync": (ctypes.c_int, (_POINTER, ctypes.c_int)),
    "XSetErrorHandler": (_POINTER, (_POINTER,)),
    "XFetchName": (ctypes.c_int, (_POINTER, _LONG, ctypes.POINTER(_POINTER))),
    "XQueryTree": (
        ctypes.c_int,
        (
            _POINTER,
            _LONG,
            ctypes.POINTER(_LONG),
            ctypes.POINTER(_LONG),
            ctypes.POINTER(_POINTER),
            ctypes.POINTER(ctypes.c_uint),
        ),
    ),
    "XGetWindowProperty": (
        ctypes.c_int,
        (
            _POINTER,
            _LONG,
            _LONG,
            ctypes.c_long,
            ctypes.c_long,
            ctypes.c_int,
            _LONG,
            ctypes.POINTER(_LONG),
            ctypes.POINTER(ctypes.c_int),
            ctypes.POINTER(_LONG),
            ctypes.POINTER(_LONG),
            ctypes.POINTER(_POINTER),
        ),
    ),
    "XSendEvent": (ctypes.c_int, (_POINTER, _LONG, ctypes.c_int, ctypes.c_long, ctypes.POINTER(_ClientMessage))),
}


def close_window(display: str, pid: int, title: str) -> bool:
    """Asks that process's window whose title begins so to close; whether there is one. OSError without X11."""
    x11: Any = ctypes.CDLL("libX11.so.6")
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(x11, name)
        function.restype, function.argtypes = result, arguments
    server = x11.XOpenDisplay(display.encode())
    if not server:
        raise OSError(f"There is no X server {display}.")
    ignore = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER)(lambda _display, _event: 0)
    # a window may go while we look at it; Xlib's own handler would end this process for that
    former = x11.XSetErrorHandler(ctypes.cast(ignore, _POINTER))
    try:
        return _close(x11, server, pid, title)
    finally:
        x11.XSetErrorHandler(former)
        x11.XCloseDisplay(server)


def _close(x11: Any, server: int, pid: int, title: str) -> bool:
    for window in _windows(x11, server, x11.XDefaultRootWindow(server)):
        if _owner(x11, server, window) != pid or not _title(x11, server, window).startswith(title):
            continue
        message = _ClientMessage(type=_CLIENT_MESSAGE, window=window, format=32)
        message.message_type = x11.XInternAtom(server, b"WM_PROTOCOLS", 0)
        message.data[0] = x11.XInternAtom(server, b"WM_DELETE_WINDOW", 0)
        x11.XSendEvent(server, window, 0, 0, ctypes.byref(message))
        x11.XSync(server, 0)
        return True
    return False


def _windows(x11: Any, server: int, parent: int) -> Iterator[int]:
    """A window's children and theirs: a window manager puts a frame around each."""
    root, above, count, children = _LONG(), _LONG(), ctypes.c_uint(), _POINTER()
    if not x11.XQueryTree(server, parent, *map(ctypes.byref, (root, above, children, count))) or not children.value:
        return
    found = list(ctypes.cast(children, ctypes.POINTER(_LONG))[: count.value])
    x11.XFree(children)
    for window in found:
        yield window
        yield from _windows(x11, server, window)


def _owner(x11: Any, server: int, window: int) -> int:
    """The number of the process that a window says it belongs to; 0 if it doesn't."""
    name = x11.XInternAtom(server, b"_NET_WM_PID", 0)
    kind, bits, count, left, data = _LONG(), ctypes.c_int(), _LONG(), _LONG(), _POINTER()
    outputs = map(ctypes.byref, (kind, bits, count, left, data))
    if x11.XGetWindowProperty(server, window, name, 0, 1, 0, _ANY_PROPERTY_TYPE, *outputs) or not data.value:
        return 0
    owner = int(ctypes.cast(data, ctypes.POINTER(_LONG))[0]) if count.value else 0
    x11.XFree(data)
    return owner


def _title(x11: Any, server: int, window: int) -> str:
    name = _POINTER()
    if not x11.XFetchName(server, window, ctypes.byref(name)) or not name.value:
        return ""
    title = ctypes.string_at(name.value).decode("utf-8", "replace")
    x11.XFree(name)
    return title
