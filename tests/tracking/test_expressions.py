import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking import expressions, pose
from ezvtb.tracking.expressions import EXPRESSIONS, parse, put_on


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_can_be_named_and_changes_a_face_at_rest(name: str) -> None:
    values = pose.neutral()
    put_on([parse(f" {name.upper()} ")], values)
    assert values != pose.neutral()
    assert pose.clamp(values) == values


def test_what_an_expression_does_not_name_stays_the_tracker_s() -> None:
    values = [0.3] * 45
    put_on([parse("mouth_smirk=1, head_x = -2, eye_wink_left")], values)
    changed = {pose.NAMES[index]: value for index, value in enumerate(values) if value != 0.3}
    assert changed == {"mouth_smirk": 1.0, "head_x": -1.0, "eye_wink_left": 1.0}


def test_the_later_of_two_expressions_wins() -> None:
    values = pose.neutral()
    put_on([parse("mouth_aaa=0.25"), parse("mouth_aaa=0.5")], values)
    assert values[pose.INDEX["mouth_aaa"]] == 0.5


@pytest.mark.parametrize("text", ["", "  ", " , "])
def test_nothing_is_no_expression(text: str) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(("text", "named"), [("Grin", "Grin"), ("mouth=1", "mouth"), ("mouth_aaa=x", "x")])
def test_what_is_unknown_is_named_with_an_example(text: str, named: str) -> None:
    with pytest.raises(ParseError, match=named) as caught:
        parse(text)
    assert "mouth_smirk=1" in caught.value.remedy


@given(
    st.text(max_size=40) | st.lists(st.sampled_from([*pose.NAMES, "=", ",", "nan", "1e999", "-3", " "])).map("".join)
)
def test_no_text_gives_anything_but_values_in_range_or_a_parse_error(text: str) -> None:
    try:
        expression = expressions.parse(text)
    except ParseError:
        return
    values = pose.neutral()
    put_on([expression], values)
    assert pose.clamp(values) == values
