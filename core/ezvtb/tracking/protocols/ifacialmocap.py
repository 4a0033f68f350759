"""iFacialMocap on an iPhone, and the text format that others took over from it.

Packet: ifacialmocap.com/for-developer; text, `name-value|…|=head#x,y,z,px,py,pz|rightEye#x,y,z|leftEye#x,y,z|`.
Values are 0..100; version 2, which we ask for, has `&` for `-`. Sides are `_L` and `_R`, or Left and Right.

Signs: `tha3/mocap/ifacialmocap_poser_converter_25.py` of pkhungurn/talking-head-anime-3-demo has head_x = -x/15,
head_y = -y/10, neck_z = z/15, in degrees. These are the axes of ARKit's face (x to the person's left, y up, z out of
the face, right-handed), and so the position is in them, too: metres, the camera at 0 and the face at negative z. Where
the eyes look the shapes say as well, in the reference's measure; the eyes' angles aren't needed.
"""

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import CANONICAL
from ezvtb.tracking.face import Face
from ezvtb.tracking.protocols import ranges
from ezvtb.tracking.protocols.protocol import Request

PORT = 49983
"""The phone's, and ours: it always answers to this one."""

_HEAD = b"=head#"

_REQUEST = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
_REQUEST_BY_TCP = b"iFacialMocap_UDPTCP_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
_RESEND_SECONDS = 1.5

_END = b"___iFacialMocap"
"""What stands behind each packet where it comes by TCP."""


def requests(_port: int) -> "tuple[Request, ...]":
    """What has the phone send; it can't be told another port of ours."""
    return (Request(PORT, _REQUEST, _RESEND_SECONDS),)


def requests_by_tcp(_port: int) -> "tuple[Request, ...]":
    """What has the phone connect to us by TCP, at `streams.STREAM_PORT`."""
    return (Request(PORT, _REQUEST_BY_TCP, _RESEND_SECONDS),)


def split(stream: bytes) -> "tuple[list[bytes], bytes]":
    """The whole packets in what came by TCP, and the beginning of the next one."""
    *packets, rest = stream.split(_END)
    return packets, rest


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, or one of those that took it over, by the head's name."""
    return _HEAD in packet


def parse(packet: bytes) -> Face:
    """The face in a packet of version 1 or 2. ParseError if it has no head or a bad number."""
    shapes, separator, bones = packet.decode("utf-8", "replace").lower().partition(_HEAD.decode())
    if not separator:
        raise ParseError("There is no =head# in the packet.")
    try:
        values = {}
        for item in shapes.split("|"):
            name, separator, value = item.partition("&")
            if not separator:
                name, _, value = item.partition("-")
            shape = CANONICAL.get(name)
            if shape is not None:
                values[shape] = float(value) / 100.0
        head = [float(number) for number in bones.partition("|")[0].split(",", 6)]
    except ValueError as error:
        raise ParseError(f"A value in the packet is no number: {str(error)[:80]}.") from error
    if len(head) not in (3, 6):
        raise ParseError(f"A head has 3 angles, or these and 3 coordinates, not {len(head)} numbers.")
    x, y, z = head[:3]
    place = None if len(head) == 3 else ranges.position(-100.0 * head[3], 100.0 * head[4], 100.0 * head[5])
    return Face(shapes=ranges.unit(values), head=ranges.head(-x, -y, z), position=place)
