from collections.abc import Callable

import pytest

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import CANONICAL, SHAPES
from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.tracking.protocols import ranges


def test_a_face_of_which_nothing_is_known() -> None:
    face = Face()
    assert face.found and not face.shapes and not NO_FACE.found
    assert (face.head, face.gaze, face.vowels, face.position, face.pose, face.partial) == (None,) * 6


def test_no_face_shares_its_shapes_with_another() -> None:
    with pytest.raises(TypeError):
        Face().shapes["jawOpen"] = 1.0  # type: ignore[index]


def test_there_are_52_shapes() -> None:
    assert len(SHAPES) == len(set(SHAPES)) == 52 and set(CANONICAL.values()) == set(SHAPES)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("eyeblinkleft", "eyeBlinkLeft"),
        ("eyeblink_l", "eyeBlinkLeft"),
        ("mouthupperup_r", "mouthUpperUpRight"),
        ("mouthleft", "mouthLeft"),
        ("jawopen", "jawOpen"),
        ("browinnerup", "browInnerUp"),
        ("browinnerupright", "browInnerUp"),
        ("browinnerup_l", "browInnerUp"),
    ],
)
def test_trackers_spell_shapes_differently(sent: str, name: str) -> None:
    assert CANONICAL[sent] == name


@pytest.mark.parametrize("name", ["jaw_l", "mouth_r", "eyeBlinkLeft", "eyeblink", ""])
def test_what_is_no_shape_stays_none(name: str) -> None:
    assert name not in CANONICAL


def test_numbers_are_brought_into_range() -> None:
    assert ranges.unit({"a": -5.0, "b": 0.5, "c": 1e300}) == {"a": 0.0, "b": 0.5, "c": 1.0}
    assert ranges.head(190.0, -190.0, 720.0) == (-170.0, 170.0, 0.0)
    assert ranges.gaze(26.25, -13.125) == (1.0, -0.5) and ranges.gaze(-90.0, 1e300) == (-1.0, 1.0)
    assert ranges.position(1.0, -2000.0, 1e300) == (1.0, -1000.0, 1000.0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("bring", [ranges.head, ranges.position, lambda *values: ranges.unit(dict(zip("abc", values)))])
def test_a_number_that_is_not_finite_is_refused(bring: "Callable[..., object]", bad: float) -> None:
    for values in ((bad, 0.0, 0.0), (0.0, bad, -bad), (1.0, 1.0, bad)):
        with pytest.raises(ParseError, match="finite"):
            bring(*values)
