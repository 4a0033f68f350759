"""Where the user's tracker is heard: what the settings say, as addresses and ports."""

from typing import NamedTuple

from ezvtb.tracking.protocols import PROTOCOLS
from ezvtb.tracking.protocols.protocol import Protocol

ANY_TRACKER = ""
"""Every protocol is understood."""
USUAL_PORTS = 0
"""The trackers' own default ports, side by side."""

THIS_COMPUTER, EVERYWHERE = "127.0.0.1", "0.0.0.0"


class Endpoint(NamedTuple):
    """An address to listen on, for whom. Two avatars with equal ones share a listener."""

    host: str = THIS_COMPUTER
    """Numbers only. THIS_COMPUTER hears no other computer and no phone."""
    port: int = USUAL_PORTS
    tracker: str = ANY_TRACKER
    """A protocol's name, or ANY_TRACKER."""
    phone: str = ""
    """Address of the phone that has to be asked to send; empty: nobody is asked."""

    @property
    def protocols(self) -> "tuple[Protocol, ...]":
        """Those that are understood: one, or all."""
        chosen = tuple(each for each in PROTOCOLS if each.name == self.tracker)
        return chosen or tuple(each for each in PROTOCOLS if not each.by_choice)

    @property
    def ports(self) -> "tuple[int, ...]":
        """UDP ports to listen on, each once. A phone that is asked may answer to its app's usual port only."""
        chosen = self.port != USUAL_PORTS
        usual = [
            port
            for protocol in self.protocols
            if not chosen or (self.phone and protocol.requests is not None)
            for port in protocol.ports
        ]
        return tuple(dict.fromkeys([self.port, *usual] if chosen else usual))

    @property
    def bound_host(self) -> str:
        """The address to bind: a phone can't reach one that is only this computer's."""
        return EVERYWHERE if self.phone and self.host in (THIS_COMPUTER, "localhost") else self.host
