"""The ports that trackers send to."""

import contextlib
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ezvtb.doctor.finding import Finding, Problem
from ezvtb.doctor.obs import avatars
from ezvtb.doctor.ports import owner
from ezvtb.errors import TrackingError
from ezvtb.setup import user_obs
from ezvtb.tracking.endpoint import ANY_TRACKER, THIS_COMPUTER, USUAL_PORTS, Endpoint
from ezvtb.tracking.protocols import PROTOCOLS
from ezvtb.tracking.sockets import bind

_RESERVED = "Windows may keep it for itself: `netsh int ipv4 show excludedportrange protocol=udp` lists such ports."


def check() -> Finding:
    """Whether the ports can be listened on, on which the avatars in OBS are to, or a new one would."""
    endpoints = {endpoint_of(settings) for settings in avatars()} or {Endpoint()}
    return examine(endpoints, owner, running=user_obs.is_running())


def endpoint_of(settings: "Mapping[str, Any]") -> Endpoint:
    """Where an avatar with these settings listens; OBS keeps only what isn't the default."""
    port = settings.get("port", USUAL_PORTS)
    return Endpoint(
        str(settings.get("address", "")).strip() or THIS_COMPUTER,
        port if isinstance(port, int) else USUAL_PORTS,
        str(settings.get("tracker", ANY_TRACKER)),
        str(settings.get("phone", "")).strip(),
    )


def examine(endpoints: "Iterable[Endpoint]", owner_of: Callable[[int], str], running: bool) -> Finding:
    """Tries to listen as these endpoints do; `running`: OBS is, and may listen already."""
    problems: list[Problem] = []
    taken: dict[int, str] = {}
    free: list[int] = []
    ports = dict.fromkeys((each.bound_host, port) for each in endpoints for port in each.ports)
    for host, port in ports:
        try:
            with contextlib.closing(bind(host, port, socket.SOCK_DGRAM)):
                free.append(port)
        except TrackingError as error:
            name = owner_of(port)
            taken[port] = name
            if not _is_ours(name, running):
                problems.append(_problem(error, port, name))
    facts = [f"free: {', '.join(map(_named, dict.fromkeys(free)))}"] if free else []
    ours = [port for port, name in taken.items() if _is_ours(name, running)]
    if ours:
        facts.append(f"OBS listens on: {', '.join(map(_named, ours))}")
    return Finding(facts, problems)


def _is_ours(name: str, running: bool) -> bool:
    return running and name.lower() in ("obs", "obs64.exe")


def _problem(error: TrackingError, port: int, name: str) -> Problem:
    if name:
        remedy = f"Close {name}, or choose another port in the avatar's properties and in the tracker."
        return Problem(f"UDP port {_named(port)} is taken by {name}.", remedy)
    more = f" {_RESERVED}" if sys.platform == "win32" else ""
    return Problem(error.message, error.remedy + more)


def _named(port: int) -> str:
    names = dict.fromkeys(each.name for each in PROTOCOLS if port in each.ports and not each.by_choice)
    return f"{port} ({', '.join(names)})" if names else str(port)
