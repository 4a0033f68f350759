"""Facemotion3d on an iPhone: iFacialMocap's text with shapes of its own (`FM_…`), which are ignored.

Packet and request: facemotion3d.net/for-developer. Its text says that the answer comes to port 49993, its sample
listens on 49983: we listen on both.
"""

from ezvtb.tracking.protocols import ifacialmocap
from ezvtb.tracking.protocols.protocol import Request

PORT = 49993
"""The phone's."""
PORTS = (49993, 49983)
"""Ours."""

_OWN_SHAPES = b"FM_"

_REQUEST = b"FACEMOTION3D_OtherStreaming"
_REQUEST_BY_TCP = _REQUEST + b"|protocol=tcp"
_RESEND_SECONDS = 1.5

parse = ifacialmocap.parse


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, by its own shapes."""
    return _OWN_SHAPES in packet and ifacialmocap.claims(packet)


def requests(_port: int) -> "tuple[Request, ...]":
    """What has the phone send; it can't be told another port of ours."""
    return (Request(PORT, _REQUEST, _RESEND_SECONDS),)


def requests_by_tcp(_port: int) -> "tuple[Request, ...]":
    """What has the phone connect to us by TCP, at `streams.STREAM_PORT`."""
    return (Request(PORT, _REQUEST_BY_TCP, _RESEND_SECONDS),)
