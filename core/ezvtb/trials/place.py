"""Where a trial takes place, and what it finds."""

import os
from typing import Any, NamedTuple

from ezvtb import backends
from ezvtb.backends.base import Backend
from ezvtb.core import Core
from ezvtb.errors import BackendError
from ezvtb.options import Options


class Place(NamedTuple):
    """A backend on a device."""

    kind: str
    """Among `ezvtb.backends.KINDS`."""
    number: int
    """The device's, as that kind counts."""
    device_id: int
    """The device's, as `get_core` counts."""
    half: bool
    brief: bool = False
    """Whether some of everything will do: where a pose takes a tenth of a second."""

    def backend(self) -> Backend:
        """The backend. BackendError if it doesn't work here, or computes at full precision what was to be half."""
        made = backends.open_backend(self.kind, self.number, self.half)
        if self.half and made.precision == "fp32":
            raise BackendError(f"{made.name} has no half precision on {made.device}.")
        return made

    def core(self, **options: Any) -> Core:
        """A core that runs on it and nothing else; options are as `get_core` has them, frames aren't kept unless asked
        for. BackendError if it runs elsewhere or at another precision."""
        halves = dict.fromkeys(("model_half", "interpolation_half", "sr_half"), self.half)
        chosen: dict[str, Any] = {"device_id": self.device_id, "use_cacher": False, "use_interpolation": False}
        before = os.environ.get("EZVTB_BACKEND")
        os.environ["EZVTB_BACKEND"] = self.kind
        try:
            core = Core(Options(**(halves | chosen | options)))
        finally:
            del os.environ["EZVTB_BACKEND"]
            if before is not None:
                os.environ["EZVTB_BACKEND"] = before
        if self.half and core.report[0].precision == "fp32" and self.kind != "null":
            raise BackendError(f"Half precision is replaced by full: {core.report[0].why}")
        return core


class Outcome(NamedTuple):
    """One thing that was looked at."""

    what: str
    good: bool
    told: str
    """What was found, in a few words."""

    def __str__(self) -> str:
        return f"{self.what}: {self.told}" if self.told else self.what
