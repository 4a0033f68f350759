"""The listener of one endpoint: packets in, the newest faces of one tracker out."""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from typing import Callable, Optional

from ezvtb.errors import TrackingError
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.following import Following, Packet, Received, Say, in_english
from ezvtb.tracking.phone import Phone
from ezvtb.tracking.protocols.protocol import Protocol
from ezvtb.tracking.relay import BorrowedPort, Relay
from ezvtb.tracking.sockets import PortTaken, bind, waiting
from ezvtb.tracking.streams import STREAM_PORT, Streams

_POLL_SECONDS = 0.2
"""How often the thread looks whether it shall stop, and whether the phone must be asked again."""

_BREATHER_SECONDS = 0.005
"""At least so long lies between two readings: a flood is read in heaps, which costs little. A tracker that sends 60
times a second is never delayed by it."""

_UNWANTED_SECONDS = 1.0
"""When nobody has asked for faces for so long, as while no scene shows the avatar, they are only glanced at …"""
_GLANCE_SECONDS = 0.2
"""… so seldom: enough to tell who sends, and to have a face at hand that isn't too old."""

RETRY_SECONDS = 1.0
"""How long after a port was refused the next attempt comes: the program that has it may have ended."""


class Receiver:
    """Receives the packets of all trackers that send to one endpoint, and keeps the newest faces of the first.

    A thread of its own receives; any other may ask. What nobody understands is counted and dropped.
    """

    def __init__(self, endpoint: Endpoint, ports: "Optional[tuple[int, ...]]" = None) -> None:
        """Listens on the endpoint's ports, unless others are given: 0 is one that the system picks."""
        self.endpoint = endpoint
        self.ports = endpoint.ports if ports is None else ports
        """UDP ports: after `open` those that are really listened on."""
        self._refused: dict[tuple[int, int], TrackingError] = {}
        """Why some of the ports aren't listened on, by kind of socket and port. Replaced, never changed."""
        self._try_again_at = 0.0
        self.on_packet: Optional[Callable[[bytes, str, float], None]] = None
        """Called by the receiving thread for every packet: its bytes, "host:port" of its sender, the moment."""
        self._following = Following(endpoint.protocols)
        self._wanted_at = 0.0
        """When faces were last asked for."""
        self._phone: Optional[Phone] = None
        self._phone_error: Optional[TrackingError] = None
        self._sockets: list[socket.socket] = []
        self._relays: dict[socket.socket, Relay] = {}
        self._borrowed: dict[int, BorrowedPort] = {}
        """The ports that another program has. Replaced, never changed."""
        self._streams: Optional[Streams] = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def open(self) -> None:
        """Starts to listen; on some of several ports if others are taken, which are tried again and again.

        TrackingError if there is none. One that another program of ours has serves, too, at the next attempt: it must
        have answered.
        """
        self._refused = {}
        for port in self.ports:
            self._bind(socket.SOCK_DGRAM, port)
        for borrowed in self._borrowed.values():
            borrowed.packets(time.perf_counter())
        if not self._sockets and not self._answering():
            raise next(iter(self._refused.values()))
        self.ports = tuple(int(each.getsockname()[1]) for each in self._sockets) or self.ports
        if self.endpoint.phone:
            self._expect_phone()
        self._wanted_at = time.perf_counter()
        self._try_again_at = self._wanted_at + RETRY_SECONDS
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
        self._wanted_at = time.perf_counter()
        with self._lock:
            return self._following.faces(after)

    def live_protocol(self, now: float) -> "Optional[Protocol]":
        """The protocol that packets come in at present; None: none come."""
        with self._lock:
            return self._following.live_protocol(now)

    @property
    def trouble(self) -> bool:
        """Whether the phone can't be asked or heard. What comes unasked is heard all the same."""
        return self._phone_error is not None or any(kind == socket.SOCK_STREAM for kind, _ in self._refused)

    def status(self, now: float, say: Say = in_english) -> str:
        """Who sends, how often, else where we listen, and what was wrong: for the streamer, as `say` puts it."""
        if not self._sockets and not self._answering():
            return say("heard.not_listening", where=self._where(say))
        with self._lock:
            lines, live = self._following.sentences(now, say), self._following.live_protocol(now)
        if live is None:
            lines.insert(1, say("heard.listening", where=self._where(say)))
        if live is None and self._phone:
            lines.append(say("heard.phone", address=self._phone.address, apps=", ".join(self._phone.apps)))
        return " ".join(lines + self._errors(say))

    def events(self, now: float) -> "list[str]":
        """Of the status what doesn't change all the time, for a log."""
        with self._lock:
            followed = self._following.followed(now)
        who = f"{followed} is followed." if followed else "Nobody sends."
        return [f"Listening on {self._where()}.", who, *self._errors()]

    def _where(self, say: Say = in_english) -> str:
        host, ports = self.endpoint.bound_host, self.ports
        return (
            say("heard.ports", host=host, ports=", ".join(map(str, ports))) if len(ports) > 1 else f"{host}:{ports[0]}"
        )

    def _errors(self, say: Say = in_english) -> "list[str]":
        phone_error, answering = self._phone_error, self._answering()
        refused = [
            say("heard.passed_on", port=port) if kind == socket.SOCK_DGRAM and port in answering else error.message
            for (kind, port), error in self._refused.items()
        ]
        return refused + ([str(phone_error)] if phone_error else [])

    def _answering(self) -> "list[int]":
        """The ports that another program of ours has, and passes on what comes."""
        now = time.perf_counter()
        return [port for port, borrowed in self._borrowed.items() if borrowed.answers(now)]

    def _expect_phone(self) -> None:
        try:
            self._phone = Phone(self.endpoint.phone, self.endpoint.protocols, self.ports[0])
        except TrackingError as error:
            self._phone_error = error
            return
        if any(each.by_choice for each in self.endpoint.protocols):
            self._bind(socket.SOCK_STREAM, STREAM_PORT)

    def _bind(self, kind: int, port: int) -> Optional[socket.socket]:
        """Listens there; None, and noted, if that can't be."""
        refused = {place: error for place, error in self._refused.items() if place != (kind, port)}
        try:
            made = bind(self.endpoint.bound_host, port, kind)
        except TrackingError as error:
            self._refused = {**refused, (kind, port): error}
            if kind == socket.SOCK_DGRAM and isinstance(error, PortTaken):
                self._borrow(port)
            return None
        self._refused = refused
        if kind == socket.SOCK_STREAM:
            self._streams = Streams(made)
        else:
            self._sockets = [*self._sockets, made]
            self._relays[made] = Relay(made)
        return made

    def _borrow(self, port: int) -> None:
        """Asks the program that has the port to pass on what comes."""
        if port not in self._borrowed:
            with contextlib.suppress(TrackingError):  # the refused port is told already
                self._borrowed = {**self._borrowed, port: BorrowedPort(port)}
        if port in self._borrowed:
            self._borrowed[port].ask()

    def _try_again(self, selector: selectors.BaseSelector) -> None:
        """Listens on the ports that were refused, once they are free."""
        now = time.perf_counter()
        if not self._refused or now < self._try_again_at:
            return
        self._try_again_at = now + RETRY_SECONDS
        for kind, port in self._refused:
            made = self._bind(kind, port)
            if made is None:
                continue
            if kind == socket.SOCK_DGRAM:
                selector.register(made, selectors.EVENT_READ)
                self.ports = tuple(dict.fromkeys((*self.ports, port)))
                self._give_back(selector, port)
            elif self._streams is not None:
                self._streams.register(selector)

    def _give_back(self, selector: selectors.BaseSelector, port: int) -> None:
        """The port is ours now."""
        borrowed = self._borrowed.get(port)
        if borrowed is not None:
            self._borrowed = {other: each for other, each in self._borrowed.items() if other != port}
            with contextlib.suppress(KeyError):  # it was borrowed after this selector was made
                selector.unregister(borrowed.socket)
            borrowed.close()

    def _receive(self) -> None:
        while not self._stop.is_set():
            try:
                self._receive_until_stopped()
            except Exception as error:  # noqa: BLE001 (a thread's end would be silent; the status tells, and it goes on)
                with self._lock:
                    self._following.drop(f"a fault of ours, please report it: {error!r}.", time.perf_counter())
                self._stop.wait(_POLL_SECONDS)

    def _receive_until_stopped(self) -> None:
        with selectors.DefaultSelector() as selector:
            for each in (*self._sockets, *(borrowed.socket for borrowed in self._borrowed.values())):
                selector.register(each, selectors.EVENT_READ)
            if self._streams is not None:
                self._streams.register(selector)
            while not self._stop.is_set():
                self._try_again(selector)
                self._ask_phone()
                ready = [key.fileobj for key, _ in selector.select(_POLL_SECONDS)]
                now = time.perf_counter()
                packets = self._read(ready, now)
                unwanted = self._is_unwanted(now)
                if packets:
                    with self._lock:
                        self._following.take(packets, now, glance=unwanted)
                    self._show(packets, now)
                if ready:
                    self._stop.wait(_GLANCE_SECONDS if unwanted else _BREATHER_SECONDS)

    def _is_unwanted(self, now: float) -> bool:
        """Whether nobody, here or where packets are passed on to, is in need of them now."""
        heard = self.on_packet is not None or any(relay.is_heard(now) for relay in self._relays.values())
        return not heard and now - self._wanted_at > _UNWANTED_SECONDS

    def _read(self, ready: "Sequence[object]", now: float) -> "list[Packet]":
        packets: list[Packet] = []
        borrowed = {each.socket: each for each in self._borrowed.values()}
        for each in ready:
            try:
                if isinstance(each, socket.socket) and each in borrowed:
                    packets += filter(self._may_come, borrowed[each].packets(now))
                elif isinstance(each, socket.socket) and each in self._relays:
                    packets += self._relays[each].pass_on(waiting(each), now)
                elif self._streams is not None:
                    packets += self._streams.read(each)
            except OSError as error:
                with self._lock:
                    self._following.drop(f"the system says: {error.strerror or error}.", time.perf_counter())
        return packets

    def _may_come(self, packet: Packet) -> bool:
        """Whether a packet that was passed on could have come to our own address: who has the port may hear more."""
        return not self.endpoint.bound_host.startswith("127.") or packet.host.startswith("127.")

    def _show(self, packets: "list[Packet]", now: float) -> None:
        if self.on_packet is not None:
            for data, host, port in packets:
                self.on_packet(data, f"{host}:{port}", now)

    def _ask_phone(self) -> None:
        if self._phone is None:
            return
        now = time.perf_counter()
        for request in self._phone.due(now, self.live_protocol(now)):
            try:
                self._any_socket().sendto(request.message, (self._phone.address, request.port))
                self._phone_error = None
            except OSError as error:
                self._phone_error = TrackingError(
                    f"The phone {self._phone.address} can't be asked: {error.strerror or error}.",
                    "Look whether this computer is in the phone's network.",
                )

    def _any_socket(self) -> socket.socket:
        return self._sockets[0] if self._sockets else next(iter(self._borrowed.values())).socket

    def _close_sockets(self) -> None:
        if self._streams is not None:
            self._streams.close()
            self._streams = None
        for each in self._sockets:
            each.close()
        for borrowed in self._borrowed.values():
            borrowed.close()
        self._sockets, self._relays, self._borrowed = [], {}, {}
