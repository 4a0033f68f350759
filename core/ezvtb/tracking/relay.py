"""A port that two programs of ours want, two OBS for instance: who has it passes on what comes to who asks.

The system gives a datagram to one socket only; of several that share a port (SO_REUSEADDR, SO_REUSEPORT) the others
hear nothing. So the second program asks at that very port, once a second. If the first is one of ours it answers, and
passes every packet on with the sender's address before it. Only programs of this computer may ask.
"""

import contextlib
import math
import socket
from collections.abc import Sequence

from ezvtb.tracking.following import Packet
from ezvtb.tracking.sockets import bind, waiting

_LOOPBACK = "127.0.0.1"
_ASK = b"EZVTB Avatar: who has this port, pass on what comes"
_PASSED_ON = b"EZVTB Avatar: passed on from "
"""Before "host:port", a line's end and the packet; alone it is the answer to who asks."""
_ASKED_SECONDS = 3.0
"""For so long an asking counts, and an answer."""


class Relay:
    """Of a port that we have: who asked for its packets."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._asked: dict[tuple[str, int], float] = {}

    def pass_on(self, packets: "Sequence[Packet]", now: float) -> "list[Packet]":
        """Passes packets on to who asked: those that are not such questions."""
        others = []
        for packet in packets:
            if packet.data != _ASK:
                others.append(packet)
            elif packet.host == _LOOPBACK:
                self._asked[packet.host, packet.port] = now
                self._send(_PASSED_ON, (packet.host, packet.port))
        for address in self._hearers(now):
            for packet in others:
                self._send(_PASSED_ON + f"{packet.host}:{packet.port}\n".encode() + packet.data, address)
        return others

    def is_heard(self, now: float) -> bool:
        """Whether somebody has asked lately."""
        return bool(self._hearers(now))

    def _hearers(self, now: float) -> "list[tuple[str, int]]":
        self._asked = {address: at for address, at in self._asked.items() if now - at <= _ASKED_SECONDS}
        return list(self._asked)

    def _send(self, data: bytes, address: "tuple[str, int]") -> None:
        with contextlib.suppress(OSError):  # it doesn't read as fast as packets come, or has just ended
            self._socket.sendto(data, address)


class BorrowedPort:
    """A port that another program has, and what that passes on if it is one of ours.

    TrackingError if there is no socket for it. Dropping it is as good as `close`.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = bind(_LOOPBACK, 0)
        self._answered = -math.inf

    def ask(self) -> None:
        """To be called about once a second."""
        with contextlib.suppress(OSError):  # then there is no answer
            self.socket.sendto(_ASK, (_LOOPBACK, self.port))

    def packets(self, now: float) -> "list[Packet]":
        """What was passed on since the last call, as it came from its senders. OSError if the system can't read it."""
        found = []
        for packet in waiting(self.socket):
            if (packet.host, packet.port) != (_LOOPBACK, self.port) or not packet.data.startswith(_PASSED_ON):
                continue
            self._answered = now
            sender, _, data = packet.data[len(_PASSED_ON) :].partition(b"\n")
            host, _, port = sender.decode("ascii", "replace").rpartition(":")
            if host and port.isdigit():
                found.append(Packet(data, host, int(port)))
        return found

    def answers(self, now: float) -> bool:
        """Whether the program that has the port is one of ours, and passes packets on."""
        return now - self._answered <= _ASKED_SECONDS

    def close(self) -> None:
        """Asks no more."""
        self.socket.close()

    def __del__(self) -> None:
        if hasattr(self, "socket"):
            self.close()
