import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.track import view
from ezvtb.tracking import pose
from ezvtb.tracking.face import NO_FACE, Face

QUIET = view.Moment("Nothing has come yet.", None, pose.neutral())
TALKATIVE = view.Moment(
    "A sentence about the tracker. " * 40,
    Face({"jawOpen": 1.0}, (1.0, 2.0, 3.0), (0.5, 0.5)),
    pose.neutral(),
    "R" * 300,
)
POSES = st.tuples(*(st.floats(lowest, 1) for lowest in pose.LOWEST))


def plain(lines: list[str]) -> list[str]:
    return [re.sub("\x1b\\[[0-9]*m", "", line) for line in lines]


def with_value(name: str, value: float) -> view.Moment:
    values = pose.neutral()
    values[pose.INDEX[name]] = value
    return QUIET._replace(pose=values)


def test_every_value_has_one_place() -> None:
    shown = [name for column in view.COLUMNS for group in column for row in group.rows for name in row.names]
    assert sorted(shown) == sorted(pose.NAMES)


def test_both_columns_are_equally_long() -> None:
    assert len({sum(1 + len(group.rows) for group in column) for column in view.COLUMNS}) == 1


@given(POSES, st.integers(30, 200), st.integers(1, 60), st.sampled_from([view.PLAIN, view.BLOCKS, view.COLOURED]))
def test_no_line_is_wider_and_no_screen_higher_than_the_terminal(
    values: tuple[float, ...], width: int, height: int, style: view.Style
) -> None:
    for moment in (QUIET, TALKATIVE):
        lines = plain(view.screen(moment._replace(pose=values), width, height, style))
        assert len(lines) <= height
        assert max(map(len, lines)) <= width


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (72, 24), (60, 50)])
@pytest.mark.parametrize("moment", [QUIET, TALKATIVE])
def test_all_values_are_on_an_ordinary_terminal_whatever_is_said_above(
    width: int, height: int, moment: view.Moment
) -> None:
    text = "\n".join(view.screen(moment, width, height))
    assert all(row.label in text for column in view.COLUMNS for group in column for row in group.rows)
    assert len(re.findall(r"0\.00 ", text)) == pose.SIZE
    assert "enlarge" not in text


def test_a_terminal_that_is_too_small_says_how_much_is_missing() -> None:
    assert view.screen(QUIET, 80, 10)[-1] == "... 10 more lines: enlarge the window."


def test_the_bars_stay_in_place_when_more_is_said() -> None:
    assert view.screen(QUIET, 80, 24)[7:] == view.screen(TALKATIVE, 80, 24)[7:]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("eyebrow_angry_left", 0.5, "angry         0.50 ###...  0.00 ......"),
        ("eyebrow_angry_right", 1.0, "angry         0.00 ......  1.00 ######"),
        ("iris_rotation_x", 1.0, "look up      +1.00 .........|#########"),
        ("iris_rotation_y", -1.0, "look right   -1.00 #########|........."),
        ("eye_wink_left", 0.004, "wink          0.00 ......  0.00 ......"),
    ],
)
def test_a_bar_is_as_long_as_its_value(name: str, value: float, line: str) -> None:
    assert any(each.startswith(line) for each in view.screen(with_value(name, value), 80, 24))


def test_blocks_show_half_characters_on_either_side_of_zero() -> None:
    right, left = (view.screen(with_value("head_y", value), 80, 24, view.BLOCKS)[19] for value in (0.28, -0.28))
    assert right.rstrip().endswith("+0.28 ░░░░░░░░░│██▌░░░░░░")
    assert left.rstrip().endswith("-0.28 ░░░░░░▐██│░░░░░░░░░")


@pytest.mark.parametrize(
    ("face", "said"),
    [
        (None, "moves by itself"),
        (NO_FACE, "The tracker sees no face."),
        (Face(pose=pose.neutral()), "Whole poses"),
        (Face(), "nothing that moves anything"),
        (Face({"jawOpen": 0.5, "jawLeft": 0.0}), "Face found: 2 blend shapes."),
        (Face(head=(1.25, -20.0, 0.0)), "Face found: head 1.2° up, 20.0° left, 0.0° tilted right."),
        (Face(gaze=(0.5, -0.25), vowels=(0, 0, 0, 0, 0)), "Face found: vowels; gaze 50% up, 25% left."),
    ],
)
def test_the_screen_and_the_line_say_what_the_tracker_sees(face: Face | None, said: str) -> None:
    moment = QUIET._replace(face=face)
    assert said in view.screen(moment, 100, 30)[0]
    assert said in view.line(moment)


def test_the_line_names_every_value_but_zeros() -> None:
    assert view.line(QUIET).endswith("All values are zero.")
    assert view.line(with_value("head_x", -0.123)).endswith(" head_x=-0.12")
    assert "\n" not in view.line(TALKATIVE)
