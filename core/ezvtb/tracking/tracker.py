"""The UDP listener of one address: packets in, a pose for any moment out."""

import errno
import socket
import threading
import time
from typing import Optional

from ezvtb.errors import ParseError, TrackingError
from ezvtb.tracking import pose
from ezvtb.tracking.blend import Blend
from ezvtb.tracking.idle import Idle
from ezvtb.tracking.protocols import raw

_LARGEST_PACKET = 65535
_POLL_SECONDS = 0.2
"""How often the receiving thread looks whether it shall stop."""

_MOST_AT_ONCE = 256
"""Packets taken before the newest is followed: a flood faster than we read must not hold us up."""


class Tracker:
    """Receives poses on one UDP address and answers with the pose of the moment, idle motion included.

    A thread of its own receives; of the packets that lie in the socket only the newest is parsed, so a flood
    makes no backlog. What is no pose is counted and dropped.
    """

    def __init__(self, host: str, port: int, idle: bool = True) -> None:
        self.host, self.port = host, port
        self.idle = idle
        """Whether the character moves by itself while nobody tracks; may be changed at any time."""
        self.accepted = 0
        """Packets that held a pose."""
        self.dropped = 0
        """Packets that didn't."""
        self.last_drop = ""
        """Why the last of those was dropped: a sentence."""
        self._sender = ""
        self._rate = _Rate()
        self._idle = Idle()
        self._blend = Blend()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._socket: Optional[socket.socket] = None
        self._thread: Optional[threading.Thread] = None

    def open(self) -> None:
        """Starts to listen. TrackingError if the address can't be bound; with port 0 the system picks one."""
        sock = None
        try:
            if not 0 <= self.port <= 65535:  # some systems take the remainder and bind that
                raise OverflowError(f"there is no port {self.port}")
            # numbers only: to look a name up may take seconds, and OBS would wait
            host = "127.0.0.1" if self.host == "localhost" else self.host
            flags = socket.AI_NUMERICHOST | socket.AI_PASSIVE
            address = socket.getaddrinfo(host, self.port, type=socket.SOCK_DGRAM, flags=flags)[0]
            sock = socket.socket(address[0], socket.SOCK_DGRAM)
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # Windows: else two programs share a port
            if exclusive is not None:
                sock.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            sock.bind(address[4])
        except (OSError, OverflowError, UnicodeError) as error:
            if sock is not None:
                sock.close()
            raise _bind_error(self.host, self.port, error) from error
        self.port = sock.getsockname()[1]
        sock.settimeout(_POLL_SECONDS)
        self._socket = sock
        self._stop.clear()
        self._thread = threading.Thread(target=self._receive, args=(sock,), name="ezvtb-tracker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops to listen and waits for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5 * _POLL_SECONDS)
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def pose(self, now: float) -> "list[float]":
        """The 45 values to show at `now` (seconds of `time.monotonic`): tracked, idle, or on the way between."""
        idle = self._idle.pose(now) if self.idle else pose.neutral()
        with self._lock:
            return self._blend.pose(idle, now)

    def status(self, now: float) -> str:
        """One sentence for the streamer: where we listen, who sends, how often, what was wrong."""
        where = f"{self.host}:{self.port}"
        if self._socket is None:
            return f"Not listening on {where}."
        with self._lock:
            live, rate, sender = self._blend.is_live(now), self._rate.per_second(now), self._sender
            accepted, dropped, last_drop = self.accepted, self.dropped, self.last_drop
        if live:
            text = f"Tracked by {sender} on {where}, {rate:.0f} poses a second."
        elif accepted:
            text = f"Listening on {where}; {sender} has gone silent."
        else:
            text = f"Listening on {where}; no pose has come yet."
        if not live:
            text += " Idle motion." if self.idle else " The character rests."
        return text + (f" {dropped} packets dropped: {last_drop}" if dropped else "")

    def _receive(self, sock: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                packets = _waiting(sock)
            except socket.timeout:  # before Python 3.10 it is not TimeoutError
                continue
            except OSError as error:
                self._drop(f"the system says: {error.strerror or error}.")
                self._stop.wait(_POLL_SECONDS)
                continue
            self._follow_newest(packets, time.monotonic())

    def _follow_newest(self, packets: "list[tuple[bytes, str]]", now: float) -> None:
        """Follows the newest of the packets that holds a pose; older ones aren't even parsed."""
        for number, (packet, sender) in enumerate(reversed(packets)):
            try:
                values = raw.parse(packet).pose or pose.neutral()
            except ParseError as error:
                self._drop(f"from {sender}: {error.message}")
                continue
            with self._lock:
                self._blend.feed(values, now)
                self._rate.count(now, len(packets) - number)
                self.accepted += len(packets) - number
                self._sender = sender
            return

    def _drop(self, why: str) -> None:
        with self._lock:
            self.dropped += 1
            self.last_drop = why


class _Rate:
    """Events a second, over the last full second or so."""

    def __init__(self) -> None:
        self._since, self._count, self._rate, self._last = 0.0, 0, 0.0, 0.0

    def count(self, now: float, events: int) -> None:
        self._count += events
        self._last = now
        if now - self._since >= 1:
            self._rate = self._count / (now - self._since) if now - self._since < 5 else float(self._count)
            self._since, self._count = now, 0

    def per_second(self, now: float) -> float:
        return self._rate if now - self._last < 2 else 0.0


def _waiting(sock: socket.socket) -> "list[tuple[bytes, str]]":
    """Waits for a packet, then takes what else already lies there: (packet, its sender's address), oldest first."""
    packets: list[tuple[bytes, str]] = []
    try:
        while len(packets) < _MOST_AT_ONCE:
            packet, address = sock.recvfrom(_LARGEST_PACKET)
            packets.append((packet, f"{address[0]}:{address[1]}"))
            sock.setblocking(False)
    except BlockingIOError:
        pass  # that was the newest
    finally:
        sock.settimeout(_POLL_SECONDS)
    return packets


def _bind_error(host: str, port: int, error: Exception) -> TrackingError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE or getattr(error, "winerror", None) == 10013:
        return TrackingError(
            f"UDP port {port} is already used by another program.",
            "Close that program, or choose another port here and in the tracker.",
        )
    if number == errno.EACCES:
        return TrackingError(f"The system forbids UDP port {port}.", "Choose a port from 1024 to 65535.")
    return TrackingError(
        f"{host}:{port} can't be listened on: {getattr(error, 'strerror', None) or error}.",
        "Use 127.0.0.1 for a tracker on this computer, or 0.0.0.0 for one elsewhere, and a port from 1024 to 65535.",
    )
