import base64
import math
import struct
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.face import NO_FACE, Face, Part
from ezvtb.tracking.protocols import vmc
from ezvtb.tracking.protocols.merge import Merger
from tracking.protocols import encoders
from tracking.protocols.encoders import APPLY, blend, bone, bundle, osc
from tracking.protocols.faces import assert_in_range

PYTHON_OSC = base64.b64decode(
    "I2J1bmRsZQAAAAAAAAAAAQAAACQvVk1DL0V4dC9PSwAsaWlpaQAAAAAAAAEAAAADAAAAAAAAAAEAAAAUL1ZNQy9FeHQvVAAALGYAAEFIAAAAAABE"
    "L1ZNQy9FeHQvUm9vdC9Qb3MAAAAsc2ZmZmZmZmYAAAByb290AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD+AAAAAAABEL1ZNQy9FeHQvQm9u"
    "ZS9Qb3MAAAAsc2ZmZmZmZmYAAABOZWNrAAAAAAAAAAA9zMzNAAAAAAAAAAA9sn62AAAAAD9/Bp4AAABEL1ZNQy9FeHQvQm9uZS9Qb3MAAAAsc2Zm"
    "ZmZmZmYAAABIZWFkAAAAAAAAAAA9zMzNAAAAAAAAAAA+BaioAAAAAD99z1UAAABcI2J1bmRsZQAAAAAAAAAAAQAAACAvVk1DL0V4dC9CbGVuZC9W"
    "YWwAACxzZgBKb3kAP0AAAAAAACQvVk1DL0V4dC9CbGVuZC9WYWwAACxzZgBqYXdPcGVuAD6AAAAAAAAkL1ZNQy9FeHQvQmxlbmQvVmFsAAAsc2kA"
    "QmxpbmtfTAAAAAABAAAAHC9WTUMvRXh0L0JsZW5kL0FwcGx5AAAAACwAAAA="
)
"""Written by python-osc 1.10.2: the status; a time; a root; the neck turned by 10 degrees about y and the head by 15;
in a bundle of its own Joy 0.75 and jawOpen 0.25; Blink_L as the whole number 1; Apply."""


def whole(*messages: bytes) -> "Optional[Face]":
    return Merger().feed(vmc.parse(bundle(*messages)))


def turned(axis: str, degrees: float) -> "tuple[float, float, float, float]":
    """Unity's quaternion for a turn about an axis."""
    half = math.radians(degrees) / 2
    x, y, z = (math.sin(half) if each == axis else 0.0 for each in "xyz")
    return x, y, z, math.cos(half)


def test_a_bundle_that_python_osc_wrote() -> None:
    face = Merger().feed(vmc.parse(PYTHON_OSC))
    assert face is not None and face.found
    smile = {"mouthSmileLeft": 0.75, "mouthSmileRight": 0.75}
    assert face.shapes == {"jawOpen": 0.25, "eyeBlinkLeft": 1.0, **smile}
    assert face.head == pytest.approx((0, 25, 0), abs=1e-4)


def test_our_own_encoder_writes_what_python_osc_writes() -> None:
    neck, head = turned("y", 10), turned("y", 15)
    inner = bundle(blend("Joy", 0.75), blend("jawOpen", 0.25))
    status, root = osc("/VMC/Ext/OK", 1, 3, 0, 1), osc("/VMC/Ext/Root/Pos", "root", *[0.0] * 6, 1.0)
    written = bundle(
        status,
        osc("/VMC/Ext/T", 12.5),
        root,
        bone("Neck", *neck),
        bone("Head", *head),
        inner,
        blend("Blink_L", 1),
        APPLY,
    )
    assert written == PYTHON_OSC


@pytest.mark.parametrize(
    ("axis", "degrees", "head"),
    [
        ("x", 20, (-20, 0, 0)),  # Unity: nods
        ("x", -20, (20, 0, 0)),
        ("y", 20, (0, 20, 0)),  # to its right
        ("z", 20, (0, 0, -20)),  # to its left shoulder
        ("z", -170, (0, 0, 170)),
    ],
)
def test_the_head_turns_about_unitys_axes(axis: str, degrees: float, head: "tuple[float, ...]") -> None:
    face = whole(bone("Head", *turned(axis, degrees)))
    assert face is not None and face.head == pytest.approx(head, abs=1e-3)


def test_the_neck_turns_the_head_even_from_another_packet() -> None:
    merger = Merger()
    first = merger.feed(vmc.parse(bone("Neck", *turned("y", 10))))
    second = merger.feed(vmc.parse(bone("HEAD", *turned("x", -15))))
    assert first is not None and first.head == pytest.approx((0, 10, 0), abs=1e-3)
    assert second is not None and second.head == pytest.approx((15, 10, 0), abs=1e-3)


def test_a_bone_that_was_never_set_is_ignored() -> None:
    assert vmc.parse(bone("Head", 0, 0, 0, 0)).partial == Part()


def test_the_length_of_a_rotation_doesnt_matter() -> None:
    face = whole(bone("Head", *(1000 * each for each in turned("y", 30))))
    assert face is not None and face.head == pytest.approx((0, 30, 0), abs=1e-3)


def test_eyes_look_where_their_bones_turn() -> None:
    face = whole(bone("LeftEye", *turned("y", 10)), bone("RightEye", *turned("y", 20)))
    assert face is not None and face.gaze == pytest.approx((0, 15 / 26.25), abs=1e-3)
    up = whole(bone("RightEye", *turned("x", -10)), bone("Head", 0, 0, 0, 1))
    assert up is not None and up.gaze == pytest.approx((10 / 26.25, 0), abs=1e-3)


def test_eyes_look_as_vrm_says() -> None:
    face = whole(blend("LookUp", 0.5), blend("lookLeft", 0.25), APPLY)
    assert face is not None and face.gaze == pytest.approx((0.5, -0.25)) and face.shapes == {}


def test_arkits_looks_speak_for_the_eyes() -> None:
    face = whole(bone("LeftEye", *turned("y", 10)), blend("eyeLookInLeft", 0.5), APPLY)
    assert face is not None and face.gaze is None and face.shapes == {"eyeLookInLeft": 0.5}


@pytest.mark.parametrize("name", ["jawOpen", "JawOpen", "JAWOPEN"])
def test_arkits_names_are_known_with_any_capitals(name: str) -> None:
    face = whole(blend(name, 0.5), APPLY)
    assert face is not None and face.shapes == {"jawOpen": 0.5} and face.vowels is None


@pytest.mark.parametrize("names", ["AIUEO", "aiueo", ("aa", "ih", "ou", "ee", "oh"), ("AA", "Ih", "OU", "ee", "Oh")])
def test_vowels_of_both_vrms(names: "str | tuple[str, ...]") -> None:
    values = (0.1, 0.2, 0.3, 0.4, 0.5)
    face = whole(*map(blend, names, values), APPLY)
    assert face is not None and face.vowels == pytest.approx(values) and face.shapes == {}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Blink",), {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5}),
        (("Blink_L", "blinkLeft", "BLINK_L"), {"eyeBlinkLeft": 0.5}),
        (("Blink_R", "blinkRight"), {"eyeBlinkRight": 0.5}),
        (("Joy", "happy"), {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}),
        (("Fun", "relaxed"), {"mouthSmileLeft": 0.25, "mouthSmileRight": 0.25}),
        (("Angry", "angry"), {"browDownLeft": 0.5, "browDownRight": 0.5}),
        (("Sorrow", "sad"), {"browInnerUp": 0.5, "mouthFrownLeft": 0.5, "mouthFrownRight": 0.5}),
        (("Surprised",), {"eyeWideLeft": 0.5, "eyeWideRight": 0.5, "browInnerUp": 0.5}),
        (("Neutral", "MyOwnClip"), {}),
    ],
)
def test_expressions_become_shapes_that_say_the_same(names: "tuple[str, ...]", expected: "dict[str, float]") -> None:
    for name in names:
        face = whole(blend(name, 0.5), APPLY)
        assert face is not None and face.shapes == expected


def test_of_a_shape_and_an_expression_the_stronger_counts() -> None:
    face = whole(blend("eyeBlinkLeft", 0.75), blend("eyeBlinkRight", 0.25), blend("Blink", 0.5), APPLY)
    assert face is not None and face.shapes == {"eyeBlinkLeft": 0.75, "eyeBlinkRight": 0.5}


def test_values_hold_from_apply_on() -> None:
    merger = Merger()
    assert merger.feed(vmc.parse(blend("A", 0.5))) is None
    moved = merger.feed(vmc.parse(bone("Head", 0, 0, 0, 1)))
    assert moved is not None and moved.vowels is None
    applied = merger.feed(vmc.parse(bundle(blend("jawOpen", 0.25), APPLY)))
    assert applied is not None and applied.vowels is not None
    assert applied.vowels[0] == 0.5 and applied.shapes == {"jawOpen": 0.25} and applied.head is not None
    later = merger.feed(vmc.parse(bundle(blend("jawOpen", 1.0), APPLY)))
    assert later is not None and later.vowels == applied.vowels and later.shapes == {"jawOpen": 1.0}


def test_whole_faces_are_passed_through() -> None:
    face = Face(shapes={"jawOpen": 0.5})
    assert Merger().feed(face) is face


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ((1,), True),
        ((0,), False),
        ((1, 3, 0), True),
        ((1, 3, 0, 1), True),
        ((1, 3, 0, 0), False),
        ((1, 0, 0, 1, 7), True),
    ],
)
def test_the_status_tells_whether_there_is_a_face(status: "tuple[int, ...]", found: bool) -> None:
    part = vmc.parse(osc("/VMC/Ext/OK", *status)).partial
    assert part is not None and part.found is found


def test_a_lost_face_comes_back() -> None:
    merger, lost, back = Merger(), osc("/VMC/Ext/OK", 1, 3, 0, 0), osc("/VMC/Ext/OK", 1, 3, 0, 1)
    assert merger.feed(vmc.parse(bone("Head", *turned("y", 10)))) is not None
    assert merger.feed(vmc.parse(lost)) == NO_FACE
    assert merger.feed(vmc.parse(lost)) is None
    assert merger.feed(vmc.parse(bone("Head", *turned("y", 10)))) == NO_FACE
    again = merger.feed(vmc.parse(back))
    assert again is not None and again.found and again.head == pytest.approx((0, 10, 0), abs=1e-3)


def test_unknown_addresses_and_further_arguments_are_ignored() -> None:
    face = whole(
        osc("/VMC/Ext/Hmd/Pos", "x", 1.0),
        osc("/VMC/Ext/Blend/Value", "A", 1.0),
        osc("/Blend/Val", "A", 1.0),
        osc("/VMC/Blend/Val", "A", 1.0),
        osc("/avatar/parameters/A", 1.0),
        osc("/VMC/Ext/Blend/Val", "jawOpen", 0.5, 7.0, "more"),
        osc("/VMC/Ext/Bone/Pos", "Head", *[0.0] * 6, 1.0, 7.0, "more"),
        APPLY,
    )
    assert face == Face(shapes={"jawOpen": 0.5}, head=(0, 0, 0))


@pytest.mark.parametrize("value", [-5.0, 1e30, 7])
def test_values_out_of_range_are_clamped(value: "int | float") -> None:
    face = whole(blend("jawOpen", value), APPLY)
    assert face is not None and face.shapes == {"jawOpen": 0.0 if value < 0 else 1.0}


def test_a_double_and_a_long_are_numbers_too() -> None:
    for letter, layout, value in (("d", ">d", 0.25), ("h", ">q", 2**62)):
        message = encoders.osc_string("/VMC/Ext/Blend/Val") + encoders.osc_string(f",s{letter}")
        part = vmc.parse(message + encoders.osc_string("jawOpen") + struct.pack(layout, value)).partial
        assert part is not None and part.values == {"jawOpen": min(1.0, value)}


def message(types: str, *parts: bytes, address: str = "/VMC/Ext/Blend/Val") -> bytes:
    return encoders.osc_string(address) + encoders.osc_string(types) + b"".join(parts)


JAW, HALF = encoders.osc_string("jawOpen"), struct.pack(">f", 0.5)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"/",
        b"/VMC",
        b"/VMC\0\0\0",
        b"/VMC/Ext/T",
        b"VMC/Ext/T\0\0\0,\0\0\0",
        b"#bundle",
        b"#bundle\0",
        b"#bundle\0\0\0\0\0\0\0\0\1",
        osc("/avatar/change", "A"),
        bundle(osc("/avatar/change", "A")),
        b"/VMC/Ext/Blend/Val\0\0",
        message(""),
        message(","),
        message(",s"),
        message(",s", JAW),
        message(",sf", JAW),
        message(",sf", JAW, HALF[:2]),
        message(",fs", HALF, JAW),
        message(",ss", JAW, JAW),
        message(",sT", JAW),
        message(",sf", b"jawO"),
        blend("jawOpen", math.nan),
        blend("jawOpen", math.inf),
        bone("Head", math.nan, 0, 0, 1),
        bone("Head", 0, 0, -math.inf, 1),
        osc("/VMC/Ext/Bone/Pos", "Head", *[0.0] * 6),
        osc("/VMC/Ext/Bone/Pos", "Head", *["x"] * 7),
        osc("/VMC/Ext/OK"),
        osc("/VMC/Ext/OK", "1"),
        osc("/VMC/Ext/OK", 1.0),
        message(",i", address="/VMC/Ext/OK"),
        bundle(APPLY)[:-4],
        bundle(APPLY) + b"\0",
        bundle(APPLY) + b"\0\0\0\0",
        bundle(APPLY) + struct.pack(">i", -4),
        bundle(APPLY) + struct.pack(">i", 2**31 - 1) + APPLY,
        bundle(APPLY, b"hello\0\0\0"),
        bundle(APPLY, APPLY[:-1]),
        bundle(bundle(bundle(bundle(bundle(APPLY))))),
    ],
)
def test_damaged_packets_are_refused(packet: bytes) -> None:
    with pytest.raises(ParseError):
        vmc.parse(packet)


def test_deeply_nested_bundles_end_soon() -> None:
    packet = APPLY
    while len(packet) < 60000:
        packet = bundle(packet)
    with pytest.raises(ParseError, match="deep"):
        vmc.parse(packet)


rotations = st.tuples(*[st.floats(-(2.0**100), 2.0**100, width=32)] * 4).filter(lambda each: math.hypot(*each) > 1e-3)


@given(st.dictionaries(st.sampled_from(SHAPES), st.floats(0, 1, width=32)), st.integers(1, 20))
def test_what_is_written_is_read_however_it_is_spread(shapes: "dict[str, float]", most: int) -> None:
    messages = [blend(name, value) for name, value in shapes.items()] + [APPLY]
    merger, faces = Merger(), []
    for start in range(0, len(messages), most):
        faces.append(merger.feed(vmc.parse(bundle(*messages[start : start + most]))))
    assert faces[:-1] == [None] * (len(faces) - 1)
    assert faces[-1] is not None and faces[-1].shapes == shapes


@given(st.tuples(rotations, rotations, rotations))
def test_any_rotation_gives_angles_in_range(turns: "tuple[tuple[float, ...], ...]") -> None:
    face = whole(*(bone(name, *turn) for name, turn in zip(("Head", "Neck", "LeftEye"), turns, strict=True)))
    assert face is not None
    assert_in_range(face)


@given(st.floats(-80, 80), st.floats(-170, 170), st.floats(-170, 170))
def test_any_turn_comes_back(pitch: float, yaw: float, roll: float) -> None:
    # Unity: first about z, then x, then y
    spread = (bone("Neck", *turned("y", yaw)), bone("Head", *product(turned("x", -pitch), turned("z", -roll))))
    face = whole(*spread)
    assert face is not None and face.head == pytest.approx((pitch, yaw, roll), abs=0.01)


def product(p: "tuple[float, ...]", q: "tuple[float, ...]") -> "tuple[float, float, float, float]":
    """Hamilton's, by matrices: another way than the parser's."""
    a, b = (complex(p[3], p[0]), complex(p[1], p[2])), (complex(q[3], q[0]), complex(q[1], q[2]))
    first = a[0] * b[0] - a[1] * b[1].conjugate()
    second = a[0] * b[1] + a[1] * b[0].conjugate()
    return first.imag, second.real, second.imag, first.real
