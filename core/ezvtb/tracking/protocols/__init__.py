"""The trackers' protocols: one module each, and the one that tells them apart by what a packet holds."""

from ezvtb.errors import ParseError
from ezvtb.tracking.protocols import (
    facemotion3d,
    ifacialmocap,
    livelink,
    meowface,
    openseeface,
    raw,
    vmc,
    vtubestudio,
)
from ezvtb.tracking.protocols.protocol import Protocol, Request

__all__ = ["PROTOCOLS", "Protocol", "Request", "recognise"]

OPENSEEFACE = Protocol("OpenSeeFace", openseeface.parse, (openseeface.DEFAULT_PORT,))
IFACIALMOCAP = Protocol("iFacialMocap", ifacialmocap.parse, (ifacialmocap.PORT,), ifacialmocap.requests)
FACEMOTION3D = Protocol("Facemotion3D", facemotion3d.parse, facemotion3d.PORTS, facemotion3d.requests)
IFACIALMOCAP_BY_TCP = Protocol(
    "iFacialMocap (TCP)", ifacialmocap.parse, (ifacialmocap.PORT,), ifacialmocap.requests_by_tcp, by_choice=True
)
FACEMOTION3D_BY_TCP = Protocol(
    "Facemotion3D (TCP)", facemotion3d.parse, facemotion3d.PORTS, facemotion3d.requests_by_tcp, by_choice=True
)
VMC = Protocol("VMC", vmc.parse, vmc.PORTS)
VTUBE_STUDIO = Protocol("VTube Studio", vtubestudio.parse, (vtubestudio.PORT,), vtubestudio.requests)
MEOWFACE = Protocol("MeowFace", meowface.parse, (vtubestudio.PORT,), meowface.requests)
LIVE_LINK_FACE = Protocol("Live Link Face", livelink.parse, (livelink.DEFAULT_PORT,))
RAW = Protocol("Raw poses", raw.parse, (raw.DEFAULT_PORT,))

PROTOCOLS = (
    OPENSEEFACE,
    IFACIALMOCAP,
    IFACIALMOCAP_BY_TCP,
    FACEMOTION3D,
    FACEMOTION3D_BY_TCP,
    VMC,
    VTUBE_STUDIO,
    MEOWFACE,
    LIVE_LINK_FACE,
    RAW,
)


_SIGNS = (
    (VMC, vmc.claims),
    (LIVE_LINK_FACE, livelink.claims),
    (OPENSEEFACE, openseeface.claims),
    (MEOWFACE, meowface.claims),
    (VTUBE_STUDIO, vtubestudio.claims),
    (FACEMOTION3D, facemotion3d.claims),
    (IFACIALMOCAP, ifacialmocap.claims),
    (RAW, raw.claims),
)
"""In this order: a variant of a protocol before the protocol, and last the poses, of which any size could be some."""


def recognise(packet: bytes) -> Protocol:
    """Whose packet this is. ParseError if it is nobody's; whether it is sound is for the parser to say.

    No valid packet is taken for another's: the words of a text protocol are bytes that no pose in range has, a text
    has none of the zeros of the others, and a Live Link packet is as long as the lengths in it say.
    """
    for protocol, claims in _SIGNS:
        if claims(packet):
            return protocol
    raise ParseError(
        f"A packet of {len(packet)} bytes is of no tracker that we know.",
        "Choose another format in the tracker's settings, or another port here if something else sends to this one.",
    )
