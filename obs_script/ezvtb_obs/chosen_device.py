"""What computes the frames is chosen by its name: cards come and go, and their numbers change.

Earlier versions saved a number. It counts as it did, until an engine tells which device that is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ezvtb_obs.texts import text


def as_text(number: int) -> str:
    """The setting for a number that an earlier version saved; "" for 0, with which the engine chose by itself."""
    return str(number) if number > 0 else ""


def options(chosen: str) -> "dict[str, object]":
    """What the engine is told of it."""
    if chosen.isdecimal():
        return {"device_id": int(chosen)}
    return {"device_id": 0, "device_name": chosen} if chosen else {"device_id": 0}


def named(chosen: str, devices: "Iterable[Mapping[str, Any]]") -> str:
    """The name that takes the place of a number; "" where there is nothing to be replaced. `devices` are READY's."""
    names = (str(device["name"]) for device in devices if str(device["id"]) == chosen)
    return next(names, "")


def choices(chosen: str, devices: "Iterable[Mapping[str, Any]]") -> "list[tuple[str, str]]":
    """Of the panel's list: value and words. The chosen one, too, while there is none of that name."""
    names = [str(device["name"]) for device in sorted(devices, key=lambda device: int(device["id"]))]
    automatic = text("device.automatic_now", device=names[0]) if names else text("device.automatic")
    is_absent = bool(chosen) and not chosen.isdecimal() and chosen not in names
    absent = [(chosen, text("device.absent", name=chosen) if names else chosen)] if is_absent else []
    return [("", automatic), *((name, name) for name in names), *absent]
