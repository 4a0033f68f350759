"""Two avatars on one device at a time: each draws what it draws alone."""

import threading

from ezvtb.backends.base import Array
from ezvtb.core import Core
from ezvtb.errors import BackendError
from ezvtb.trials import goldens
from ezvtb.trials.place import Outcome, Place
from ezvtb.trials.results_kept import ALIKE

_SECONDS = 300.0


def trial(place: Place) -> "list[Outcome]":
    """In turns in one thread, then at the same time in two."""
    poses = goldens.poses()[: 2 if place.brief else 10]
    names = goldens.CHARACTERS[:2]
    cores = [place.core(use_interpolation=True) for _ in names]
    truth: dict[str, list[Array]] = {}
    for name, core in zip(names, cores):
        core.setImage(goldens.picture(name))
        truth[name] = [core.inference(pose[None])[-1].copy() for pose in poses]
    in_turns = min(
        goldens.likeness(core.inference(pose[None])[-1], truth[name][number])[0]
        for number, pose in enumerate(poses)
        for name, core in zip(names, cores)
    )
    at_once = min(_at_once(cores, poses, [truth[name] for name in names]))
    return [
        Outcome("in turns", in_turns >= ALIKE, f"{in_turns:.0f} dB"),
        Outcome("at the same time", at_once >= ALIKE, f"{at_once:.0f} dB"),
    ]


def _at_once(cores: "list[Core]", poses: Array, truths: "list[list[Array]]") -> "list[float]":
    """How alike what each draws is to what it drew alone, dB, the worst of each."""
    worst = [float("-inf")] * len(cores)
    errors: list[Exception] = []

    def play(number: int) -> None:
        try:
            frames = zip(poses, truths[number])
            worst[number] = min(
                goldens.likeness(cores[number].inference(pose[None])[-1], frame)[0] for pose, frame in frames
            )
        except Exception as error:  # noqa: BLE001 (raised below, in the thread that asked)
            errors.append(error)

    threads = [threading.Thread(target=play, args=(number,), daemon=True) for number in range(len(cores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_SECONDS)
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        raise BackendError(f"Two avatars at the same time didn't end within {_SECONDS:.0f} s.")
    return worst
