import random
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.placement import MOST_DOWN, MOST_SCALE, MOST_SIDEWAYS, MOST_TILT, MOST_UP, REST, Placement
from ezvtb.tracking.blend import HOLD_SECONDS, TO_IDLE_SECONDS
from ezvtb.tracking.calibration import Calibration
from ezvtb.tracking.face import Face
from ezvtb.tracking.figure import SETTLE_SECONDS, Figure, FigureOptions, placement, reach
from ezvtb.tracking.mapping import MappingOptions
from ezvtb.tracking.motion import Motion, MotionOptions

STEP = 1 / 60
HERE = (3.0, -12.0, -55.0)
USUAL = FigureOptions()
MIRROR = FigureOptions(mirror=True)


def place(
    moved: "tuple[float, float, float]" = (0.0, 0.0, 0.0), roll: float = 0.0, options: FigureOptions = USUAL
) -> Placement:
    return placement(reach(moved, roll, options))


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (place(), REST),
        # a head of 22 cm is a quarter of the picture
        (place((1.0, 0.0, 0.0)), (-0.25 / 22, 0, 0, 1)),
        (place((1.0, 0.0, 0.0), options=MIRROR), (0.25 / 22, 0, 0, 1)),
        (place((0.0, 1.0, 0.0)), (0, 0.25 / 22, 0, 1)),
        (place((0.0, -1.0, 0.0), options=MIRROR), (0, -0.25 / 22, 0, 1)),
        (place((1.0, 0.0, 0.0), options=FigureOptions(move=2.0)), (-0.5 / 22, 0, 0, 1)),
        (place((0.0, 0.0, 1.0)), (0, 0, 0, 1 + 1 / 60)),
        (place((0.0, 0.0, -1.0), options=FigureOptions(zoom=0.5)), (0, 0, 0, 1 - 0.5 / 60)),
        (place(roll=1.0), (0, 0, -0.4, 1)),
        (place(roll=1.0, options=MIRROR), (0, 0, 0.4, 1)),
        (place(roll=1.0, options=FigureOptions(tilt=2.0)), (0, 0, -0.8, 1)),
        (place((9.0, 9.0, 9.0), 9.0, FigureOptions(0.0, 0.0, 0.0)), REST),
        (place((1000.0, 1000.0, 1000.0), 180.0), (-MOST_SIDEWAYS, MOST_UP, -MOST_TILT, MOST_SCALE)),
        (place((-1000.0, -1000.0, -1000.0), -180.0), (MOST_SIDEWAYS, -MOST_DOWN, MOST_TILT, 1 / MOST_SCALE)),
    ],
)
def test_small_movements_are_followed_as_they_are_and_large_ones_end_at_the_limits(
    at: Placement, wanted: "tuple[float, ...]"
) -> None:
    assert at == pytest.approx(wanted, rel=0.03, abs=1e-6)


CENTIMETRES = st.floats(-1000, 1000)


@given(st.tuples(CENTIMETRES, CENTIMETRES, CENTIMETRES), st.floats(-180, 180), st.floats(0, 2), st.booleans())
def test_no_place_is_beyond_the_limits(
    moved: "tuple[float, float, float]", roll: float, gain: float, mirror: bool
) -> None:
    at = place(moved, roll, FigureOptions(gain, gain, gain, mirror))
    assert abs(at.x) <= MOST_SIDEWAYS
    assert -MOST_DOWN <= at.y <= MOST_UP
    assert abs(at.tilt) <= MOST_TILT
    assert 1 / MOST_SCALE - 1e-9 <= at.scale <= MOST_SCALE + 1e-9


class Person:
    """Somebody in front of a tracker that sends 60 times a second."""

    def __init__(self, options: FigureOptions = USUAL) -> None:
        self.motion = Motion()
        mapping = MappingOptions(mirror=options.mirror)
        self.motion.options = MotionOptions(mapping=mapping, figure=options)
        self.now = 50.0
        self._chance = random.Random(2)

    def sit(self, face: Optional[Face], seconds: float, sender: str = "a") -> "list[Placement]":
        """The places shown meanwhile; None: the tracker is silent."""
        shown = []
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            if face is not None:
                shapes = {"jawOpen": self._chance.random() / 100}  # a living face
                self.motion.feed(face._replace(shapes=shapes), sender, "VMC", self.now)
            at = self.motion.placement(self.now)
            assert at is not None
            shown.append(at)
        return shown


def beside(right: float = 0.0, up: float = 0.0, towards: float = 0.0, **more: Any) -> Face:
    return Face(head=(0.0, 0.0, 0.0), position=(HERE[0] + right, HERE[1] + up, HERE[2] + towards), **more)


def test_where_one_sits_at_first_is_rest_and_from_there_the_figure_moves() -> None:
    person = Person()
    assert person.sit(beside(), SETTLE_SECONDS + 0.1)[-1] == pytest.approx(REST)
    assert person.sit(beside(right=6.0), 2)[-1] == pytest.approx(place((6.0, 0.0, 0.0)), abs=1e-3)
    assert person.sit(beside(towards=8.0), 2)[-1] == pytest.approx(place((0.0, 0.0, 8.0)), abs=1e-3)


def test_a_calibration_says_where_rest_is_and_is_reached_without_a_jump() -> None:
    person = Person()
    person.sit(beside(), SETTLE_SECONDS + 0.1)
    aside = person.sit(beside(right=6.0), 2)[-1]
    assert person.motion.straight_ahead(person.now) == Calibration((0, 0, 0), (0, 0), (HERE[0] + 6, HERE[1], HERE[2]))
    shown = [aside, *person.sit(beside(right=6.0), 1)]
    assert shown[-1] == pytest.approx(REST, abs=1e-6)
    assert max(abs(a.x - b.x) for a, b in zip(shown, shown[1:], strict=False)) < 0.01


def test_nobody_there_lets_it_go_back_and_who_returns_finds_the_same_rest() -> None:
    person = Person()
    person.sit(beside(), SETTLE_SECONDS + 0.1)
    aside = person.sit(beside(right=6.0), 2)[-1]
    gone = person.sit(None, HOLD_SECONDS + TO_IDLE_SECONDS + 0.1)
    assert gone[5] == aside
    assert gone[-1] == REST
    assert max(abs(a.x - b.x) for a, b in zip(gone, gone[1:], strict=False)) < 0.01
    assert person.sit(beside(right=6.0), 3)[-1] == pytest.approx(aside, abs=1e-3)


def test_another_tracker_has_a_rest_of_its_own() -> None:
    person = Person()
    person.sit(beside(), SETTLE_SECONDS + 0.1)
    person.sit(beside(right=6.0), 1)
    assert person.sit(beside(right=-80.0), SETTLE_SECONDS + 1, "b:1")[-1] == pytest.approx(REST, abs=1e-6)


def test_trackers_without_a_position_lean_it_and_raw_poses_leave_it_alone() -> None:
    person = Person()
    leaning = Face(head=(0.0, 0.0, 10.0))
    assert person.sit(leaning, 2)[-1] == pytest.approx(place(roll=10.0), abs=1e-3)
    mirrored = Person(MIRROR)
    assert mirrored.sit(leaning, 2)[-1].tilt == pytest.approx(-place(roll=10.0).tilt, abs=1e-3)
    raw = Face(pose=[0.5] * 45, head=(0.0, 0.0, 20.0), position=(50.0, 50.0, 50.0))
    assert Person().sit(raw, 1)[-1] == REST


def test_trembling_is_smoothed() -> None:
    figure, chance, raw, shown = Figure(), random.Random(3), [], []
    for number in range(300):
        position = (chance.gauss(0, 0.2), 0.0, 0.0)
        figure.feed(Face(position=position), (0.0, 0.0, 0.0), "a", USUAL, number * STEP)
        raw.append(place(position).x)
        shown.append(figure.placement(True, number * STEP).x)

    def unrest(places: "list[float]") -> float:
        return sum(abs(a - b) for a, b in zip(places[60:], places[61:], strict=False))

    assert unrest(shown) < 0.3 * unrest(raw)


def test_off_there_is_no_place() -> None:
    motion = Motion()
    motion.feed(beside(), "a", "VMC", 1.0)
    assert motion.placement(1.0) is None
