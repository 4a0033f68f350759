"""What a runtime makes of a graph's file, once for all avatars of a process that want it on the same device.

Each graph has a request, binding or context of its own for its buffers; the weights, the compiled code and, on some
runtimes, the memory of what lies between the layers are common. They go when the last graph that uses them goes.
"""

import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Generic, Optional, TypeVar
from weakref import WeakValueDictionary

Made = TypeVar("Made")


class Shared(Generic[Made]):
    """What was made; who uses it holds this."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        """For what can't be run by two threads at a time."""
        self._made: Optional[Made] = None

    @property
    def made(self) -> Made:
        """The runtime's object."""
        assert self._made is not None, "nobody made it"
        return self._made

    def ensure(self, make: Callable[[], Made]) -> None:
        """Has it made if nobody did yet; who comes meanwhile waits. What `make` raises is raised."""
        with self.lock:
            if self._made is None:
                self._made = make()


_known: "WeakValueDictionary[Hashable, Shared[Any]]" = WeakValueDictionary()
_looking = threading.Lock()


def shared(path: Path, made_for: Hashable, make: Callable[[], Made]) -> "Shared[Made]":
    """What `make` gives of that file, or gave another who still uses it.

    `made_for` is all that it depends on beside the file: runtime, device, precision. A file that was replaced is
    another one. What `make` raises is raised, and nothing is kept of it.
    """
    try:
        found = path.stat()
        version: Hashable = (found.st_mtime_ns, found.st_size)
    except OSError:  # it is for `make` to say so
        version = None
    key = (str(path.resolve()), version, made_for)
    with _looking:
        one = _known.get(key)
        if one is None:
            one = _known[key] = Shared()
    one.ensure(make)
    return one
