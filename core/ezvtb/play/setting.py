"""The settings of an avatar in OBS, by name and as text."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ezvtb_obs.settings import DEFAULTS, RANGES, Settings

_ONLY_IN_OBS = {name for name in DEFAULTS if name.startswith("microphone")}
"""They name an audio source of OBS."""
_NOTES = {"calibrated", "chosen_by_itself", "fits"}
"""What the panel in OBS notes for itself."""
NAMES = sorted(DEFAULTS.keys() - _ONLY_IN_OBS - _NOTES)
_PATHS = ("picture", "cache_path")
_YES, _NO = ("on", "yes", "true", "1"), ("off", "no", "false", "0")


def setting(text: str) -> "tuple[str, Any]":
    """Name and value of `name=value`, for argparse, which says what is allowed where it isn't."""
    name, equals, given = (part.strip() for part in text.partition("="))
    if name in _ONLY_IN_OBS:
        raise argparse.ArgumentTypeError(f"{name} is for an audio source of OBS, and there is no OBS here")
    if not equals or name not in NAMES:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE with a name that --list shows")
    value = _read(name, given)
    if value is None:
        raise argparse.ArgumentTypeError(f"{name} is {allowed(name)}, not {given!r}")
    return name, value


def settings(values: "Iterable[tuple[str, Any]]") -> Settings:
    """Settings with these values, and defaults for the others. The engine has another working folder than the user."""
    given = dict(values)
    return Settings(**given | {name: str(Path(given[name]).absolute()) for name in _PATHS if given.get(name)})


def allowed(name: str) -> str:
    """What a setting may be, in words."""
    limits, kind = RANGES[name], type(DEFAULTS[name])
    if kind is bool:
        return "on or off"
    if limits.choices:
        return "one of " + ", ".join(str(each) if each != "" else "(empty)" for each in limits.choices)
    if kind is str:
        return "any text"
    return f"a number from {limits.lowest:g}" + (f" to {limits.highest:g}" if limits.highest < float("inf") else " on")


def table() -> "list[str]":
    """A line for each setting: its name, its default, what it may be."""
    width = max(map(len, NAMES))
    return [f"{name:<{width}}  {_shown(DEFAULTS[name]):<10}  {allowed(name)}" for name in NAMES]


def _read(name: str, text: str) -> Any:
    """The value; None if it isn't allowed."""
    limits, kind = RANGES[name], type(DEFAULTS[name])
    if kind is bool:
        return True if text.lower() in _YES else False if text.lower() in _NO else None
    try:
        value = kind(text)
    except ValueError:
        return None
    if limits.choices:
        return value if value in limits.choices else None
    return value if kind is str or limits.lowest <= value <= limits.highest else None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
