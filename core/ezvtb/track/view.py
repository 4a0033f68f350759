"""What the terminal shows: pure functions from what is known at a moment to lines of text."""

import textwrap
from collections.abc import Sequence
from typing import NamedTuple, Optional

from ezvtb.tracking import pose
from ezvtb.tracking.face import Face


class Moment(NamedTuple):
    """All that is shown at once."""

    status: str
    """The receiver's sentences: where it listens, who sends, how often, what was dropped and why."""
    face: Optional[Face]
    """The newest; None while nobody sends one."""
    pose: "Sequence[float]"
    """The 45 values."""
    recording: str = ""
    """A sentence; empty where nothing is recorded."""


class Style(NamedTuple):
    """How to draw: escape sequences, and the characters of a bar."""

    title: str = ""
    bar: str = ""
    dim: str = ""
    end: str = ""
    full: str = "#"
    left_half: str = "#"
    right_half: str = "#"
    rest: str = "."
    middle: str = "|"


PLAIN = Style()
BLOCKS = Style(full="█", left_half="▌", right_half="▐", rest="░", middle="│")
COLOURED = BLOCKS._replace(title="\x1b[1m", bar="\x1b[36m", dim="\x1b[2m", end="\x1b[0m")


class Row(NamedTuple):
    """One line of a group: a label, and one value, or the left and the right one."""

    label: str
    names: "tuple[str, ...]"


class Group(NamedTuple):
    """Rows under a title."""

    title: str
    rows: "tuple[Row, ...]"


def _pair(label: str, name: str) -> Row:
    return Row(label, (f"{name}_left", f"{name}_right"))


COLUMNS = (
    (
        Group("Eyebrows", tuple(_pair(kind, f"eyebrow_{kind}") for kind in
                                ("troubled", "angry", "lowered", "raised", "happy", "serious"))),
        Group("Eyes", (*(_pair(kind.replace("_", " "), f"eye_{kind}") for kind in
                         ("wink", "happy_wink", "surprised", "relaxed", "unimpressed")),
                       _pair("lower lid", "eye_raised_lower_eyelid"), _pair("small iris", "iris_small"),
                       Row("look up", ("iris_rotation_x",)), Row("look right", ("iris_rotation_y",)))),
    ),
    (
        Group("Mouth", (*(Row(kind, (f"mouth_{kind}",)) for kind in
                          ("aaa", "iii", "uuu", "eee", "ooo", "delta", "smirk")),
                        _pair("corner down", "mouth_lowered_corner"), _pair("corner up", "mouth_raised_corner"))),
        Group("Head and body", (Row("head up", ("head_x",)), Row("head right", ("head_y",)),
                                Row("tilt right", ("neck_z",)), Row("body right", ("body_y",)),
                                Row("body tilt", ("body_z",)), Row("breathing", ("breathing",)))),
    ),
)  # fmt: skip
"""Where each of the 45 values stands. Left and right are the character's own."""

TWO_COLUMNS = 72
"""Characters of width from which the columns stand side by side."""
_WIDEST = 120
_LABEL, _NUMBER = 12, 5
_HEAD_LINES = 7
_VISIBLE = 0.005
"""Smaller values are shown as 0.00."""


def screen(moment: Moment, width: int, height: int, style: Style = PLAIN) -> "list[str]":
    """The lines of a terminal of this size: at most `height`, each at most `width` characters wide (from 30 on)."""
    width = min(width, _WIDEST)
    across = width if width < TWO_COLUMNS else (width - 2) // 2
    columns = [[row for group in column for row in _group(group, moment.pose, across, style)] for column in COLUMNS]
    if width < TWO_COLUMNS:
        rows = [row for column in columns for row in column]
    else:
        rows = [f"{left}  {right}" for left, right in zip(*columns)]
    room = min(_HEAD_LINES, max(2, height - len(rows)))
    head = _head(moment, width, style)[:room]
    lines = head + [""] * (room - len(head)) + rows  # the bars stay in place when there is more to say above them
    if len(lines) > height:
        lines = [*lines[: height - 1], f"... {len(lines) - height + 1} more lines: enlarge the window."[:width]]
    return lines[:height]


def line(moment: Moment) -> str:
    """The moment in one line, for a pipe or a log: what is said of the tracker, the head, and every value but zeros."""
    values = (f"{name}={value:.2f}" for name, value in zip(pose.NAMES, moment.pose) if abs(value) >= _VISIBLE)
    said = (moment.status, moment.recording, seen(moment.face), " ".join(values) or "All values are zero.")
    return " ".join(each for each in said if each)


def _head(moment: Moment, width: int, style: Style) -> "list[str]":
    """What is seen comes first: where there is no room, the end is left out."""
    lines = [_paint(seen(moment.face)[:width], style.title, style)]
    lines += textwrap.wrap(moment.recording, width, max_lines=2)
    return lines + textwrap.wrap(moment.status, width)


def seen(face: Optional[Face]) -> str:
    """What the tracker sees, as a sentence."""
    if face is None:
        return "No face: the character moves by itself."
    if not face.found:
        return "The tracker sees no face."
    if face.pose is not None:
        return "Whole poses: nothing is mapped."
    said = [f"{len(face.shapes)} blend shapes"] if face.shapes else []
    said += ["vowels"] if face.vowels else []
    if face.head:
        turns = zip(face.head, (("up", "down"), ("right", "left"), ("tilted right", "tilted left")))
        said.append("head " + ", ".join(f"{abs(angle):.1f}° {_way(angle, ways)}" for angle, ways in turns))
    if face.gaze:
        looks = zip(face.gaze, (("up", "down"), ("right", "left")))
        said.append("gaze " + ", ".join(f"{abs(share):.0%} {_way(share, ways)}" for share, ways in looks))
    return f"Face found: {'; '.join(said) or 'but nothing that moves anything'}."


def _way(value: float, ways: "tuple[str, str]") -> str:
    return ways[value < 0]


def _group(group: Group, values: "Sequence[float]", width: int, style: Style) -> "list[str]":
    title = group.title.ljust(_LABEL + 1)
    cell = (width - _LABEL - 1) // 2
    if any(len(row.names) == 2 for row in group.rows):
        title += "left".ljust(cell) + "right"
    return [_paint(title.ljust(width)[:width], style.title, style)] + [
        _row(row, values, width, style) for row in group.rows
    ]


def _row(row: Row, values: "Sequence[float]", width: int, style: Style) -> str:
    label = row.label.ljust(_LABEL)[:_LABEL]
    space = width - _LABEL
    wide = space // len(row.names)
    cells = "".join(_cell(values[pose.INDEX[name]], name, wide, style) for name in row.names)
    return label + cells + " " * (space - wide * len(row.names))


def _cell(value: float, name: str, width: int, style: Style) -> str:
    """One value as a number and a bar, `width` characters wide; from the middle where it can be negative."""
    signed = pose.LOWEST[pose.INDEX[name]] < 0
    number = f"{value:+.2f}" if signed and abs(value) >= _VISIBLE else f"{abs(value):.2f}"
    length = max(1, width - _NUMBER - 2)
    bar = _signed_bar(value, length, style) if signed else _bar(value, length, style)
    escape = style.bar if abs(value) >= _VISIBLE else style.dim
    return " " + _paint(f"{number:>{_NUMBER}} {bar}", escape, style)


def _bar(value: float, length: int, style: Style, half: str = "") -> str:
    """Fills from the left, in steps of half a character."""
    halves = round(min(1.0, max(0.0, value)) * length * 2)
    filled = style.full * (halves // 2) + (half or style.left_half) * (halves % 2)
    return filled + style.rest * (length - len(filled))


def _signed_bar(value: float, length: int, style: Style) -> str:
    """Fills from the middle, to the right if positive."""
    side = (length - 1) // 2
    left = _bar(-value, side, style, style.right_half)[::-1]
    return (left + style.middle + _bar(value, side, style)).ljust(length)


def _paint(text: str, escape: str, style: Style) -> str:
    return f"{escape}{text}{style.end}" if escape else text
