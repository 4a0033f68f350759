"""What the properties panel says about an avatar: facts in, sentences out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ezvtb_obs import engine_build
from ezvtb_obs.sentences import told
from ezvtb_obs.texts import text

NO_PICTURE = "no_picture"
STARTING = "starting"
READING = "reading"
PLAYING = "playing"
PAUSED = "paused"
STOPPED = "stopped"
WAITING = "waiting"
"""The phases of an avatar, each the key of its text: nothing to show; the engine starts; it reads the picture; frames
come; nobody looks; a hotkey stopped it; a restart is due."""

_PRECISIONS = ("fp32", "fp16", "bf16", "lossless")

SILENT_SECONDS = 2.0
"""From here on the status says that the engine doesn't answer. A slow pose on a slow computer takes less."""

_SLOW_MS = 200
"""From so long a pose on, and less than half of the frames, the status advises. It is too long for the Light preset."""


@dataclass(frozen=True)
class Facts:
    """One avatar at one moment."""

    phase: str = NO_PICTURE
    picture_error: str = ""
    """Why the chosen picture is not shown, with the remedy."""
    picture_note: str = ""
    """What was done to the picture to make it fit."""
    face_box: bool = False
    """Whether it is shown over the picture."""
    has_avatar: bool = False
    """Whether some picture has been shown: it stays while something is wrong."""
    senses: "Sequence[str]" = ()
    """What is heard of the tracker and the microphone."""
    tracker_trouble: bool = False
    """Whether no tracker can be heard: a taken port, for example."""
    progress: str = ""
    """What the starting engine is doing."""
    report: "tuple[dict[str, Any], ...]" = ()
    """READY's report: per component `component, backend, device, precision, why`."""
    fps: float = 0.0
    """Frames pushed to OBS a second, over the last seconds."""
    fps_limit: int = 0
    engine_ms: float = 0.0
    """How long the core took for the last pose."""
    silent_seconds: float = 0.0
    """For how long the engine has not answered."""
    engine_error: str = ""
    """Why the engine last failed, with the remedy."""
    restarts: int = 0
    retry_seconds: float = 0.0
    statistics: "dict[str, Any]" = field(default_factory=dict)
    """The engine's counters; under `notes` what went wrong without stopping the picture, newest first; under `build`
    how the build of TensorRT's engines stands."""
    handover: str = ""
    """How a better engine takes over."""
    cache_gb: float = 0.0
    """How large the cache may become."""
    cache_note: str = ""
    """What came of emptying it."""
    latency_ms: float = 0.0
    """From a tracker's packet to the frame that shows it; 0: none was shown lately."""


class Line(NamedTuple):
    """One sentence of the status, or more."""

    words: str
    trouble: bool = False
    """Whether it needs the user's attention."""


class Status(NamedTuple):
    """The status as the panel shows it: what needs the user's attention stands apart."""

    trouble: str
    """Empty where nothing does."""
    rest: str


def of(facts: Facts) -> Status:
    """The status in its two parts, line by line."""
    found = lines(facts)
    trouble, rest = ("\n".join(each.words for each in found if each.trouble is which) for which in (True, False))
    return Status(trouble, rest)


def sentences(facts: Facts) -> "list[str]":
    """All of the status, one sentence or more a line."""
    return [each.words for each in lines(facts)]


def lines(facts: Facts) -> "list[Line]":
    """The status: picture, avatar, engine, what fell back and why, tracker."""
    found = []
    if facts.picture_error:
        error = told(facts.picture_error)
        found.append(Line(text("status.picture_stays", error=error) if facts.has_avatar else error, trouble=True))
    if not (facts.picture_error and facts.phase == NO_PICTURE):
        found.append(Line(_avatar(facts), facts.phase == WAITING or _is_silent(facts)))
    if facts.picture_note:
        found.append(Line(told(facts.picture_note)))
    if facts.face_box:
        found.append(Line(text("status.face_box")))
    found += [*_engine(facts), *map(Line, _load(facts) + _notes(facts))]
    if building := facts.handover or engine_build.sentence(facts.statistics):
        found.append(Line(building))
    # the tracker is heard of first
    return found + [Line(words, facts.tracker_trouble and not at) for at, words in enumerate(facts.senses)]


def _avatar(facts: Facts) -> str:
    key = facts.phase
    if _is_silent(facts):
        key = "reading_silent" if key == READING else "silent_stays" if facts.has_avatar else "silent"
    elif key == PLAYING and facts.engine_ms >= 1:
        # a pose that the engine has just drawn costs it nothing: that is no figure worth showing
        key = "playing_cost"
    does = text(
        f"status.{key}",
        progress=told(facts.progress) or text("status.one_moment"),
        fps=round(facts.fps),
        limit=facts.fps_limit,
        ms=round(facts.engine_ms),
        silent=round(facts.silent_seconds),
        retry=max(1, round(facts.retry_seconds)),
    )
    late = [text("status.latency", ms=round(facts.latency_ms))] if facts.phase == PLAYING and facts.latency_ms else []
    slow = [text("status.slow")] if key == "playing_cost" and _is_slow(facts) else []
    return " ".join([does, *late, *slow])


def _is_slow(facts: Facts) -> bool:
    return facts.engine_ms >= _SLOW_MS and facts.fps < facts.fps_limit / 2


def _is_silent(facts: Facts) -> bool:
    return facts.phase in (READING, PLAYING) and facts.silent_seconds >= SILENT_SECONDS


def _load(facts: Facts) -> "list[str]":
    """One line: what the engine takes of the computer, and what is in the cache."""
    counters, plays = facts.statistics, facts.phase == PLAYING
    avatars = int(counters.get("avatars", 1))
    loads = []
    if plays and "cpu" in counters:  # of the process that they share
        key = "cpu_together" if avatars > 1 else "cpu"
        loads.append(text(f"status.{key}", percent=round(counters["cpu"]), count=avatars))
    loads += [text("status.gpu", percent=round(counters["gpu"]))] if plays and "gpu" in counters else []
    hits, misses, used = (float(counters.get(f"cacher_{name}", 0)) for name in ("hits", "misses", "bytes"))
    if hits + misses:
        fill = {"used": round(used / 2**20), "size": round(1024 * facts.cache_gb)}
        loads.append(text("status.cache", percent=round(100 * hits / (hits + misses)), **fill))
    return [" ".join(loads)] if loads else []


def _notes(facts: Facts) -> "list[str]":
    notes = facts.statistics.get("notes") or ()
    lately = [text("status.note", note=told(note)) for note in notes[:1]]
    return ([facts.cache_note] if facts.cache_note else []) + lately


def _engine(facts: Facts) -> "list[Line]":
    found = []
    if facts.engine_error:
        times = ("", "_once")[facts.restarts] if facts.restarts < 2 else "_times"
        words = text(f"status.trouble{times}", error=told(facts.engine_error), count=facts.restarts)
        found.append(Line(words, facts.phase == WAITING))
    asked_for = [part for part in facts.report if part.get("backend") != "off"]
    return found + [Line(_component(part), part.get("backend") == "absent") for part in asked_for]


def _component(part: "dict[str, Any]") -> str:
    """One line of the report: what draws the figure, for example, and why it isn't what was asked for."""
    name, backend = (str(part.get(key) or "") for key in ("component", "backend"))
    device, precision, why = (str(part.get(key) or "") for key in ("device", "precision", "why"))
    key = "absent" if backend == "absent" else "computed" if device else "kept"
    told_of = text(
        f"report.{key}",
        part=text(f"report.{name}"),
        backend=text(f"cache.{backend.lower()}") if key == "kept" else backend,
        device=device,
        precision=text(f"precision.{precision}") if precision in _PRECISIONS else told(precision),
    )
    return f"{told_of} {told(why)}".rstrip()
