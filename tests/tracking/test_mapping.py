import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking import pose
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.face import Face
from ezvtb.tracking.mapping import EyebrowMode, Group, HeadLimits, MappingOptions, gaze, to_pose

PLAIN = MappingOptions(eyes=Group(), eyebrows=Group(), mouth=Group(), gaze=Group(), head=Group())
"""Without dead zones: the reference's own rules."""

UNIT = st.floats(0, 1)
DEGREES = st.floats(-180, 180)
FACES = st.builds(
    Face,
    shapes=st.dictionaries(st.sampled_from(SHAPES), UNIT, max_size=52),
    head=st.none() | st.tuples(DEGREES, DEGREES, DEGREES),
    gaze=st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    vowels=st.none() | st.tuples(UNIT, UNIT, UNIT, UNIT, UNIT),
    pose=st.none(),
)
GROUPS = st.builds(Group, st.floats(0, 4), st.floats(0, 0.9))
OPTIONS = st.builds(
    MappingOptions,
    *(GROUPS, GROUPS, GROUPS, GROUPS, GROUPS, st.booleans(), st.sampled_from(EyebrowMode), st.booleans()),
    *(st.builds(HeadLimits, *[st.floats(1, 90)] * 3), UNIT, UNIT),
)


def both(**shapes: float) -> dict[str, float]:
    """Shapes that there are twice, the same left and right."""
    return {f"{name}{side}": value for name, value in shapes.items() for side in ("Left", "Right")}


def moved(face: Face, options: MappingOptions = PLAIN) -> dict[str, float]:
    """The values that don't rest, by their names."""
    return {name: value for name, value in zip(pose.NAMES, to_pose(face, options), strict=True) if abs(value) > 1e-9}


def sides(name: str, left: float, right: "float | None" = None) -> dict[str, float]:
    named = {f"{name}_left": left, f"{name}_right": left if right is None else right}
    return {key: pytest.approx(value) for key, value in named.items() if value}


SMILE = both(mouthSmile=0.5)

# worked out by hand from the table of the reference's rules
RULES: list[tuple[str, dict[str, float], dict[str, float]]] = [
    ("nothing", {}, {}),
    ("a wink", {"eyeBlinkLeft": 0.8}, sides("eye_wink", 1, 0)),
    ("half a blink", both(eyeBlink=0.4), sides("eye_wink", 0.5)),
    ("eyes wide open", both(eyeWide=0.25), sides("eye_surprised", 0.5)),
    ("squeezed cheeks", both(cheekSquint=0.4), sides("eye_raised_lower_eyelid", 0.5)),
    ("inner brows up", {"browInnerUp": 0.3}, sides("eyebrow_raised", 0.3)),
    ("one brow up", {"browInnerUp": 0.3, "browOuterUpLeft": 0.9}, sides("eyebrow_raised", 1, 0.3)),
    ("brows down", both(browDown=0.2), sides("eyebrow_angry", 0.5)),
    ("a small smile", both(mouthSmile=0.2), sides("mouth_raised_corner", 0.2)),
    ("a shrugged lip", {"mouthShrugUpper": 0.3}, sides("mouth_raised_corner", 0.3)),
    (
        "half a smile",
        {**SMILE, **both(eyeBlink=0.8, browDown=0.4)},
        {
            **sides("mouth_raised_corner", 0.5),
            **sides("eyebrow_happy", 0.25),
            **sides("eyebrow_angry", 0.5),
            **sides("eye_wink", 0.5),
            **sides("eye_happy_wink", 0.5),
        },
    ),
    (
        "blinking while smiling",
        {**both(mouthSmile=0.6, eyeBlink=1.0, browDown=1.0)},
        {**sides("mouth_raised_corner", 0.6), **sides("eyebrow_happy", 0.6), **sides("eye_happy_wink", 1)},
    ),
    ("a frown", both(mouthFrown=0.15), sides("mouth_lowered_corner", 0.5)),
    ("a jaw hardly open", {"jawOpen": 0.1, **both(mouthFrown=0.3)}, sides("mouth_lowered_corner", 1)),
    ("a", {"jawOpen": 0.4, **both(mouthLowerDown=0.5)}, {"mouth_aaa": pytest.approx(1)}),
    ("half an a", {"jawOpen": 0.25, **both(mouthLowerDown=0.25)}, {"mouth_aaa": pytest.approx(0.5)}),
    ("a frown while speaking", {"jawOpen": 0.4, **both(mouthLowerDown=0.5, mouthFrown=1)}, {"mouth_aaa": 1}),
    (
        "u",
        {"jawOpen": 0.25, "mouthFunnel": 0.25, "mouthPucker": 0.75, **both(mouthLowerDown=0.15)},
        {"mouth_uuu": pytest.approx(1)},
    ),
    (
        "o",
        {"jawOpen": 0.4, "mouthFunnel": 0.5, "mouthPucker": 0.4, **both(mouthLowerDown=0.25)},
        {"mouth_ooo": pytest.approx(1)},
    ),
    ("eyes up", both(eyeLookUp=0.3), {"iris_rotation_x": pytest.approx(0.4)}),
    ("eyes down", both(eyeLookDown=0.9), {"iris_rotation_x": -1}),
    ("eyes right", {"eyeLookInLeft": 0.3, "eyeLookOutRight": 0.3}, {"iris_rotation_y": pytest.approx(0.4)}),
    ("eyes left", {"eyeLookOutLeft": 0.3, "eyeLookInRight": 0.3}, {"iris_rotation_y": pytest.approx(-0.4)}),
    ("crossed eyes", both(eyeLookIn=0.8), {}),
]


@pytest.mark.parametrize(("shapes", "expected"), [case[1:] for case in RULES], ids=[case[0] for case in RULES])
def test_shapes_become_what_the_reference_makes_of_them(shapes: dict[str, float], expected: dict[str, float]) -> None:
    assert moved(Face(shapes)) == expected


def test_eyes_of_equal_shapes_look_where_the_reference_says() -> None:
    assert gaze(Face()) is None
    assert gaze(Face(both(eyeLookIn=0.0))) == (0, 0)
    assert gaze(Face(both(eyeLookIn=0.5), gaze=(0.25, -0.5))) == (0.25, -0.5)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ((7.5, 0, 0), {"head_x": 0.5}),
        ((-40, 0, 0), {"head_x": -1}),
        ((0, 5, 0), {"head_y": 0.5, "body_y": 0.5}),
        ((0, 0, -7.5), {"neck_z": -0.5, "body_z": -0.5}),
    ],
)
def test_the_head_turns_the_body_with_it(head: tuple[float, float, float], expected: dict[str, float]) -> None:
    assert moved(Face(head=head)) == expected


def test_vowels_that_are_sent_are_spoken() -> None:
    spoken = moved(Face(vowels=(0.1, 0.2, 0.3, 0.4, 0.5)))
    assert spoken == {"mouth_aaa": 0.1, "mouth_iii": 0.2, "mouth_uuu": 0.3, "mouth_eee": 0.4, "mouth_ooo": 0.5}


def test_vowels_are_spoken_beside_a_jaw_that_rests_and_hide_a_frown() -> None:
    assert moved(Face({"jawOpen": 0.0, **both(mouthFrown=1.0)}, vowels=(0.7, 0, 0, 0, 0))) == {"mouth_aaa": 0.7}


def test_a_jaw_without_lips_opens_the_mouth() -> None:
    assert moved(Face({"jawOpen": 0.4})) == {"mouth_aaa": pytest.approx(1)}


@pytest.mark.parametrize("lip", [0.0, 0.1, 0.3])
def test_a_jaw_that_drops_opens_the_mouth_however_still_the_lips_are(lip: float) -> None:
    assert moved(Face({"jawOpen": 0.6, **both(mouthLowerDown=lip)}))["mouth_aaa"] > 0.55


def test_a_raw_pose_comes_back_as_it_is() -> None:
    values = [0.25] * pose.SIZE
    assert to_pose(Face(pose=values), MappingOptions(mirror=True, head=Group(0))) == values


@given(FACES, OPTIONS)
def test_every_value_is_in_its_range(face: Face, options: MappingOptions) -> None:
    values = to_pose(face, options)
    assert values == pose.clamp(values)


@given(FACES, OPTIONS)
def test_the_mirror_shows_left_as_right(face: Face, options: MappingOptions) -> None:
    plain = to_pose(face, MappingOptions(**{**vars(options), "mirror": False}))
    mirrored = to_pose(face, MappingOptions(**{**vars(options), "mirror": True}))
    for name, value in zip(pose.NAMES, plain, strict=True):
        twin = name.replace("_left", "_RIGHT").replace("_right", "_left").replace("_RIGHT", "_right")
        sign = -1 if name in ("iris_rotation_y", "head_y", "neck_z", "body_y", "body_z") else 1
        assert mirrored[pose.INDEX[twin]] == sign * value


SMALL = 0.001


@given(FACES, st.sampled_from(SHAPES))
def test_a_small_change_of_the_face_never_makes_the_pose_leap(face: Face, name: str) -> None:
    value = face.shapes.get(name, 0.0)
    before, after = ({**face.shapes, name: each} for each in (value, abs(value - SMALL)))
    if name.startswith("mouthLowerDown") and "mouthLowerDownLeft" not in face.shapes:
        before |= both(mouthLowerDown=0.0)  # a lip that begins to be sent is another tracker
        after |= both(mouthLowerDown=0.0)
    if name.startswith("eyeLook") or name == "jawOpen":
        before[name], after[name] = value, abs(value - SMALL)
    pairs = zip(to_pose(face._replace(shapes=before)), to_pose(face._replace(shapes=after)), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 40 * SMALL


@pytest.mark.parametrize(
    ("left", "right", "closed"),
    [
        (0.9, 0.8, (1, 1)),  # a blink that the tracker sees better on one side
        (0.5, 0.4, (0.625, 0.625)),
        (0.9, 0.3, (1, 0.375)),  # a wink
    ],
)
def test_eyes_that_close_together_close_alike(left: float, right: float, closed: tuple[float, float]) -> None:
    winked = moved(Face({"eyeBlinkLeft": left, "eyeBlinkRight": right}))
    assert (winked["eye_wink_left"], winked["eye_wink_right"]) == pytest.approx(closed)


def test_linked_eyes_do_the_same() -> None:
    options = MappingOptions(link_eyes=True)
    values = to_pose(Face({"eyeBlinkLeft": 1.0, "eyeWideRight": 0.4, "cheekSquintLeft": 0.7}), options)
    for name in ("eye_wink", "eye_surprised", "eye_raised_lower_eyelid"):
        left, right = pose.indices(name)
        assert values[left] == values[right] > 0


@pytest.mark.parametrize("mode", EyebrowMode)
def test_lowered_eyebrows_say_what_the_user_wants(mode: EyebrowMode) -> None:
    shown = moved(Face(both(browDown=0.4)), MappingOptions(eyebrows=Group(), eyebrow_mode=mode))
    assert shown == sides(f"eyebrow_{mode.value}", 1)


def test_the_body_the_limits_and_the_irises_are_the_users_choice() -> None:
    face = Face(head=(10, 10, 10))
    options = MappingOptions(head_limits=HeadLimits(20, 40, 10), body=0.5, iris_small=0.3)
    expected = {"head_x": 0.5, "head_y": 0.25, "neck_z": 1, "body_y": 0.125, "body_z": 0.5, **sides("iris_small", 0.3)}
    assert moved(face, options) == expected


GROUP_INPUTS: list[tuple[str, Face, str]] = [
    ("eyes", Face(both(eyeBlink=0.3)), "eye_wink_left"),
    ("eyebrows", Face({"browInnerUp": 0.3}), "eyebrow_raised_right"),
    ("mouth", Face(vowels=(0.3, 0, 0, 0, 0)), "mouth_aaa"),
    ("gaze", Face(gaze=(-0.3, 0)), "iris_rotation_x"),
    ("head", Face(head=(0, -3, 0)), "head_y"),
]


@pytest.mark.parametrize(("group", "face", "name"), GROUP_INPUTS)
def test_gain_and_dead_zone_act_on_their_group_alone(group: str, face: Face, name: str) -> None:
    def value(changed: Group, group: str = group) -> float:
        return to_pose(face, MappingOptions(**{**vars(PLAIN), group: changed}))[pose.INDEX[name]]

    plain = value(Group())
    assert value(Group(gain=2)) == pytest.approx(2 * plain)
    assert value(Group(gain=0)) == 0
    assert value(Group(dead_zone=0.31)) == 0
    assert value(Group(dead_zone=0.1)) == pytest.approx(plain * (0.2 / 0.9) / 0.3)
    for other, _, _ in GROUP_INPUTS:
        assert other == group or value(Group(gain=3), other) == plain


def test_an_open_eye_stays_open_by_default_and_a_closed_one_closes() -> None:
    assert moved(Face(both(eyeBlink=0.09)), MappingOptions()) == {}
    assert moved(Face(both(eyeBlink=0.85)), MappingOptions()) == sides("eye_wink", 1)


def test_the_mouth_opens_without_a_leap() -> None:
    lips = both(mouthLowerDown=0.5, mouthFrown=0.3)
    shown = [to_pose(Face({"jawOpen": step / 1000, **lips}), PLAIN) for step in range(500)]
    leaps = [max(abs(a - b) for a, b in zip(one, two, strict=True)) for one, two in zip(shown, shown[1:], strict=False)]
    assert max(leaps) < 0.03
    assert math.isclose(shown[-1][pose.INDEX["mouth_aaa"]], 1)
