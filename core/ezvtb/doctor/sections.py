"""What the page is made of."""

from typing import NamedTuple


class Section(NamedTuple):
    """One check."""

    title: str
    function: str
    """`module:function`, which gives a `Finding`."""
    seconds: float
    """After so many it is cut off."""
    vital: bool = False
    """Whether there can be no avatar if it hangs, crashes or raises."""
    needs: "tuple[str, ...]" = ()
    """Sections before it: where one of them is in trouble, this one would only tell of the same, and is left out."""


SECTIONS = (
    Section("System", "ezvtb.doctor.system:check", 20),
    Section("Python", "ezvtb.doctor.environment:check", 30),
    Section("OBS", "ezvtb.doctor.obs:program", 40, vital=True),
    Section("OBS's Python", "ezvtb.doctor.obs:python", 40, vital=True, needs=("OBS",)),
    Section("Script", "ezvtb.doctor.obs:script", 20),
    Section("Models", "ezvtb.doctor.models:check", 60, vital=True),
    Section("Frame memory", "ezvtb.doctor.files:frame_memory", 20, vital=True),
    Section("Cache folder", "ezvtb.doctor.files:cache", 40, vital=True),
    Section("Database", "ezvtb.doctor.files:database", 40),
    Section("Devices", "ezvtb.doctor.runtimes:devices", 40),
    Section("Runtimes", "ezvtb.doctor.runtimes:check", 300, vital=True, needs=("Models", "Cache folder")),
    Section("Engine", "ezvtb.doctor.engine:check", 150, vital=True, needs=("Python", "Frame memory", "Runtimes")),
    Section("Trackers", "ezvtb.doctor.trackers:check", 20),
    Section("Logs", "ezvtb.doctor.logs:check", 20),
)

GPU = (
    Section("GPU engines", "ezvtb.doctor.gpu:engines", 2400, needs=("Models", "Cache folder")),
    Section("GPU trials", "ezvtb.doctor.gpu:trials", 7200, needs=("Models", "Cache folder")),
    Section("GPU figures", "ezvtb.doctor.gpu:figures", 3600, needs=("Models", "Cache folder")),
)
"""What `--gpu` adds."""

GPU_TAKES = (
    "A graphics card is tried for 5 to 15 minutes; with TensorRT, the first time, 5 to 30 more pass while its engines"
    " are built. (Estimates: no card has run this yet.) Close games meanwhile."
)
"""Said before it begins. The times are made of the trials' own: 10,000 poses, and some 40 engines."""
