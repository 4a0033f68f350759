"""Encoded frames in RAM."""

import threading

import cachetools

from ezvtb.cacher.store import Store


class RamStore(Store):
    """Frames that end with the process. `capacity` in bytes of encoded frames."""

    name = "RAM"

    def __init__(self, capacity: int) -> None:
        self._frames: cachetools.LRUCache[bytes, bytes] = cachetools.LRUCache(capacity, len)
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        """See `Store`."""
        with self._lock:
            return self._frames.get(key)

    def put(self, key: bytes, data: bytes) -> bool:
        """See `Store`. What is larger than the whole store is refused."""
        with self._lock:
            if len(data) > self._frames.maxsize:
                return False
            self._frames[key] = data
            return True

    def remove(self, key: bytes) -> None:
        """See `Store`."""
        with self._lock:
            self._frames.pop(key, None)

    def clear(self) -> bool:
        """See `Store`."""
        with self._lock:
            self._frames.clear()
        return True

    def all_keys(self) -> list[bytes]:
        """See `Store`."""
        with self._lock:
            return list(self._frames)

    def check(self) -> list[str]:
        """See `Store`: there is nothing that could break."""
        return []

    def tidy(self) -> None:
        """See `Store`: nothing is put off."""

    def close(self) -> None:
        """See `Store`."""
        with self._lock:
            self._frames = cachetools.LRUCache(0, len)

    @property
    def used(self) -> int:
        """See `Store`."""
        return int(self._frames.currsize)

    @property
    def entries(self) -> int:
        """See `Store`."""
        return len(self._frames)
