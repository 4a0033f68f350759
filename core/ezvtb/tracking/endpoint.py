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
        return tuple(each for each in PROTOCOLS if each.name == self.tracker) or PROTOCOLS

    @property
    def ports(self) -> "tuple[int, ...]":
        """UDP ports to listen on, each once, the project's own first."""
        if self.port != USUAL_PORTS:
            return (self.port,)
        usual = {port: None for protocol in self.protocols for port in protocol.ports}
        return tuple(usual)

    @property
    def bound_host(self) -> str:
        """The address to bind: a phone can't reach one that is only this computer's."""
        return EVERYWHERE if self.phone and self.host in (THIS_COMPUTER, "localhost") else self.host
