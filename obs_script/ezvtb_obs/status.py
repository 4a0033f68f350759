"""What the properties panel says about an avatar: facts in, sentences out."""

from dataclasses import dataclass
from typing import Any

NO_PICTURE = "no picture"
STARTING = "starting"
PLAYING = "playing"
PAUSED = "paused"
WAITING = "waiting"
"""The phases of an avatar: nothing to show; the engine starts; frames come; nobody looks; a restart is due."""


@dataclass(frozen=True)
class Facts:
    """One avatar at one moment."""

    phase: str = NO_PICTURE
    picture_error: str = ""
    """Why the chosen picture is not shown, with the remedy."""
    picture_note: str = ""
    """What was done to the picture to make it fit."""
    has_avatar: bool = False
    """Whether some picture has been shown: it stays while something is wrong."""
    tracker: str = ""
    progress: str = ""
    """What the starting engine is doing."""
    report: "tuple[dict[str, Any], ...]" = ()
    """READY's report: per component `component, backend, device, precision, why`."""
    fps: float = 0.0
    """Frames pushed to OBS a second, over the last seconds."""
    fps_limit: int = 0
    engine_ms: float = 0.0
    """How long the core took for the last pose."""
    engine_error: str = ""
    """Why the engine last failed, with the remedy."""
    restarts: int = 0
    retry_seconds: float = 0.0


def sentences(facts: Facts) -> "list[str]":
    """The status, one sentence or more a line: picture, avatar, engine, what fell back and why, tracker."""
    lines = []
    if facts.picture_error:
        lines.append(facts.picture_error + (" The last good picture stays." if facts.has_avatar else ""))
    if not (facts.picture_error and facts.phase == NO_PICTURE):
        lines.append(_avatar(facts))
    if facts.picture_note:
        lines.append(facts.picture_note)
    lines += _engine(facts)
    if facts.tracker:
        lines.append(f"Tracker: {facts.tracker}")
    return lines


def is_trouble(facts: Facts) -> bool:
    """Whether something needs the user's attention."""
    return bool(facts.picture_error) or facts.phase == WAITING


def _avatar(facts: Facts) -> str:
    if facts.phase == NO_PICTURE:
        return "Choose a picture of a character."
    if facts.phase == STARTING:
        return f"The engine starts: {facts.progress or 'one moment'}"
    if facts.phase == WAITING:
        return f"The engine is down; it is started again in {max(1, round(facts.retry_seconds))} s."
    if facts.phase == PAUSED:
        return "Paused: no scene shows this avatar now."
    rate = f"{facts.fps:.0f} of at most {facts.fps_limit} frames a second"
    # a pose that the engine has just drawn costs it nothing: that is no figure worth showing
    cost = f", {facts.engine_ms:.0f} ms a pose" if facts.engine_ms >= 1 else ""
    return f"Alive: {rate}{cost}."


def _engine(facts: Facts) -> "list[str]":
    lines = []
    if facts.engine_error:
        times = "once" if facts.restarts == 1 else f"{facts.restarts} times"
        again = f" It was restarted {times}." if facts.restarts else ""
        lines.append(f"Engine trouble: {facts.engine_error}{again}")
    for part in facts.report:
        name, backend = part.get("component", "?"), part.get("backend") or "absent"
        if backend == "off":
            continue  # nobody asked for it
        details = ", ".join(str(part[key]) for key in ("device", "precision") if part.get(key))
        why = f" ({part['why']})" if part.get("why") else ""
        lines.append(f"{name}: {backend}{', ' if details else ''}{details}{why}")
    return lines
