import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking import pose


def test_the_order_of_the_parameters_is_that_of_tha3() -> None:
    known = {0: "eyebrow_troubled_left", 11: "eyebrow_serious_right", 12: "eye_wink_left", 26: "mouth_aaa"}
    known |= {36: "mouth_smirk", 37: "iris_rotation_x", 39: "head_x", 42: "body_y", 44: "breathing"}
    assert {index: pose.NAMES[index] for index in known} == known
    assert len(pose.NAMES) == len(set(pose.NAMES)) == 45


def test_only_rotations_may_be_negative() -> None:
    assert [name for name, lowest in zip(pose.NAMES, pose.LOWEST, strict=True) if lowest == -1] == [
        *("iris_rotation_x", "iris_rotation_y", "head_x", "head_y", "neck_z", "body_y", "body_z")
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=45, max_size=45))
def test_clamped_values_lie_in_their_ranges_and_those_that_did_are_kept(values: list[float]) -> None:
    clamped = pose.clamp(values)
    for lowest, before, after in zip(pose.LOWEST, values, clamped, strict=True):
        assert lowest <= after <= 1
        assert after == before or not lowest <= before <= 1


@pytest.mark.parametrize("bad", [[0.0] * 44, [0.0] * 46, [], [math.nan] * 45, [0.0] * 44 + [math.inf]])
def test_what_is_no_pose_is_refused(bad: list[float]) -> None:
    with pytest.raises(ParseError):
        pose.clamp(bad)
