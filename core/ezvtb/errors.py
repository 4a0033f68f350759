"""The one exception tree. Every class has a stable code; every message says what happened, every remedy what to do.

    EzvtbError
    ├── PictureError
    ├── ModelError
    │   ├── ModelMissing
    │   ├── ModelDamaged
    │   └── UnsafeArchive
    ├── DownloadError
    ├── BackendError
    ├── CacheError
    ├── EngineError
    │   └── BystanderError
    ├── ProtocolError
    ├── TrackingError
    ├── ParseError
    ├── OutputError
    └── SetupError

A wrong option of `get_core` is a plain `ValueError`, as the public interface says.
"""

import re
import sys

_PYTHON = r".venv\Scripts\python" if sys.platform == "win32" else ".venv/bin/python"
_COMMAND = re.compile(r"`python\b(?= -m ezvtb)")


def as_typed(said: str) -> str:
    """The same with commands as a user types them in the project's folder; remedies have `python -m ezvtb`."""
    return _COMMAND.sub(lambda _: f"`{_PYTHON}", said)


class EzvtbError(Exception):
    """What went wrong in one sentence (`message`), and one that says what to do about it (`remedy`)."""

    code = "ezvtb"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy


class PictureError(EzvtbError):
    """The picture can't serve as an avatar."""

    code = "picture"


class ModelError(EzvtbError):
    """A model can't be used."""

    code = "model"


class ModelMissing(ModelError):
    """A model is not installed."""

    code = "model-missing"


class ModelDamaged(ModelError):
    """A model's file is truncated, altered or of the wrong kind."""

    code = "model-damaged"


class UnsafeArchive(ModelError):
    """A weights file holds something else than tensors."""

    code = "model-unsafe"


class DownloadError(EzvtbError):
    """A file could not be fetched."""

    code = "download"


class BackendError(EzvtbError):
    """An inference runtime can't be used, or failed."""

    code = "backend"


class CacheError(EzvtbError):
    """A cached frame is damaged, or the place where frames are kept can't be used."""

    code = "cache"


class EngineError(EzvtbError):
    """The engine process can't start, died or hangs."""

    code = "engine"


class BystanderError(EngineError):
    """The engine process ended because of what it did for another avatar."""

    code = "bystander"


class ProtocolError(EzvtbError):
    """The two processes don't understand each other."""

    code = "protocol"


class TrackingError(EzvtbError):
    """The pose receiver can't work: a port in use, for example."""

    code = "tracking"


class ParseError(EzvtbError):
    """Bytes or values are not what their format says."""

    code = "parse"


class OutputError(EzvtbError):
    """A frame can't be written or shown where it was asked for."""

    code = "output"


class SetupError(EzvtbError):
    """The installation can't go on."""

    code = "setup"
