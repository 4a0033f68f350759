"""MeowFace on Android: VTube Studio's JSON, or iFacialMocap's text with spaces around `&`.

Sources: `tha3/mocap/ifacialmocap_v2.py` of aziib/talking-head-anime-3-demo for the text, and for the JSON and its
shapes regzo2/VRCFaceTracking-MeowFace: without cheekSquint, with both sides of browInnerUp; FaceFound is always true.
"""

from ezvtb.tracking.face import Face
from ezvtb.tracking.protocols import ifacialmocap, vtubestudio

_OWN_SHAPE = b"browInnerUpLeft"
_OWN_SPACES = b" & "

requests = vtubestudio.requests


def claims(packet: bytes) -> bool:
    """Whether this is the protocol's, by a shape of its own or its spaces."""
    if packet.startswith(b"{"):
        return _OWN_SHAPE in packet and vtubestudio.claims(packet)
    return _OWN_SPACES in packet and ifacialmocap.claims(packet)


def parse(packet: bytes) -> Face:
    """The face in a packet of either kind. ParseError for all else."""
    if packet.startswith(b"{"):
        return vtubestudio.parse(packet)
    face = ifacialmocap.parse(packet.replace(b" ", b""))
    return face._replace(shapes=vtubestudio.with_cheeks(dict(face.shapes)))
