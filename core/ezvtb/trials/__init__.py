"""What a device must be able to do, tried for real: the tests and `python -m ezvtb.doctor --gpu` run the same."""

from collections.abc import Callable

from ezvtb.trials import company, endurance, engine_files, parity, results_kept
from ezvtb.trials.place import Outcome, Place

Trial = Callable[[Place], "list[Outcome]"]

TRIALS: "dict[str, Trial]" = {
    "poser": parity.poser,
    "in-between frames": parity.in_between,
    "super resolution": parity.super_resolution,
    "kept results": results_kept.trial,
    "two avatars": company.trial,
    "engine files": engine_files.trial,
    "memory": endurance.trial,
}
"""Title -> the trial. Each says what it found, or raises BackendError or ModelError."""
