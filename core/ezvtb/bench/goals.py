"""The goals for a graphics card, each with what was measured and whether it is met."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional

from ezvtb.bench.entrant import CORES, ON_DEVICE, WHOLE_POSE
from ezvtb.bench.floors import Peak, Work
from ezvtb.bench.peaks import COPY, PRODUCT
from ezvtb.bench.turns import Result
from ezvtb.tha.stages import STAGES

EAGER, SESSION, FLOOR, WALL = 4.0, 1.5, 0.4, 1.1
"""At least 4 times eager PyTorch and 1.5 times a plain session, at least 40 % of the floor's speed on the poser, and at
most 1.1 times the device's own time by the clock on the wall (the project's issue on graphics cards)."""


class Goal(NamedTuple):
    """One goal of one of ours."""

    contestant: str
    what: str
    figure: "Optional[float]"
    """None where it wasn't measured."""
    least: "Optional[float]" = None
    most: "Optional[float]" = None
    why_not: str = ""
    """Why there is no figure."""

    @property
    def verdict(self) -> str:
        """ "met", "not met" or "not measured"."""
        if self.figure is None:
            return "not measured"
        below = self.least is not None and self.figure < self.least
        return "not met" if below or (self.most is not None and self.figure > self.most) else "met"

    def line(self) -> str:
        """As it is read: "TensorRT fp16: 5.1 times eager PyTorch, at least 4: met"."""
        bound = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        if self.figure is None:
            return f"{self.contestant}: {self.what}, {bound}: not measured ({self.why_not})"
        return f"{self.contestant}: {self.figure:.2f} {self.what}, {bound}: {self.verdict}"


def goals(result: Result, others: "Mapping[str, Result]", works: "Mapping[str, Work]") -> "list[Goal]":
    """The goals of one of ours: `others` are "eager" and "session" at its precision, `works` its networks'."""
    whole = result.median(WHOLE_POSE)
    found = []
    for key, what, least in (
        ("eager", "times eager PyTorch, whole pose", EAGER),
        ("session", "times a plain ONNX Runtime session, whole pose", SESSION),
    ):
        other = others.get(key)
        theirs = other.median(WHOLE_POSE) if other else None
        ratio = theirs / whole if theirs and whole else None
        why = result.error or (other.error if other else "") or "it didn't take part"
        found.append(Goal(result.name, what, ratio, least=least, why_not="" if ratio else why))
    share = floor_share(result, works, [stage.graph for stage in STAGES])
    why = "" if share else result.error or "a figure is missing"
    if share and share > 1:  # nothing is faster than the peak: that was measured too low
        share, why = None, f"{share:.2f} of it: the peak was measured too low, by this runtime or on a busy device"
    found.append(Goal(result.name, "of the floor's speed, the poser's networks", share, least=FLOOR, why_not=why))
    for name in CORES:
        device, wall = result.median(ON_DEVICE.format(name)), result.median(name)
        if device and wall:
            what = f"times the device's own time by the clock on the wall, {name}"
            found.append(Goal(result.name, what, wall / device, most=WALL))
    if len(found) == 3:
        why = result.error or "only TensorRT's runs are timed on the device itself"
        found.append(Goal(result.name, "times the device's own time by the clock on the wall", None, None, WALL, why))
    return found


def peak(result: Result) -> "Optional[Peak]":
    """What the device gave one of ours at most; None where that wasn't measured."""
    if not (result.rows.get(PRODUCT) and result.rows.get(COPY)):
        return None
    amounts = result.about["amounts"]
    # the fastest round: a peak is the most that there was
    flops, moved = (amounts[name] / min(result.rows[name]) * 1e3 for name in (PRODUCT, COPY))
    return Peak(flops, moved)


def floor_share(result: Result, works: "Mapping[str, Work]", names: Sequence[str]) -> "Optional[float]":
    """The floor of these networks together, divided by what they took; None where a figure is missing."""
    most = peak(result)
    times = [result.median(name) for name in names]
    if most is None or not all(times) or not set(names) <= works.keys():
        return None
    return sum(works[name].floor(most) for name in names) / sum(each for each in times if each)
