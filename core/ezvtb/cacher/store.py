"""Where encoded frames are kept: what RAM and the database have in common."""

from abc import ABC, abstractmethod
from typing import ClassVar


class Store(ABC):
    """Bytes by key, bounded by bytes, least recently used out. Any thread may call; nothing is ever raised."""

    name: ClassVar[str]
    """What the user reads: "RAM"."""

    @abstractmethod
    def get(self, key: bytes) -> bytes | None:
        """The bytes kept under a key, or None. From now on they are the most recently used."""

    @abstractmethod
    def put(self, key: bytes, data: bytes) -> bool:
        """Keeps bytes under a key, instead of what was there; whether it did. May wait for other processes."""

    @abstractmethod
    def remove(self, key: bytes) -> None:
        """Forgets a key."""

    @abstractmethod
    def clear(self) -> bool:
        """Forgets everything; whether that worked. May wait for other processes."""

    @abstractmethod
    def all_keys(self) -> list[bytes]:
        """All keys, in no order."""

    @abstractmethod
    def check(self) -> list[str]:
        """What is wrong with the store itself, one sentence each. Reads all of it."""

    @property
    @abstractmethod
    def used(self) -> int:
        """Bytes kept, as far as is known without a look."""

    @property
    @abstractmethod
    def entries(self) -> int:
        """Frames kept, as far as is known without a look."""

    @abstractmethod
    def tidy(self) -> None:
        """Does what has been put off: called now and then by the thread that puts."""

    @abstractmethod
    def close(self) -> None:
        """Ends the store; afterwards every get is a miss and every put is refused."""
