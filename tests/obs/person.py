"""Somebody before a tracker, and the avatar that follows them."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ezvtb.tracking import pose
from repeating import repeated
from tracking.protocols import encoders

from .journal import Journal
from .stage import AVATAR, Stage, until

Pose = dict[str, float]

SHAPES = {
    "eyeBlinkLeft": 0.45,  # so much more than the right one's is a wink
    "eyeBlinkRight": 0.0,
    "browOuterUpLeft": 0.4,
    "browDownRight": 0.2,
    "mouthSmileLeft": 0.3,
    "mouthSmileRight": 0.3,
    "eyeLookUpLeft": 0.3,
    "eyeLookUpRight": 0.3,
    "jawOpen": 0.0,
}
ROTATION = (-4.0, -6.0, 3.0)
"""VTube Studio's. 4 degrees to the person's right, 6 up, 3 tilted."""


class Person:
    """Somebody whom VTube Studio sees, 30 times a second, always with the same face."""

    def __init__(self, sender: socket.socket, host: str, port: int) -> None:
        self._sender = sender
        self._count = 0
        self.there(host, port)

    def there(self, host: str, port: int) -> None:
        """Is seen there, and turned as usual."""
        self.to = (host, port)
        self.rotation = ROTATION
        self.is_there = True

    def send(self) -> None:
        """One packet."""
        self._count += 1
        # never quite the same: that would be a frozen tracker
        yaw, pitch, roll = self.rotation
        if self.is_there:
            shapes = {encoders.pascal(name): value for name, value in SHAPES.items()}
            self._sender.sendto(encoders.vtubestudio(shapes, (yaw, pitch, roll + self._count % 2 / 1000)), self.to)


@contextmanager
def seen(host: str, port: int) -> Iterator[Person]:
    """Meanwhile somebody is seen there."""
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        person = Person(sender, host, port)
        with repeated(person.send, 1 / 30):
            yield person


class Set(NamedTuple):
    """The avatar, and what the rows ask of it."""

    stage: Stage
    journal: Journal
    person: Person
    folder: Path

    def choose(self, **values: Any) -> None:
        self.stage.obs.websocket.set_input_settings(AVATAR, values, True)

    def settings(self) -> "dict[str, Any]":
        found: dict[str, Any] = self.stage.obs.websocket.get_input_settings(AVATAR).input_settings
        return found

    def press(self, button: str) -> None:
        self.stage.obs.websocket.press_input_properties_button(AVATAR, button)

    def hotkey(self, name: str) -> None:
        self.stage.obs.websocket.trigger_hot_key_by_name(f"ezvtb_avatar.{name}")

    def pose(self, fits: "Callable[[Pose], bool]" = lambda _: True) -> Pose:
        """The next pose for the engine that fits."""

        def named(values: "list[float]") -> Pose:
            return dict(zip(pose.NAMES, values))

        return named(self.journal.wait("pose", lambda values: fits(named(values))))

    def poses(self, seconds: float) -> "list[Pose]":
        """All poses for the engine of that time from now on."""
        self.journal.entries()
        time.sleep(seconds)
        return [dict(zip(pose.NAMES, each.content)) for each in self.journal.entries() if each.what == "pose"]

    def told(self, words: str) -> None:
        """Waits for these words in the status."""
        until(lambda: words in self.stage.status(), f"the status doesn't say {words!r}")
