"""Phones that send only when asked: what to send them, and when."""

import ipaddress
from collections.abc import Sequence
from typing import Optional

from ezvtb.errors import TrackingError
from ezvtb.tracking.protocols.protocol import Protocol, Request


class Phone:
    """The requests to one phone; those of all its possible apps, until one of them answers."""

    def __init__(self, address: str, protocols: "Sequence[Protocol]", port: int) -> None:
        """`port` is ours, to which the phone shall send. TrackingError if the address is none."""
        try:
            self.address = str(ipaddress.IPv4Address(address))
        except ValueError:
            raise TrackingError(
                f"{address!r} is no phone's address.",
                "It is four numbers such as 192.168.1.20; the tracking app on the phone shows it.",
            ) from None
        asked = [each for each in protocols if each.requests is not None]
        self.apps = [each.name for each in asked]
        """The names of the apps that are asked."""
        # MeowFace wants the very request of VTube Studio
        unique = {request: each for each in reversed(asked) if each.requests for request in each.requests(port)}
        self._due: list[tuple[Protocol, Request, float]] = [
            (protocol, request, float("-inf")) for request, protocol in reversed(unique.items())
        ]

    def due(self, now: float, live: Optional[Protocol]) -> "list[Request]":
        """What is to be sent now, while packets of the `live` protocol come, or none do."""
        requests = []
        for index, (protocol, request, sent) in enumerate(self._due):
            wanted = live is None or (request.always and live.requests is protocol.requests)
            if wanted and now - sent >= request.seconds:
                requests.append(request)
                self._due[index] = (protocol, request, now)
        return requests
