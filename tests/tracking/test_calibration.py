import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.calibration import NONE, Calibration, apply, from_text, straight_ahead, to_text
from ezvtb.tracking.face import Face
from ezvtb.tracking.mapping import gaze

LOOK = {"eyeLookUpLeft": 0.2, "eyeLookUpRight": 0.4, "eyeLookInLeft": 0.3, "eyeLookOutRight": 0.6}
DEGREES = st.floats(-180, 180)
CALIBRATIONS = st.builds(
    Calibration,
    st.tuples(DEGREES, DEGREES, DEGREES),
    st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
    st.none() | st.tuples(*[st.floats(-1000, 1000)] * 3),
)


@given(DEGREES, DEGREES, DEGREES, st.floats(-1, 1), st.floats(-1, 1))
def test_the_calibrated_face_looks_straight_ahead(
    pitch: float, yaw: float, roll: float, up: float, right: float
) -> None:
    face = Face(head=(pitch, yaw, roll), gaze=(up, right))
    calibrated = apply(straight_ahead(face), face)
    assert calibrated.head == (0, 0, 0)
    assert calibrated.gaze == (0, 0)


def test_a_gaze_in_blend_shapes_is_calibrated_too() -> None:
    face = Face(shapes=LOOK, head=(1.0, 2.0, 3.0))
    assert gaze(apply(straight_ahead(face), face)) == (0, 0)
    assert gaze(apply(straight_ahead(face), Face(head=(0, 0, 0), gaze=(0.0, 0.0)))) == pytest.approx((-0.4, -0.6))


def test_it_is_taken_off_and_the_rest_of_the_face_stays() -> None:
    face = Face(shapes={"jawOpen": 0.5}, head=(10.0, -5.0, 1.0), position=(1.0, 2.0, 3.0))
    calibrated = apply(Calibration((4.0, 5.0, -6.0)), face)
    assert calibrated == face._replace(head=(6.0, -10.0, 7.0))


@given(DEGREES, DEGREES)
def test_an_angle_that_wraps_does_not_turn_the_head_around(rest: float, now: float) -> None:
    calibrated = apply(Calibration((rest, 0, 0)), Face(head=(now, 0, 0))).head
    assert calibrated is not None
    assert -180 <= calibrated[0] <= 180
    assert abs((calibrated[0] + rest - now + 180) % 360 - 180) < 1e-6


def test_what_was_not_sent_stays_absent_and_raw_poses_are_left_alone() -> None:
    assert apply(Calibration((1, 2, 3), (0.1, 0.2)), Face()) == Face()
    assert straight_ahead(Face()) == NONE
    raw = Face(pose=[0.5] * 45, head=(1, 2, 3))
    assert apply(Calibration((1, 2, 3)), raw) is raw


@given(st.dictionaries(st.text(max_size=20), CALIBRATIONS, max_size=4))
def test_what_is_saved_is_read_again(calibrations: dict[str, Calibration]) -> None:
    read = from_text(to_text(calibrations))
    assert read.keys() == calibrations.keys()
    for name, calibration in calibrations.items():
        assert read[name].head == pytest.approx(calibration.head, abs=1e-4)
        assert read[name].gaze == pytest.approx(calibration.gaze, abs=1e-4)
        assert read[name].position == pytest.approx(calibration.position, abs=1e-4)


def test_what_was_saved_without_a_position_is_read_too() -> None:
    assert from_text('{"VMC": [1, 2, 3, 0.5, -0.5]}') == {"VMC": Calibration((1, 2, 3), (0.5, -0.5), None)}


def test_nothing_saved_is_nothing() -> None:
    assert to_text({}) == ""
    assert from_text("") == from_text(" \n") == {}


@pytest.mark.parametrize(
    "text",
    [
        *("x", "[]", "3", "null", "{", '{"VMC": 3}', '{"VMC": [1, 2, 3]}', '{"VMC": [1, 2, 3, 0, 0, 0]}', "[" * 9999),
        *('{"VMC": [NaN, 0, 0, 0, 0]}', '{"VMC": [Infinity, 0, 0, 0, 0]}', '{"VMC": [true, 0, 0, 0, 0]}'),
        *('{"VMC": [181, 0, 0, 0, 0]}', '{"VMC": [0, 0, 0, 0, 3]}', '{"VMC": ["1", 0, 0, 0, 0]}'),
        '{"VMC": [0, 0, 0, 0, 0, 0, 1001, 0]}',
        '{"VMC": [' + "9" * 400 + ", 0, 0, 0, 0]}",
    ],
)
def test_a_damaged_setting_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        from_text(text)
    assert "calibrate again" in caught.value.remedy


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_no_text_gives_anything_but_calibrations_or_a_parse_error(text: str) -> None:
    try:
        read = from_text(text)
    except ParseError:
        return
    assert all(isinstance(each, Calibration) for each in read.values())
