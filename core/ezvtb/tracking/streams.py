"""Phones that connect by TCP: their streams, cut into packets."""

import selectors
import socket
from typing import Optional

from ezvtb.tracking.following import Packet
from ezvtb.tracking.protocols.ifacialmocap import split

STREAM_PORT = 49986
"""Where iFacialMocap and Facemotion3D connect to when they were asked for TCP (ifacialmocap.com/for-developer)."""

_MOST_CONNECTIONS = 8
_CHUNK = 65536
_LONGEST_PACKET = 65536
"""Bytes without an end of packet after which a stream is taken for something else."""


class Streams:
    """The connections to one listening socket. Used by the receiving thread alone."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._connections: dict[socket.socket, tuple[str, int, bytes]] = {}
        """Host, port and the beginning of the next packet; the connection that has been silent longest is the first."""
        self._selector: Optional[selectors.BaseSelector] = None

    def register(self, selector: selectors.BaseSelector) -> None:
        """Has the selector tell of new connections and of what comes in by them."""
        self._selector = selector
        for each in (self._listening, *self._connections):
            selector.register(each, selectors.EVENT_READ)

    def read(self, ready: object) -> "list[Packet]":
        """Takes what has come by the socket that is ready: whole packets, oldest first."""
        if ready is self._listening:
            self._accept()
        elif isinstance(ready, socket.socket) and ready in self._connections:
            return self._read(ready)
        return []

    def close(self) -> None:
        """Ends all connections, and the socket that takes new ones."""
        for each in (*self._connections, self._listening):
            each.close()
        self._connections.clear()

    def _accept(self) -> None:
        try:
            connection, address = self._listening.accept()
        except BlockingIOError:
            return  # it has gone again
        if self._selector is None:
            connection.close()
            return
        if len(self._connections) >= _MOST_CONNECTIONS:  # a phone that left its network never said goodbye
            self._end(next(iter(self._connections)))
        connection.setblocking(False)
        self._connections[connection] = (str(address[0]), int(address[1]), b"")
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> "list[Packet]":
        try:
            chunk = connection.recv(_CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            chunk = b""  # a connection that breaks has ended
        host, port, rest = self._connections.pop(connection)
        packets, rest = split(rest + chunk)
        self._connections[connection] = (host, port, rest)  # behind all others
        if not chunk or len(rest) > _LONGEST_PACKET:
            self._end(connection)
        return [Packet(each, host, port) for each in packets]

    def _end(self, connection: socket.socket) -> None:
        del self._connections[connection]
        if self._selector is not None:
            self._selector.unregister(connection)
        connection.close()
