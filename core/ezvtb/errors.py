"""The one exception tree. Every class has a stable code; every message says what happened, every remedy what to do.

    EzvtbError
    ├── PictureError        the picture can't serve as an avatar
    ├── ModelError
    │   ├── ModelMissing    a model is not installed
    │   ├── ModelDamaged    a model's file is truncated, altered or of the wrong kind
    │   └── UnsafeArchive   a weights file holds something else than tensors
    ├── DownloadError       a file could not be fetched
    ├── BackendError        an inference runtime can't be used, or failed
    ├── EngineError         the engine process can't start, died or hangs
    ├── ProtocolError       the two processes don't understand each other
    ├── TrackingError       the pose receiver can't work (a port in use, for example)
    ├── ParseError          a packet isn't what its protocol says
    └── SetupError          the installation can't go on

A wrong option of `get_core` is a plain `ValueError`, as the public interface says.
"""


class EzvtbError(Exception):
    """What went wrong in one sentence (`message`), and one that says what to do about it (`remedy`)."""

    code = "ezvtb"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy


class PictureError(EzvtbError):
    code = "picture"


class ModelError(EzvtbError):
    code = "model"


class ModelMissing(ModelError):
    code = "model-missing"


class ModelDamaged(ModelError):
    code = "model-damaged"


class UnsafeArchive(ModelError):
    code = "model-unsafe"


class DownloadError(EzvtbError):
    code = "download"


class BackendError(EzvtbError):
    code = "backend"


class EngineError(EzvtbError):
    code = "engine"


class ProtocolError(EzvtbError):
    code = "protocol"


class TrackingError(EzvtbError):
    code = "tracking"


class ParseError(EzvtbError):
    code = "parse"


class SetupError(EzvtbError):
    code = "setup"
