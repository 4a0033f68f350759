"""Sends packets again at the moments at which they came."""

import argparse
import socket
import time
from collections.abc import Iterable
from typing import NamedTuple

from ezvtb.errors import TrackingError
from ezvtb.tracking.protocols.raw import DEFAULT_PORT

Address = tuple[str, int]
DEFAULT_TO: Address = ("127.0.0.1", DEFAULT_PORT)
"""Where the avatar listens unless it is told otherwise."""


class Sent(NamedTuple):
    """What went out."""

    packets: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.packets} packet{'' if self.packets == 1 else 's'} in {self.seconds:.1f} s"


def address(text: str) -> Address:
    """(host, port) of `host:port`, for argparse."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT, such as 127.0.0.1:{DEFAULT_PORT}")
    return host, int(port)


def send(packets: "Iterable[tuple[float, bytes]]", to: Address, speed: float = 1.0) -> Sent:
    """Sends each packet over UDP when its seconds since the start, divided by `speed`, have gone by.

    TrackingError if the address can't be sent to.
    """
    count = 0
    start = time.perf_counter()
    try:
        family, kind, _, _, place = socket.getaddrinfo(*to, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as sock:
            for seconds, data in packets:
                time.sleep(max(0.0, start + seconds / speed - time.perf_counter()))
                sock.sendto(data, place)
                count += 1
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise TrackingError(f"Nothing can be sent to {to[0]}:{to[1]}: {why}.", "Check the address.") from error
    return Sent(count, time.perf_counter() - start)
