"""Writes the trackers' packets, from their documentation and not from our parsers; and any number of valid ones."""

import json
import random
import struct
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ezvtb.tracking import pose
from ezvtb.tracking.arkit import SHAPES

_LIVE_LINK_ORDER = """
EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft EyeWideLeft EyeBlinkRight
EyeLookDownRight EyeLookInRight EyeLookOutRight EyeLookUpRight EyeSquintRight EyeWideRight JawForward JawLeft JawRight
JawOpen MouthClose MouthFunnel MouthPucker MouthLeft MouthRight MouthSmileLeft MouthSmileRight MouthFrownLeft
MouthFrownRight MouthDimpleLeft MouthDimpleRight MouthStretchLeft MouthStretchRight MouthRollLower MouthRollUpper
MouthShrugLower MouthShrugUpper MouthPressLeft MouthPressRight MouthLowerDownLeft MouthLowerDownRight MouthUpperUpLeft
MouthUpperUpRight BrowDownLeft BrowDownRight BrowInnerUp BrowOuterUpLeft BrowOuterUpRight CheekPuff CheekSquintLeft
CheekSquintRight NoseSneerLeft NoseSneerRight TongueOut HeadYaw HeadPitch HeadRoll LeftEyeYaw LeftEyePitch LeftEyeRoll
RightEyeYaw RightEyePitch RightEyeRoll
"""
LIVE_LINK_ORDER = _LIVE_LINK_ORDER.split()
"""Of FaceBlendShape in pylivelinkface.py."""

_OPENSEEFACE_FEATURES = """
eye_l eye_r eyebrow_steepness_l eyebrow_updown_l eyebrow_quirk_l eyebrow_steepness_r eyebrow_updown_r eyebrow_quirk_r
mouth_corner_updown_l mouth_corner_inout_l mouth_corner_updown_r mouth_corner_inout_r mouth_open mouth_wide
"""
OPENSEEFACE_FEATURES = _OPENSEEFACE_FEATURES.split()
"""Of facetracker.py."""

STRAIGHT_AHEAD = (180.0, 0.0, 90.0)


def openseeface(
    *,
    moment: float = 1.7e9,
    face_id: int = 0,
    eyes_open: "tuple[float, float]" = (1.0, 1.0),
    success: int = 1,
    euler: Sequence[float] = STRAIGHT_AHEAD,
    translation: Sequence[float] = (0.0, 0.0, -9.0),
    confidence: float = 0.9,
    pupil: "tuple[float, float, float]" = (0.0, 0.0, -0.12),
    features: "Mapping[str, float]" = MappingProxyType({}),
) -> bytes:
    """One face, field by field as facetracker.py packs it; eyes are (right, left), pupils relative to their centres."""
    packet = struct.pack("<d", moment) + struct.pack("<i", face_id) + struct.pack("<ff", 640, 480)
    packet += struct.pack("<ff", *eyes_open) + struct.pack("<B", success) + struct.pack("<f", 10.0)
    packet += struct.pack("<4f", 0.7, 0.7, 0.0, 0.0) + struct.pack("<3f", *euler) + struct.pack("<3f", *translation)
    packet += struct.pack("<68f", *[confidence] * 68) + struct.pack("<136f", *range(136))
    centres = ((0.26, -0.28, 0.33), (-0.26, -0.28, 0.33))
    pupils = [tuple(c + p for c, p in zip(centre, pupil, strict=True)) for centre in centres]
    packet += struct.pack("<198f", *[0.1] * 198)
    for point in (*pupils, *centres):
        packet += struct.pack("<3f", *point)
    return packet + struct.pack("<14f", *(features.get(name, 0.0) for name in OPENSEEFACE_FEATURES))


def text(
    shapes: "Mapping[str, object]", head: Sequence[float] = (0, 0, 0, 0, 0, -0.5), sign: str = "&", short: bool = False
) -> bytes:
    """iFacialMocap's format and its variants: `sign` between name and value, `short` sides (_L and _R)."""

    def named(name: str) -> str:
        sided = short and name not in ("mouthLeft", "mouthRight", "jawLeft", "jawRight")
        return name.replace("Left", "_L").replace("Right", "_R") if sided else name

    items = "".join(f"{named(name)}{sign}{value}|" for name, value in shapes.items())
    numbers = ",".join(map(str, head))
    return f"{items}=head#{numbers}|rightEye#1.0,2.0,0.3|leftEye#1.0,-1.5,-0.2|".encode()


def vtubestudio(
    shapes: "Mapping[str, float]",
    rotation: Sequence[float] = (0, 0, 0),
    position: Sequence[float] = (0, 0, 0),
    found: bool = True,
    **more: object,
) -> bytes:
    """The JSON of VTube Studio and of MeowFace."""

    def vector(values: Sequence[float]) -> "dict[str, float]":
        return dict(zip("xyz", values, strict=True))

    message = {
        "Timestamp": 1700000000000,
        "Hotkey": -1,
        "FaceFound": found,
        "Rotation": vector(rotation),
        "Position": vector(position),
        "EyeLeft": vector((1, 2, 3)),
        "EyeRight": vector((1, 2, 3)),
        "BlendShapes": [{"k": name, "v": value} for name, value in shapes.items()],
        **more,
    }
    return json.dumps(message, separators=(",", ":")).encode()


def pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def camel(name: str) -> str:
    return name[0].lower() + name[1:]


def livelink(values: "Sequence[float] | None", name: str = "iPhone", device: str = "4" * 36) -> bytes:
    """61 values, or none: no face."""
    packet = b"\6" + struct.pack(">I", len(device)) + device.encode()
    packet += struct.pack(">I", len(name.encode())) + name.encode() + struct.pack(">ifii", 1234, 0.5, 60, 1)
    return packet if values is None else packet + struct.pack(">B61f", 61, *values)


def osc_string(value: str) -> bytes:
    data = value.encode() + b"\0"
    return data + bytes(-len(data) % 4)


def osc(address: str, *arguments: "str | int | float") -> bytes:
    """One OSC message."""
    letters = {str: "s", int: "i", float: "f"}
    packet = osc_string(address) + osc_string("," + "".join(letters[type(each)] for each in arguments))
    for each in arguments:
        packet += osc_string(each) if isinstance(each, str) else struct.pack(f">{letters[type(each)]}", each)
    return packet


def bundle(*elements: bytes) -> bytes:
    """An OSC bundle to be taken at once."""
    sized = b"".join(struct.pack(">i", len(each)) + each for each in elements)
    return b"#bundle\0" + struct.pack(">Q", 1) + sized


def bone(name: str, x: float, y: float, z: float, w: float) -> bytes:
    return osc("/VMC/Ext/Bone/Pos", name, 0.0, 0.1, 0.0, float(x), float(y), float(z), float(w))


def blend(name: str, value: "int | float") -> bytes:
    return osc("/VMC/Ext/Blend/Val", name, value)


APPLY = osc("/VMC/Ext/Blend/Apply")

Rng = random.Random


def _shapes(rng: Rng) -> "dict[str, float]":
    return {name: rng.random() for name in rng.sample(SHAPES, rng.randrange(len(SHAPES) + 1))}


def _percent(rng: Rng) -> "dict[str, int]":
    return {name: round(100 * value) for name, value in _shapes(rng).items()}


def _head(rng: Rng) -> "list[float]":
    return [rng.uniform(-40, 40) for _ in range(rng.choice((3, 6)))]


def _vector(rng: Rng) -> "list[float]":
    return [rng.uniform(-40, 40) for _ in range(3)]


def _any_openseeface(rng: Rng) -> bytes:
    """A valid one but for its points, which may be anything; so may the time's last digits, where a packet begins."""
    blocks = []
    for face_id in range(rng.randrange(1, 5)):
        moment = rng.choice((0.0, rng.random(), rng.uniform(0, 4e9)))
        eyes = (rng.random(), rng.random())
        features = {name: rng.uniform(-1, 1) for name in OPENSEEFACE_FEATURES}
        blocks.append(
            openseeface(moment=moment, face_id=face_id, eyes_open=eyes, euler=_vector(rng), features=features)
        )
    return b"".join(blocks)


def _any_ifacialmocap(rng: Rng) -> bytes:
    return text(_percent(rng), _head(rng), rng.choice("&-"), rng.random() < 0.5)


def _any_facemotion3d(rng: Rng) -> bytes:
    return text({**_percent(rng), "FM_SAD": 0, "FM_VF": rng.randrange(100)}, _head(rng))


def _any_vtubestudio(rng: Rng) -> bytes:
    shapes = {pascal(name): value for name, value in _shapes(rng).items()}
    return vtubestudio(shapes, _vector(rng), _vector(rng), found=rng.random() < 0.9)


def _any_meowface(rng: Rng) -> bytes:
    both = {"browInnerUpLeft": rng.random(), "browInnerUpRight": rng.random(), "headUp": rng.random()}
    if rng.random() < 0.5:
        return vtubestudio({**_shapes(rng), **both}, _vector(rng))
    return text({**_percent(rng), "browInnerUp_L": 3}, _head(rng), " & ", True)


def _any_vmc(rng: Rng) -> bytes:
    messages = [blend(name, value) for name, value in list(_shapes(rng).items())[:12]]
    messages += [bone(rng.choice(("Head", "Neck", "Hips")), *_vector(rng), 1.0), osc("/VMC/Ext/T", 1.5), APPLY]
    messages += [osc("/VMC/Ext/OK", 1, 3, 0, rng.randrange(2))]
    chosen = rng.sample(messages, rng.randrange(1, len(messages) + 1))
    return chosen[0] if len(chosen) == 1 and rng.random() < 0.5 else bundle(*chosen)


def _any_livelink(rng: Rng) -> bytes:
    name = "".join(rng.choice("abc ÄÖ猫{}|=head#/VMC/") for _ in range(rng.randrange(200)))
    device = "".join(rng.choice("0123456789ABCDEF-") for _ in range(rng.choice((1, 12, 36))))
    values = [rng.random() for _ in range(52)] + [rng.uniform(-1, 1) for _ in range(9)]
    return livelink(values if rng.random() < 0.9 else None, name, device)


def _any_raw(rng: Rng) -> bytes:
    """Poses in range; some of numbers so small that their bytes may be any others."""
    tiny = rng.choice((1.0, 1.0, 1e-30, 1e-43, 1e-44))
    values = [rng.uniform(lowest, 1.0) * tiny for lowest in pose.LOWEST]
    return struct.pack("<45f", *values) + rng.choice((b"", struct.pack("<4f", *_vector(rng), 1.0)))


VALID: "dict[str, Callable[[Rng], bytes]]" = {
    "OpenSeeFace": _any_openseeface,
    "iFacialMocap": _any_ifacialmocap,
    "Facemotion3D": _any_facemotion3d,
    "VMC": _any_vmc,
    "VTube Studio": _any_vtubestudio,
    "MeowFace": _any_meowface,
    "Live Link Face": _any_livelink,
    "Raw poses": _any_raw,
}
"""A valid packet of each protocol, by its name; as different as chance makes them."""
