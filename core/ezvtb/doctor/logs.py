"""What the newest logs tell of trouble."""

import re
import time

from ezvtb.doctor.finding import Finding, Problem
from ezvtb.paths import cache_folder
from ezvtb.setup import user_obs

LINES = 6
"""The last so many of a log are told."""
_OLD_DAYS = 7

_TROUBLE = re.compile(
    r"error|exception|traceback|fail|fatal|can't|cannot|unable|refus|abort|signal|killed|out of memory|damaged|missing",
    re.IGNORECASE,
)
_OURS = re.compile(r"\[ezvtb\]|ezvtb_avatar|\[Python\].*ezvtb", re.IGNORECASE)
_CLOCK = re.compile(r"^[\d:.]{8,}:\s*")
"""OBS begins its lines with the time."""


def check() -> Finding:
    """The last lines of the engine's newest log and of OBS's newest that tell of trouble."""
    facts: list[str] = []
    recent = False
    logs = (("engine", cache_folder() / "logs", "engine-*.log"), ("OBS", user_obs.config_folder() / "logs", "*.txt"))
    for what, folder, pattern in logs:
        newest = max(folder.glob(pattern), key=lambda path: path.stat().st_mtime, default=None)
        if newest is None:
            facts.append(f"{what}: no log yet")
            continue
        age = time.time() - newest.stat().st_mtime
        text = newest.read_text("utf-8", "replace")
        lines = telling(text if what == "engine" else "\n".join(filter(_OURS.search, text.splitlines())))
        facts.append(f"{what}, {_ago(age)}: {'it tells of trouble:' if lines else 'it tells of no trouble'}")
        facts += [f"  {line}" for line in lines]
        recent |= bool(lines) and age < _OLD_DAYS * 86400
    if recent:
        return Finding(
            facts, [Problem("A log tells of trouble lately.", "If it is still so, report it with this page.")]
        )
    return Finding(facts, [])


def telling(log: str) -> "list[str]":
    """The last lines of a log that tell of trouble, each once."""
    lines = [_CLOCK.sub("", line).strip() for line in log.splitlines()]
    found = [line for line in lines if _TROUBLE.search(line)]
    # the last of a repeated line stays
    return list(dict.fromkeys(reversed(found)))[:LINES][::-1]


def _ago(seconds: float) -> str:
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name} ago"
    return "just now"
