"""The build of TensorRT's engines as the panel has it: how it stands, and its two buttons."""

from collections import deque
from collections.abc import Mapping
from typing import Any, Callable, Optional

from ezvtb_obs.engine_client import EngineClient
from ezvtb_obs.sentences import told
from ezvtb_obs.texts import text

STOP, GO_ON = "stop_building", "go_on_building"
BUTTONS = (STOP, GO_ON)

RUNNING, CANCELLED, FAILED = "running", "cancelled", "failed"
"""Its states, as the engine names them; a build that ended well is none of them."""


class EngineBuild:
    """What was clicked, on its way to the engine."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` has the driver's thread call `follow` soon."""
        self._wake = wake
        self._clicked: deque[str] = deque()
        self._state = ""

    def click(self, button: str) -> None:
        """One of its buttons was clicked. Any thread."""
        self._clicked.append(button)
        self._wake()

    def follow(self, engine: Optional[EngineClient]) -> bool:
        """Tells the engine what was clicked; whether the state isn't that of the last call. The driver's thread.

        `engine` is ready, or None while there is none: then what was clicked waits for it.
        """
        while engine is not None and self._clicked:
            engine.build(go_on=self._clicked.popleft() == GO_ON)
        former, self._state = self._state, state(engine.statistics) if engine is not None else ""
        return self._state != former


def state(statistics: "Mapping[str, Any]") -> str:
    """How the engine with these statistics says that its build stands; "" where there is none."""
    return str((statistics.get("build") or {}).get("state", ""))


def sentence(statistics: "Mapping[str, Any]") -> str:
    """What to tell the user of it; "" where there is nothing to tell."""
    build = statistics.get("build") or {}
    words = {
        RUNNING: _progress(build),
        CANCELLED: text("status.build_cancelled"),
        FAILED: text("status.build_failed", error=told(str(build.get("error", "")))),
    }
    return words.get(state(statistics), "")


def _progress(build: "Mapping[str, Any]") -> str:
    network, networks, left = (build.get(name) for name in ("network", "of", "seconds_left"))
    if network is None:
        return text("status.build_begins")
    if left is None:
        return text("status.build_at", network=network, of=networks)
    return text("status.build_left", network=network, of=networks, minutes=max(1, round(left / 60)))
