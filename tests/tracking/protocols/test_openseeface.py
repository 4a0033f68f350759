import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.protocols import openseeface
from tracking.protocols import encoders
from tracking.protocols.faces import assert_in_range

packet = encoders.openseeface


def test_a_face_is_as_long_as_documented() -> None:
    assert len(packet()) == openseeface.SIZE == 1785


@pytest.mark.parametrize(
    ("euler", "head"),
    [
        # what the tracker's own model and computation gave (solvePnP and RQDecomp3x3 of OpenCV 4) for these turns
        ((180.0, 0.0, 90.0), (0, 0, 0)),
        ((-180.0, 0.0, 90.0), (0, 0, 0)),
        ((169.93, 0.0, 90.0), (10, 0, 0)),
        ((-169.93, 0.0, 90.0), (-10, 0, 0)),
        ((178.36, -20.46, 91.05), (1.6, 20.5, 1)),
        ((178.36, 20.46, 88.95), (1.6, -20.5, -1)),
        ((178.93, 0.0, 110.0), (1, 0, 20)),
        ((169.61, -20.25, 105.45), (10.4, 20.2, 15.5)),
    ],
)
def test_the_head_turns_as_it_was_turned(euler: "tuple[float, ...]", head: "tuple[float, ...]") -> None:
    assert openseeface.parse(packet(euler=euler)).head == pytest.approx(head, abs=0.1)


@pytest.mark.parametrize(
    ("translation", "position"),
    [((0, 0, -4), (0, 0, -60)), ((0, 1, -4), (15, 0, -60)), ((2, 0, -4), (0, 30, -60)), ((9999, 0, 0), (0, 1000, 0))],
)
def test_the_place_is_in_centimetres(translation: "tuple[float, ...]", position: "tuple[float, ...]") -> None:
    assert openseeface.parse(packet(translation=translation)).position == pytest.approx(position)


@pytest.mark.parametrize(
    ("pupil", "gaze"),
    [
        ((0.0, 0.0, -0.12), (0, 0)),
        ((0.0, -0.02, -0.12), (9.46 / 26.25, 0)),  # y is down
        ((0.0, 0.02, -0.12), (-9.46 / 26.25, 0)),
        ((0.04, 0.0, -0.12), (0, 18.43 / 26.25)),
        ((-0.04, 0.0, -0.12), (0, -18.43 / 26.25)),
        ((-4.0, 4.0, -0.12), (-1, -1)),
    ],
)
def test_the_eyes_look_where_their_pupils_are(pupil: "tuple[float, ...]", gaze: "tuple[float, ...]") -> None:
    assert openseeface.parse(packet(pupil=pupil)).gaze == pytest.approx(gaze, abs=1e-3)


@pytest.mark.parametrize("unseen", [{"eyes_open": (0.1, 0.2)}, {"confidence": 0.1}, {"pupil": (0.0, 0.0, 0.1)}])
def test_pupils_that_cant_be_seen_look_nowhere(unseen: "dict[str, object]") -> None:
    assert openseeface.parse(packet(**unseen)).gaze is None


def test_one_open_eye_is_enough_to_look() -> None:
    face = openseeface.parse(packet(eyes_open=(0.1, 1.0), pupil=(0.04, 0.0, -0.12)))
    assert face.gaze == pytest.approx((0, 18.43 / 26.25), abs=1e-3)
    assert (face.shapes["eyeBlinkRight"], face.shapes["eyeBlinkLeft"]) == pytest.approx((0.9, 0.0))


@pytest.mark.parametrize(
    ("feature", "value", "expected"),
    [
        ("eye_l", 0.5, {"eyeWideLeft": 0.5}),
        ("eye_r", 0.5, {"eyeWideRight": 0.5}),
        ("eye_l", -1.0, {}),
        ("eyebrow_updown_l", 0.6, {"browOuterUpLeft": 0.6, "browInnerUp": 0.3}),
        ("eyebrow_updown_r", -0.6, {"browDownRight": 0.6}),
        ("mouth_corner_updown_l", 0.7, {"mouthSmileLeft": 0.7}),
        ("mouth_corner_updown_r", -0.7, {"mouthFrownRight": 0.7}),
        ("mouth_open", 0.4, {"jawOpen": 0.4}),
        ("mouth_open", 7.0, {"jawOpen": 1.0}),
        ("mouth_wide", 0.4, {"mouthStretchLeft": 0.4, "mouthStretchRight": 0.4}),
        ("mouth_wide", -0.4, {"mouthPucker": 0.4}),
        ("eyebrow_quirk_l", 1.0, {}),
    ],
)
def test_features_become_the_shapes_that_say_the_same(feature: str, value: float, expected: "dict[str, float]") -> None:
    shapes = openseeface.parse(packet(features={feature: value})).shapes
    assert {name: value for name, value in shapes.items() if value} == pytest.approx(expected)


def test_a_face_whose_pose_is_unknown_was_not_found() -> None:
    assert not openseeface.parse(packet(success=0)).found


def test_of_several_faces_the_one_with_the_lowest_id_counts() -> None:
    faces = b"".join(packet(face_id=number, features={"mouth_open": number / 10}) for number in (5, 2, 7))
    assert openseeface.parse(faces).shapes["jawOpen"] == pytest.approx(0.2)


def test_forty_faces_are_the_most() -> None:
    assert openseeface.parse(packet() * 40).found
    with pytest.raises(ParseError, match="73185"):
        openseeface.parse(packet() * 41)


@pytest.mark.parametrize("size", [0, 1, 1784, 1786, 3569, 180])
def test_other_sizes_are_refused_by_number(size: int) -> None:
    with pytest.raises(ParseError, match=str(size)):
        openseeface.parse(bytes(size))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["eyes_open", "euler", "translation", "pupil", "features"])
def test_a_number_that_is_not_finite_spoils_the_packet(field: str, bad: float) -> None:
    value: object = {"mouth_open": bad} if field == "features" else (bad, bad) if field == "eyes_open" else (bad,) * 3
    with pytest.raises(ParseError, match="finite"):
        openseeface.parse(packet(**{field: value}))


numbers = st.floats(-(2.0**100), 2.0**100, width=32)


@given(st.tuples(numbers, numbers, numbers), st.dictionaries(st.sampled_from(encoders.OPENSEEFACE_FEATURES), numbers))
def test_all_finite_numbers_come_out_in_range(euler: "tuple[float, ...]", features: "dict[str, float]") -> None:
    assert_in_range(openseeface.parse(packet(euler=euler, translation=euler, pupil=euler, features=features)))


@given(st.floats(-89, 89), st.floats(-89, 89), st.floats(-89, 89))
def test_any_turn_comes_back(pitch: float, yaw: float, roll: float) -> None:
    head = openseeface.parse(packet(euler=(180 - pitch, -yaw, 90 + roll))).head
    assert head == pytest.approx((pitch, yaw, roll), abs=1e-3)
