"""The listener of one endpoint: packets in, the newest faces of one tracker out."""

import selectors
import socket
import threading
import time
from collections.abc import Sequence
from typing import Callable, Optional

from ezvtb.errors import TrackingError
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.following import Following, Packet, Received
from ezvtb.tracking.phone import Phone
from ezvtb.tracking.protocols.protocol import Protocol
from ezvtb.tracking.sockets import bind, waiting
from ezvtb.tracking.streams import STREAM_PORT, Streams

_POLL_SECONDS = 0.2
"""How often the thread looks whether it shall stop, and whether the phone must be asked again."""

_BREATHER_SECONDS = 0.005
"""At least so long lies between two readings: a flood is read in heaps, which costs little. A tracker that sends 60
times a second is never delayed by it."""


class Receiver:
    """Receives the packets of all trackers that send to one endpoint, and keeps the newest faces of the first.

    A thread of its own receives; any other may ask. What nobody understands is counted and dropped.
    """

    def __init__(self, endpoint: Endpoint, ports: "Optional[tuple[int, ...]]" = None) -> None:
        """Listens on the endpoint's ports, unless others are given: 0 is one that the system picks."""
        self.endpoint = endpoint
        self.ports = endpoint.ports if ports is None else ports
        """UDP ports: after `open` those that are really listened on."""
        self.refused: list[TrackingError] = []
        """Why some of the ports aren't listened on, after `open`."""
        self.on_packet: Optional[Callable[[bytes, str, float], None]] = None
        """Called by the receiving thread for every packet: its bytes, "host:port" of its sender, the moment."""
        self._following = Following(endpoint.protocols)
        self._phone: Optional[Phone] = None
        self._sockets: list[socket.socket] = []
        self._streams: Optional[Streams] = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def open(self) -> None:
        """Starts to listen; on some of several ports if others are taken. TrackingError if there is none."""
        host, self.refused = self.endpoint.bound_host, []
        for port in self.ports:
            try:
                self._sockets.append(bind(host, port))
            except TrackingError as error:
                self.refused.append(error)
        if not self._sockets:
            raise self.refused[0]
        self.ports = tuple(int(each.getsockname()[1]) for each in self._sockets)
        if self.endpoint.phone:
            self._expect_phone(host)
        self._stop.clear()
        self._thread = threading.Thread(target=self._receive, name="ezvtb-tracker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops to listen and waits for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5 * _POLL_SECONDS)
            self._thread = None
        self._close_sockets()

    @property
    def accepted(self) -> int:
        """How many packets of the followed tracker came."""
        return self._following.accepted

    @property
    def dropped(self) -> int:
        """How many packets nobody understood."""
        return self._following.dropped

    def faces(self, after: int) -> "list[Received]":
        """The newest faces with a number above `after`, oldest first; at most a handful."""
        with self._lock:
            return self._following.faces(after)

    def live_protocol(self, now: float) -> "Optional[Protocol]":
        """The protocol that packets come in at present; None: none come."""
        with self._lock:
            return self._following.live_protocol(now)

    def status(self, now: float) -> str:
        """Where we listen, who sends, how often, what was wrong: sentences for the streamer."""
        host = self.endpoint.bound_host
        several = len(self.ports) > 1
        where = f"{host}, UDP ports {', '.join(map(str, self.ports))}" if several else f"{host}:{self.ports[0]}"
        if not self._sockets:
            return f"Not listening on {where}."
        with self._lock:
            lines, live = self._following.sentences(now), self._following.live_protocol(now)
        lines.insert(1, f"Listening on {where}.")
        if self._phone and live is None:
            lines.append(f"The phone {self._phone.address} is asked to send ({', '.join(self._phone.apps)}).")
        lines += [error.message for error in self.refused]
        return " ".join(lines)

    def _expect_phone(self, host: str) -> None:
        try:
            self._phone = Phone(self.endpoint.phone, self.endpoint.protocols, self.ports[0])
            self._streams = Streams(bind(host, STREAM_PORT, socket.SOCK_STREAM))
        except TrackingError as error:
            self.refused.append(error)  # what comes unasked is heard all the same

    def _receive(self) -> None:
        with selectors.DefaultSelector() as selector:
            for each in self._sockets:
                selector.register(each, selectors.EVENT_READ)
            if self._streams is not None:
                self._streams.register(selector)
            while not self._stop.is_set():
                self._ask_phone()
                ready = [key.fileobj for key, _ in selector.select(_POLL_SECONDS)]
                packets = self._read(ready)
                now = time.monotonic()
                if packets:
                    with self._lock:
                        self._following.take(packets, now)
                    self._show(packets, now)
                if ready:
                    self._stop.wait(_BREATHER_SECONDS)

    def _read(self, ready: "Sequence[object]") -> "list[Packet]":
        packets: list[Packet] = []
        for each in ready:
            try:
                if isinstance(each, socket.socket) and each in self._sockets:
                    packets += waiting(each)
                elif self._streams is not None:
                    packets += self._streams.read(each)
            except OSError as error:
                with self._lock:
                    self._following.drop(f"the system says: {error.strerror or error}.")
        return packets

    def _show(self, packets: "list[Packet]", now: float) -> None:
        if self.on_packet is not None:
            for data, host, port in packets:
                self.on_packet(data, f"{host}:{port}", now)

    def _ask_phone(self) -> None:
        if self._phone is None:
            return
        now = time.monotonic()
        for request in self._phone.due(now, self.live_protocol(now)):
            try:
                self._sockets[0].sendto(request.message, (self._phone.address, request.port))
            except OSError as error:
                with self._lock:
                    self._following.drop(f"the phone can't be asked: {error.strerror or error}.")

    def _close_sockets(self) -> None:
        if self._streams is not None:
            self._streams.close()
            self._streams = None
        for each in self._sockets:
            each.close()
        self._sockets = []
