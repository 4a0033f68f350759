"""Devices that come and go, for engine processes: the null backend on the cards that the file EZVTB_CARDS names.

An engine process imports it before all else.
"""

import os
from pathlib import Path

from ezvtb import backends, chosen_device
from ezvtb.backends import devices
from ezvtb.backends.devices import Device, Listing
from ezvtb.backends.null import NullBackend

CARDS = Path(os.environ["EZVTB_CARDS"])


class Card(NullBackend):
    """One of them, or the CPU."""

    def __init__(self, number: int, half: bool) -> None:
        super().__init__(number, half)
        self.device = find().devices[number].name


def find() -> Listing:
    """The cards now, and the CPU."""
    names = [*filter(None, CARDS.read_text("utf-8").split("\n")), "The CPU"]
    return Listing([Device(name, 0, {"directml": number}) for number, name in enumerate(names)], [])


backends.KINDS["directml"] = backends.Kind(__name__, Card.__name__)
backends.PREFERENCE = ("directml",)
devices.find = find
chosen_device.LOOK_SECONDS = 0.2
