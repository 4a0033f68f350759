"""Which runtime fails on which device again and again: an engine is to try everything else before it.

It is remembered as long as OBS runs and the engine's options stay as they are. An engine that fails so often gets a
process of its own, too: it shall not take the other avatars with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

OFTEN, WITHIN_SECONDS = 2, 60.0
"""So many failures in this time are too many: the first may be a driver that was updated or reset."""


class Unreliable:
    """Told of every failure; says what to avoid."""

    def __init__(self) -> None:
        self._options: Mapping[str, object] = {}
        self._failures: dict[str, list[float]] = {}
        self._avoided: list[str] = []
        self._moments: list[float] = []
        self._is_alone = False

    def avoided(self, options: "Mapping[str, object]") -> "tuple[str, ...]":
        """What an engine with these options shall avoid: "TensorRT on NVIDIA GeForce RTX 3060" """
        self._follow(options)
        return tuple(self._avoided)

    def is_alone(self, options: "Mapping[str, object]") -> bool:
        """Whether an engine with these options shall have a process of its own."""
        self._follow(options)
        return self._is_alone

    def failed(self, now: float, options: "Mapping[str, object]", report: "Iterable[Mapping[str, Any]]") -> None:
        """An engine with these options and this report (READY's; nothing before it) failed."""
        self._follow(options)
        self._moments = [*(moment for moment in self._moments if now - moment < WITHIN_SECONDS), now]
        self._is_alone |= len(self._moments) >= OFTEN
        for name in dict.fromkeys(f"{part['backend']} on {part['device']}" for part in report if part.get("device")):
            recent = [moment for moment in self._failures.get(name, []) if now - moment < WITHIN_SECONDS]
            self._failures[name] = [*recent, now]
            if len(recent) + 1 >= OFTEN and name not in self._avoided:
                self._avoided.append(name)

    def _follow(self, options: "Mapping[str, object]") -> None:
        if options != self._options:  # somebody wants something else
            self._options = dict(options)
            self._failures.clear()
            self._avoided.clear()
            self._moments, self._is_alone = [], False
