"""What `scripts/ezvtb_test_journal.py` wrote down in OBS."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .stage import SCRIPTS, Stage, control_file

JOURNAL = SCRIPTS / "ezvtb_test_journal.py"
"""To be loaded before the avatar's script."""


class Entry(NamedTuple):
    """One line."""

    moment: float
    """Of `time.monotonic`, which is one for all processes of a computer."""
    what: str
    """"push", "pose", "engine" or "ready"."""
    whom: int
    content: Any


class Journal:
    """Read as it grows."""

    def __init__(self, stage: Stage) -> None:
        self._path: Path = control_file(stage.obs.home).with_name("journal")
        self._read = 0

    def entries(self) -> "list[Entry]":
        """What was written since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        return [Entry(*json.loads(line)) for line in whole.splitlines()]

    def wait(self, what: str, fits: "Callable[[Any], bool]" = lambda _: True, seconds: float = 60) -> Any:
        """Waits for an entry, written from now on, whose content fits: the content."""
        self.entries()
        seen: list[Any] = []

        end = time.monotonic() + seconds
        while True:
            seen += [each.content for each in self.entries() if each.what == what]
            for content in seen:
                if fits(content):
                    return content
            assert time.monotonic() < end, f"none of {len(seen)} fits; the last {what}: {seen[-1:]}"
            time.sleep(0.02)


def stalls(entries: "list[Entry]", longest: float) -> "list[tuple[float, float]]":
    """When and for how long no frame was pushed, where that was longer than `longest` and no engine was started."""
    found = []
    last = None
    for each in entries:
        if each.what == "engine":
            last = None
        elif each.what == "push":
            if last is not None and each.moment - last > longest:
                found.append((last, each.moment - last))
            last = each.moment
    return found
