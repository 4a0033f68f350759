"""Whom to follow: packets of any number of senders in, the faces of one of them out. No sockets and no clock."""

from collections import deque
from collections.abc import Sequence
from typing import Callable, NamedTuple, Optional

from ezvtb.errors import ParseError
from ezvtb.tracking.face import Face
from ezvtb.tracking.protocols import recognise
from ezvtb.tracking.protocols.merge import Merger
from ezvtb.tracking.protocols.protocol import Protocol
from ezvtb.tracking.rate import RateCounter

TAKEOVER_SECONDS = 1.0
"""A sender that showed no face for so long is left for another one that does."""
LIVE_SECONDS = 1.0
"""For so long after its last packet a sender counts as sending."""
OTHER_TOLD_SECONDS = 5.0
"""For so long after its last packet another sender is told of."""
DROP_TOLD_SECONDS = 60.0
"""For so long after the last one dropped packets are told of: what was mended an hour ago helps nobody."""

_KEPT_FACES = 16
"""A reader that comes 8 times a second still sees every face of a tracker with 60 and more: the newest count."""

_BYTES_A_SECOND, _BYTES_AT_ONCE = 1_000_000, 65_536
"""What is parsed at most, the newest first: more than the most talkative tracker sends (VMC, 60 times a second
10 packets of 1400 bytes). Of a flood the rest is left unread, so that it costs little and makes no backlog."""

_OTHERS_AT_ONCE = 4
"""While one sender is followed, so many packets of others are read at a time: enough to tell of them."""

_PORTS_REMEMBERED = 8


ENGLISH = {
    "heard.nothing": "Start your face tracker: nothing has come yet.",
    "heard.sending": "{protocol} from {address}, {rate} packets a second.",
    "heard.blind": "{protocol} from {address}, {rate} packets a second, but it sees no face.",
    "heard.silent": "{protocol} from {address} has gone silent.",
    "heard.other": "{protocol} from {address} sends too; the first one is followed. Stop one of them.",
    "heard.dropped_one": "1 packet dropped: {why}",
    "heard.dropped": "{count} packets dropped: {why}",
    "heard.listening": "Listening on {where}.",
    "heard.not_listening": "Not listening on {where}.",
    "heard.ports": "{host}, UDP ports {ports}",
    "heard.passed_on": "Another program with an avatar has UDP port {port} and passes on what comes.",
    "heard.phone": "The phone {address} is asked to send ({apps}).",
}
"""What is said to the user of what is heard."""

Say = Callable[..., str]
"""Gives the sentence of a key of ENGLISH with its fields filled in, as `in_english` does, in whatever language."""


def in_english(key: str, **fields: object) -> str:
    """One of the sentences in ENGLISH, with its fields filled in."""
    return ENGLISH[key].format(**fields)


class Packet(NamedTuple):
    """One datagram."""

    data: bytes
    host: str
    port: int
    """Of the sender."""


class Received(NamedTuple):
    """A face of the followed sender."""

    number: int
    """Counts up by 1."""
    face: Face
    sender: str
    """Its first address: it stays while it is followed."""
    protocol: str
    moment: float
    """Seconds of `time.perf_counter`."""


class _Sender:
    def __init__(self, packet: Packet, protocol: Protocol, now: float) -> None:
        self.host, self.port, self.protocol = packet.host, packet.port, protocol
        self.name = f"{packet.host}:{packet.port}"
        self.merger = Merger()
        self.former_ports: deque[int] = deque(maxlen=_PORTS_REMEMBERED)
        self.packets = 0
        self.last_packet = self.last_face = now

    def __str__(self) -> str:
        return f"{self.protocol.name} from {self.address}"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def sent(self, packet: Packet, protocol: Protocol) -> bool:
        """Whether this packet is its own. Some programs take a new port for every packet: then the port is followed."""
        if (packet.host, protocol.name) != (self.host, self.protocol.name):
            return False
        if packet.port != self.port and self.packets == 1 and packet.port not in self.former_ports:
            self.former_ports.append(self.port)
            self.port, self.packets = packet.port, 0
        return packet.port == self.port


class Following:
    """Stays with the first sender that shows a face until it falls silent. Not safe between threads."""

    def __init__(self, protocols: "Sequence[Protocol]") -> None:
        """Understands one protocol, or tells several apart by what a packet holds."""
        self._only: Optional[Protocol] = protocols[0] if len(protocols) == 1 else None
        self.accepted = 0
        """Packets of the followed sender."""
        self.dropped = 0
        """Packets that nobody understood."""
        self.last_drop = ""
        """Why the last of those was dropped: a sentence."""
        self._dropped_at = float("-inf")
        self._sender: Optional[_Sender] = None
        self._other = ("", "")
        """Protocol and address."""
        self._other_at = float("-inf")
        self._rate = RateCounter()
        self._faces: deque[Received] = deque(maxlen=_KEPT_FACES)
        self._number = 0
        self._budget, self._budget_at = float(_BYTES_AT_ONCE), 0.0

    def take(self, packets: "Sequence[Packet]", now: float, *, glance: bool = False) -> None:
        """These packets have come, oldest first. At a `glance` only the newest is read, the others are counted."""
        live = self.live_protocol(now) is not None
        mine = [packet for packet in packets if not live or self._is_followed(packet)]
        others = [packet for packet in packets if live and not self._is_followed(packet)]
        worth = mine[-1:] if glance else self._worth_reading(mine, now)
        for packet in (*worth, *others[-_OTHERS_AT_ONCE:]):
            self._take(packet, now)
        self._count(sum(map(self._is_followed, mine[: len(mine) - len(worth)])), now)

    def faces(self, after: int) -> "list[Received]":
        """The newest faces with a number above `after`, oldest first."""
        return [each for each in self._faces if each.number > after]

    def followed(self, now: float) -> str:
        """Who is followed, by protocol and first address; "" while nobody sends."""
        sender = self._sender
        return f"{sender.protocol.name} from {sender.name}" if sender and self.live_protocol(now) else ""

    def live_protocol(self, now: float) -> Optional[Protocol]:
        """The protocol that packets come in at present; None: none come."""
        sender = self._sender
        return sender.protocol if sender and now - sender.last_packet <= LIVE_SECONDS else None

    def sentences(self, now: float, say: Say = in_english) -> "list[str]":
        """Who sends, how often, what is wrong: for the user."""
        sender, lines = self._sender, []
        if sender is None:
            lines.append(say("heard.nothing"))
        elif self.live_protocol(now):
            key = "heard.blind" if now - sender.last_face > TAKEOVER_SECONDS else "heard.sending"
            rate = round(self._rate.per_second(now))
            lines.append(say(key, protocol=sender.protocol.name, address=sender.address, rate=rate))
        else:
            lines.append(say("heard.silent", protocol=sender.protocol.name, address=sender.address))
        if now - self._other_at < OTHER_TOLD_SECONDS:
            protocol, address = self._other
            lines.append(say("heard.other", protocol=protocol, address=address))
        if now - self._dropped_at < DROP_TOLD_SECONDS:
            key = "heard.dropped_one" if self.dropped == 1 else "heard.dropped"
            lines.append(say(key, count=self.dropped, why=self.last_drop))
        return lines

    def drop(self, why: str, now: float) -> None:
        """Counts what could not be received or understood; `why` is a sentence."""
        self.dropped += 1
        self.last_drop, self._dropped_at = why, now

    def _worth_reading(self, packets: "Sequence[Packet]", now: float) -> "Sequence[Packet]":
        """The newest packets that the budget allows, at least one."""
        elapsed = max(0.0, now - self._budget_at)
        self._budget_at = now
        self._budget = min(_BYTES_AT_ONCE, self._budget + elapsed * _BYTES_A_SECOND)
        first = len(packets)
        while first > 0 and (self._budget > 0 or first == len(packets)):
            first -= 1
            self._budget -= len(packets[first].data)
        return packets[first:]

    def _take(self, packet: Packet, now: float) -> None:
        try:
            protocol = self._only or recognise(packet.data)
            face = protocol.parse(packet.data)
        except ParseError as error:
            self.drop(f"from {packet.host}:{packet.port}: {error}", now)
            return
        sender = self._sender
        if sender is None or not sender.sent(packet, protocol):
            if sender is not None and not self._is_left(sender, face, now):
                self._other, self._other_at = (protocol.name, f"{packet.host}:{packet.port}"), now
                return
            sender = self._sender = _Sender(packet, protocol, now)
            self._other_at = float("-inf")  # it may have been this one
        sender.last_packet = now
        sender.packets += 1
        self._count(1, now)
        whole = sender.merger.feed(face)
        if whole is None:
            return
        if whole.found:
            sender.last_face = now
        self._number += 1
        if self._faces and self._faces[-1].moment == now:
            self._faces.pop()  # what came at one time is one face
        self._faces.append(Received(self._number, whole, sender.name, protocol.name, now))

    def _is_left(self, sender: _Sender, other: Face, now: float) -> bool:
        """Whether it is left for another sender's face; two who see nobody don't take turns."""
        blind = not other.found or (other.partial is not None and other.partial.found is False)
        return now - (sender.last_packet if blind else sender.last_face) > TAKEOVER_SECONDS

    def _is_followed(self, packet: Packet) -> bool:
        sender = self._sender
        return sender is not None and (packet.host, packet.port) == (sender.host, sender.port)

    def _count(self, packets: int, now: float) -> None:
        if packets:
            self.accepted += packets
            self._rate.count(now, packets)
