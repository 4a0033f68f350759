"""What a run of `ezvtb.bench.gpu` has measured on a device."""

from typing import NamedTuple

from ezvtb.backends.devices import Device
from ezvtb.bench.floors import Work
from ezvtb.bench.goals import Goal
from ezvtb.bench.turns import Result


class Comparison(NamedTuple):
    """All of one run."""

    device: Device
    results: "list[Result]"
    works: "dict[str, dict[str, Work]]"
    """fp32 and fp16 -> network -> its work."""
    goals: "list[Goal]"
    about: "dict[str, str]"
    """When, with what, on which computer."""
