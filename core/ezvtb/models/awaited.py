"""Models that a core has to do without: whether one has come since it looked for them."""

from collections.abc import Mapping

from ezvtb.paths import RECORD

from .store import model_folder

Seen = Mapping[str, int | None]
"""Name of a model -> when its install was finished, as its folder says; None: there is none."""


def seen(*names: str) -> Seen:
    """These models as they are now."""
    return {name: _installed_at(name) for name in names}


class Awaited:
    """Those of one core."""

    def __init__(self) -> None:
        self._seen: dict[str, int | None] = {}

    def add(self, before: Seen) -> None:
        """These don't serve as they were `seen`, before they were tried."""
        self._seen.update(before)

    @property
    def came(self) -> bool:
        """Whether one of them has been installed since: a new core may have what this one lacks."""
        return any(_installed_at(name) not in (None, before) for name, before in self._seen.items())


def _installed_at(name: str) -> int | None:
    try:
        return (model_folder(name) / RECORD).stat().st_mtime_ns
    except OSError:
        return None
