"""The trackers' protocols: one module each, and the one that tells them apart by what a packet holds."""

from ezvtb.errors import ParseError
from ezvtb.tracking.protocols import raw
from ezvtb.tracking.protocols.protocol import Protocol, Request

__all__ = ["PROTOCOLS", "RAW", "Protocol", "Request", "recognise"]

RAW = Protocol("Raw poses", raw.parse, (raw.DEFAULT_PORT,))

PROTOCOLS = (RAW,)


def recognise(packet: bytes) -> Protocol:
    """Whose packet this is, by its first bytes and its length. ParseError if it is nobody's."""
    if len(packet) in raw.SIZES:
        return RAW
    raise ParseError(
        f"A packet of {len(packet)} bytes is of no tracker that we know.",
        "Choose another format in the tracker's settings, or another port here if something else sends to this one.",
    )
