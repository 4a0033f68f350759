import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.face import NO_FACE
from ezvtb.tracking.protocols import meowface, vtubestudio
from tracking.protocols import encoders
from tracking.protocols.encoders import pascal


def test_a_packet_as_documented() -> None:
    shapes = {pascal(name): number / 52 for number, name in enumerate(SHAPES)}
    face = vtubestudio.parse(encoders.vtubestudio(shapes, (10, 20, 30), (1, 2, 3)))
    assert face.shapes == pytest.approx({name: number / 52 for number, name in enumerate(SHAPES)})
    assert face.head == (-20, -10, 30)
    assert face.position == (1, 2, -3)
    assert face.found and face.gaze is None


@pytest.mark.parametrize("name", ["JawOpen", "jawOpen", "JAWOPEN"])
def test_names_are_known_with_any_capitals(name: str) -> None:
    assert vtubestudio.parse(encoders.vtubestudio({name: 0.5})).shapes == {"jawOpen": 0.5}


def test_the_android_apps_short_sides_are_known() -> None:
    parsed = vtubestudio.parse(encoders.vtubestudio({"EyeBlink_L": 0.5, "eyeLookOut_R": 0.25})).shapes
    assert parsed == {"eyeBlinkLeft": 0.5, "eyeLookOutRight": 0.25}


def test_a_face_that_was_not_found() -> None:
    assert vtubestudio.parse(encoders.vtubestudio({"JawOpen": 0.5}, found=False)) == NO_FACE
    assert vtubestudio.parse(b'{"FaceFound":false}') == NO_FACE


def test_unknown_fields_and_shapes_are_ignored() -> None:
    packet = encoders.vtubestudio({"JawOpen": 0.5, "HeadUp": 3.0}, Future={"a": [1, {"b": None}]}, Name="é\\u0000猫")
    assert vtubestudio.parse(packet).shapes == {"jawOpen": 0.5}


@pytest.mark.parametrize(("value", "expected"), [(-5, 0.0), (1e300, 1.0), (2, 1.0), (1, 1.0)])
def test_values_out_of_range_are_clamped(value: float, expected: float) -> None:
    shape = vtubestudio.parse(encoders.vtubestudio({"JawOpen": value})).shapes["jawOpen"]
    assert shape == expected and type(shape) is float


def body(**fields: object) -> bytes:
    whole = json.loads(encoders.vtubestudio({"JawOpen": 0.5}))
    return json.dumps({**whole, **fields}).encode()


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b'"FaceFound"',
        b'{"FaceFound":true}',
        b'{"FaceFound":1}',
        b'{"FaceFound":"true"}',
        b"\xff\xfe{}",
        b'{"FaceFound":true,',
        body(BlendShapes=None),
        body(BlendShapes=[1]),
        body(BlendShapes=["k"]),
        body(BlendShapes=[["k", "v"]]),
        body(BlendShapes=[{"k": 1, "v": 1}]),
        body(BlendShapes=[{"k": "JawOpen"}]),
        body(BlendShapes=[{"k": "JawOpen", "v": "1"}]),
        body(BlendShapes=[{"k": "JawOpen", "v": None}]),
        body(BlendShapes=[{"k": "JawOpen", "v": True}]),
        body(BlendShapes=[{"k": "JawOpen", "v": [1]}]),
        body(BlendShapes=[{"k": "JawOpen", "v": math.nan}]),
        body(BlendShapes={"JawOpen": 1}),
        body(Rotation=None),
        body(Rotation=[1, 2, 3]),
        body(Rotation={"x": 1, "y": 2}),
        body(Rotation={"x": 1, "y": 2, "z": "3"}),
        body(Rotation={"x": 1, "y": 2, "z": math.inf}),
        body(Rotation={"x": 1, "y": 2, "z": {}}),
        body(Position=7),
        body(Position={"x": "a", "y": 2, "z": 3}),
        body(Timestamp=1).replace(b'"Timestamp": 1', b'"Timestamp": -'),
        body(Rotation={"x": 1, "y": 2, "z": 3}).replace(b'"z": 3', b'"z": ' + b"9" * 60000),
        body(Rotation={"x": 1, "y": 2, "z": 3}).replace(b'"z": 3', b'"z": 1e999'),
        b"[" * 60000,
        b'{"FaceFound":' * 5000,
        b'{"a":' + b"[" * 30000 + b"]" * 30000 + b',"FaceFound":false}',
    ],
)
def test_damaged_packets_are_refused(packet: bytes) -> None:
    for parse in (vtubestudio.parse, meowface.parse):
        with pytest.raises(ParseError):
            parse(packet)


@given(
    st.dictionaries(st.sampled_from(SHAPES), st.floats(0, 1)),
    st.tuples(*[st.floats(-179, 179)] * 3),
    st.tuples(*[st.floats(-999, 999)] * 3),
)
def test_what_is_written_is_read(
    shapes: "dict[str, float]", turn: "tuple[float, ...]", place: "tuple[float, ...]"
) -> None:
    written = {**shapes, "EyeSquintLeft": 0.1, "EyeSquintRight": 0.2, "CheekSquintLeft": 0.3, "CheekSquintRight": 0.4}
    face = vtubestudio.parse(encoders.vtubestudio(written, turn, place))
    for name, value in shapes.items():
        if "Squint" not in name:
            assert face.shapes[name] == value
    assert (face.shapes["cheekSquintLeft"], face.shapes["eyeSquintRight"]) == (0.3, 0.2)
    assert face.head == pytest.approx((-turn[1], -turn[0], turn[2]))
    assert face.position == pytest.approx((place[0], place[1], -place[2]))


def test_cheeks_that_are_not_sent_go_with_the_eyes() -> None:
    packet = encoders.vtubestudio({"eyeSquintLeft": 0.5, "browInnerUpLeft": 0.5, "browInnerUpRight": 0.25, "headUp": 1})
    wanted = {"eyeSquintLeft": 0.5, "cheekSquintLeft": 0.5, "browInnerUp": 0.25}
    assert vtubestudio.parse(packet).shapes == meowface.parse(packet).shapes == wanted


def test_meowfaces_text_has_spaces() -> None:
    packet = encoders.text({"eyeSquintLeft": 50, "jawOpen": 20, "browInnerUpLeft": 30}, (1, 2, 3), " & ", short=True)
    assert b" & " in packet
    face = meowface.parse(packet)
    assert face.shapes == {"eyeSquintLeft": 0.5, "cheekSquintLeft": 0.5, "jawOpen": 0.2, "browInnerUp": 0.3}
    assert face.head == (-1, -2, 3)


def test_the_phone_is_asked_every_second_to_send_to_our_port() -> None:
    assert meowface.requests is vtubestudio.requests
    (request,) = vtubestudio.requests(4711)
    assert (request.port, request.seconds, request.always) == (21412, 1.0, True)
    message = json.loads(request.message)
    assert message["messageType"] == "iOSTrackingDataRequest" and message["ports"] == [4711]
    assert message["time"] == message["sendForSeconds"] == 5 and 1 <= len(message["sentBy"]) <= 32
