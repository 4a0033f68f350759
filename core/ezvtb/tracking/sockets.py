"""The sockets that trackers send to: bound with a clear word when that fails, and read without waiting."""

import errno
import socket
from typing import Optional

from ezvtb.errors import TrackingError
from ezvtb.tracking.following import Packet

_LARGEST_PACKET = 65535
_MOST_AT_ONCE = 1024
"""Packets taken from one socket at a time: a flood faster than we read must not hold us up."""


class PortTaken(TrackingError):
    """Another program listens there."""


def bind(host: str, port: int, kind: int = socket.SOCK_DGRAM) -> socket.socket:
    """A socket that doesn't wait, bound there (port 0: the system picks one). TrackingError if that can't be."""
    made: Optional[socket.socket] = None
    try:
        if not 0 <= port <= 65535:  # some systems take the remainder and bind that
            raise OverflowError(f"there is no port {port}")
        # numbers only: to look a name up may take seconds, and OBS would wait
        numbers = "127.0.0.1" if host == "localhost" else host
        flags = socket.AI_NUMERICHOST | socket.AI_PASSIVE
        address = socket.getaddrinfo(numbers, port, type=kind, flags=flags)[0]
        made = socket.socket(address[0], kind)
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # Windows: else two programs share a port
        if exclusive is not None:
            made.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        elif kind == socket.SOCK_STREAM:  # else Linux keeps the port for a minute after its last connection
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address[4])
        if kind == socket.SOCK_STREAM:
            made.listen()
        made.setblocking(False)
    except (OSError, OverflowError, UnicodeError) as error:
        if made is not None:
            made.close()
        raise _bind_error(host, port, kind, error) from error
    return made


def waiting(sock: socket.socket) -> "list[Packet]":
    """The datagrams that lie in the socket, oldest first. OSError if the system can't read it."""
    packets: list[Packet] = []
    while len(packets) < _MOST_AT_ONCE:
        try:
            data, address = sock.recvfrom(_LARGEST_PACKET)
        except BlockingIOError:
            break
        except ConnectionResetError:
            continue  # Windows: the phone that a request went to has nobody listening
        packets.append(Packet(data, str(address[0]), int(address[1])))
    return packets


def _bind_error(host: str, port: int, kind: int, error: Exception) -> TrackingError:
    number = error.errno if isinstance(error, OSError) else None
    protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    if number == errno.EADDRINUSE or getattr(error, "winerror", None) == 10013:
        return PortTaken(
            f"{protocol} port {port} is already used by another program.",
            "Close that program, or choose another port here and in the tracker.",
        )
    if number == errno.EACCES:
        return TrackingError(f"The system forbids {protocol} port {port}.", "Choose a port from 1024 to 65535.")
    return TrackingError(
        f"{host}:{port} can't be listened on: {getattr(error, 'strerror', None) or error}.",
        "Use 127.0.0.1 for a tracker on this computer, or 0.0.0.0 for one elsewhere, and a port from 1024 to 65535.",
    )
