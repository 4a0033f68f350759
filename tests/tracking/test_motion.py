import random
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ezvtb.tracking import expressions, pose
from ezvtb.tracking.blend import HOLD_SECONDS, TO_IDLE_SECONDS, TO_LIVE_SECONDS
from ezvtb.tracking.calibration import Calibration
from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.tracking.idle import BLINK_CLOSE_SECONDS, Idle, IdleOptions
from ezvtb.tracking.mapping import MappingOptions, to_pose
from ezvtb.tracking.motion import FROZEN_SECONDS, GAZE_HELD_SECONDS, HEARD_SECONDS, Motion, MotionOptions

STEP = 1 / 60
STILL = IdleOptions(breath_depth=0, blinks=False, gaze=0, head=0)
EYES = {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5, "eyeLookInLeft": 0.3, "eyeLookOutRight": 0.3}
FACE = Face({**EYES, "jawOpen": 0.4}, head=(5.0, 8.0, -6.0))
RAW = Face(pose=[0.25] * pose.SIZE)
SPEECH = -20.0


def value(values: list[float], name: str) -> float:
    return values[pose.INDEX[name]]


class Stage:
    """An avatar at 60 frames a second, and a tracker that sends as often."""

    def __init__(self, options: Optional[MotionOptions] = None, seed: int = 0) -> None:
        self.motion = Motion(seed)
        self.motion.options = options or MotionOptions(life=STILL)
        self.now = 1000.0
        self._chance = random.Random(1)

    def play(
        self, face: Optional[Face], seconds: float, decibels: Optional[float] = None, frozen: bool = False,
        sender: str = "a",
    ) -> list[list[float]]:  # fmt: skip
        """The poses shown; living faces tremble a little."""
        shown = []
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            if face is not None:
                self.motion.feed(face if frozen else self._alive(face), sender, "VMC", self.now)
            self.motion.hear(decibels, self.now)
            shown.append(self.motion.pose(self.now))
        return shown

    def _alive(self, face: Face) -> Face:
        return face._replace(position=(self._chance.random(), 0.0, 0.0))


def fastest(shown: list[list[float]]) -> float:
    """The largest change of any value from one frame to the next, units a second."""
    frames = zip(shown, shown[1:], strict=False)
    return max((abs(a - b) / STEP for one, two in frames for a, b in zip(one, two, strict=True)), default=0.0)


def test_before_anybody_tracks_the_character_lives_by_itself_or_rests() -> None:
    stage = Stage(MotionOptions(), seed=3)
    shown = stage.play(None, 0.5)
    assert shown[-1] == Idle(3).pose(stage.now)
    assert not stage.motion.is_live(stage.now)
    assert not any(Stage(MotionOptions(idle=False)).play(None, 0.5)[-1])


def test_a_resting_face_is_shown_as_it_is_mapped() -> None:
    shown = Stage().play(FACE, 2)
    assert shown[-1] == pytest.approx(to_pose(FACE), abs=1e-3)


def test_raw_poses_are_shown_exactly_and_may_rest_for_ever() -> None:
    stage = Stage(MotionOptions())
    assert stage.play(RAW, 0.5, frozen=True)[-1] == RAW.pose
    assert stage.play(RAW, 3 * FROZEN_SECONDS, frozen=True)[-1] == RAW.pose
    moved = Face(pose=[0.75] * pose.SIZE)
    assert stage.play(moved, 2 * STEP, frozen=True)[-1] == moved.pose


LOSSES: dict[str, tuple[Optional[Face], bool, float]] = {
    "silence": (None, False, HOLD_SECONDS),
    "no face found": (NO_FACE, False, HOLD_SECONDS),
    "a face with its last values that isn't found": (FACE._replace(found=False), False, HOLD_SECONDS),
    "the same data for seconds": (FACE, True, FROZEN_SECONDS),
}


@pytest.mark.parametrize(("sent", "frozen", "hold"), LOSSES.values(), ids=LOSSES)
def test_every_loss_holds_then_eases_to_idle_and_ends_with_the_first_new_face(
    sent: Optional[Face], frozen: bool, hold: float
) -> None:
    stage = Stage()
    before = stage.play(FACE, 1)[-1]
    lost = stage.play(sent, hold + TO_IDLE_SECONDS + 0.2, frozen=frozen)
    held = lost[: int((hold - 0.1) / STEP)]
    assert held == [pytest.approx(before, abs=1e-3)] * len(held)
    assert not stage.motion.is_live(stage.now)
    assert not any(lost[-1])

    back = stage.play(FACE, TO_LIVE_SECONDS + 0.1)
    assert back[0] != lost[-1]  # with the very first packet
    assert back[-1] == pytest.approx(to_pose(FACE), abs=1e-3)
    assert fastest([before, *lost]) <= 1.5 / TO_IDLE_SECONDS + 0.1
    assert fastest([lost[-1], *back]) <= 1.5 / TO_LIVE_SECONDS + 0.1


def test_a_face_that_comes_again_after_silence_is_live_though_it_is_the_same() -> None:
    stage = Stage()
    stage.play(FACE, 1, frozen=True)
    stage.play(None, 20)
    stage.play(FACE, STEP, frozen=True)
    assert stage.motion.is_live(stage.now)


def test_returning_in_the_middle_of_the_way_to_idle_does_not_jump() -> None:
    stage = Stage()
    held = stage.play(Face(head=(15, 10, 15)), 1)
    easing = stage.play(None, HOLD_SECONDS + TO_IDLE_SECONDS / 2)
    back = stage.play(Face(head=(-15, -10, -15)), 1)
    assert fastest(held[-1:] + easing + back) <= 2 * 1.5 / TO_LIVE_SECONDS + 0.1
    assert value(back[-1], "head_y") == -1


HEADS = [Face(EYES, head=(p, y, r)) for p in (-20, 20) for y in (-20, 20) for r in (0, 20)]
EVENTS = st.one_of(
    st.tuples(st.just("face"), st.sampled_from(HEADS), st.sampled_from("ab")),
    st.tuples(st.just("face"), st.sampled_from([Face(), FACE, NO_FACE, Face(vowels=(1, 0, 0, 0, 0))]), st.just("a")),
    st.tuples(
        st.just("face"),
        st.sampled_from([RAW, Face(pose=[1.0] * 26 + [0.0] * 11 + [-1.0] * 7 + [1.0])]),
        st.sampled_from("ab"),
    ),
    st.tuples(st.just("silence"), st.none(), st.just("")),
    st.tuples(st.just("calibrate"), st.none(), st.just("")),
    st.tuples(st.just("mirror"), st.none(), st.just("")),
)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(EVENTS, st.integers(1, 120)), min_size=1, max_size=8),
    st.sampled_from([1 / 120, STEP, 0.1]),
    st.sampled_from([0.0, 0.5, 1.0]),
)
def test_whatever_comes_and_goes_the_pose_moves_no_faster_than_the_stated_limit(
    script: "list[tuple[tuple[str, Optional[Face], str], int]]", step: float, responsiveness: float
) -> None:
    """Every sender holds its face still: all motion is that of the changes between them."""
    motion, now, frames = Motion(), 50.0, 0
    motion.options = MotionOptions(life=STILL, responsiveness=responsiveness)
    last = motion.pose(now)
    for (what, face, sender), count in script:
        if what == "calibrate":
            motion.straight_ahead(now)
        if what == "mirror":
            options = motion.options
            motion.options = MotionOptions(
                MappingOptions(mirror=not options.mapping.mirror), life=STILL, responsiveness=responsiveness
            )
        for _ in range(count):
            now, frames = now + step, frames + 1
            if face is not None:  # each face has a sender of its own: the same one's may move as fast as it likes
                trembling = face._replace(position=(float(frames), 0.0, 0.0))
                motion.feed(trembling, f"{sender} {face.head} {face.pose} {face.vowels}", "VMC", now)
            shown = motion.pose(now)
            assert shown == pose.clamp(shown)
            reach = max(abs(a - b) for a, b in zip(last, shown, strict=True))
            assert reach <= 2 * 1.5 / TO_LIVE_SECONDS * step + 1e-9
            last = shown


def test_a_calibration_is_taken_from_the_last_face_kept_by_protocol_and_eased_in() -> None:
    stage = Stage()
    shown = stage.play(FACE, 1)
    taken = stage.motion.straight_ahead(stage.now)
    assert taken is not None
    assert taken.head == FACE.head
    assert stage.motion.calibrations == {"VMC": taken}
    after = stage.play(FACE, 1)
    assert fastest(shown[-1:] + after) <= 1.5 / TO_LIVE_SECONDS + 0.2
    assert [value(after[-1], name) for name in ("head_x", "head_y", "iris_rotation_y")] == pytest.approx([0] * 3)


def test_a_saved_calibration_counts_for_its_protocol_only() -> None:
    stage = Stage()
    stage.motion.calibrations = {"VMC": Calibration((5.0, 8.0, -6.0)), "OpenSeeFace": Calibration((9.0, 9.0, 9.0))}
    assert value(stage.play(FACE, 1)[-1], "head_y") == pytest.approx(0, abs=1e-3)


def test_a_face_of_long_ago_is_not_calibrated() -> None:
    stage = Stage()
    stage.play(FACE, 1)
    assert stage.motion.straight_ahead(stage.now + 2 * HOLD_SECONDS) is None


@pytest.mark.parametrize("sent", [None, RAW, NO_FACE])
def test_without_a_face_nothing_is_calibrated(sent: Optional[Face]) -> None:
    stage = Stage()
    stage.play(sent, 0.1)
    assert stage.motion.straight_ahead(stage.now) is None
    assert stage.motion.calibrations == {}


@pytest.mark.parametrize("rate", [24, 60])
def test_a_blink_in_which_no_pupil_is_seen_shuts_the_eyes_and_leaves_the_gaze_alone(rate: int) -> None:
    motion = Motion()
    motion.options = MotionOptions(life=STILL)
    winks, looks = [], []
    for number in range(2 * rate):
        away = abs(number / rate - 1.5) / 0.1
        blink = max(0.0, 1 - away)
        face = Face(
            {"eyeBlinkLeft": blink, "eyeBlinkRight": blink},
            gaze=(0.0, 0.5) if blink < 0.7 else None,
            position=(float(number), 0.0, 0.0),
        )
        motion.feed(face, "a", "OpenSeeFace", number / rate)
        shown = motion.pose(number / rate)
        winks.append(value(shown, "eye_wink_left"))
        looks.append(value(shown, "iris_rotation_y"))
    assert max(winks) > 0.9
    assert looks[rate:] == pytest.approx([looks[-1]] * rate, abs=0.01)


@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.06, 0.09])
def test_a_blink_between_two_poses_of_a_slow_computer_is_seen(seconds: float) -> None:
    motion, shown = Motion(), []
    motion.options = MotionOptions(life=STILL)
    for number in range(120):
        blink = max(0.0, 1 - abs(number / 60 - 1 - seconds) / 0.05)
        face = Face({"eyeBlinkLeft": blink, "eyeBlinkRight": blink}, position=(float(number), 0.0, 0.0))
        motion.feed(face, "a", "VMC", number / 60)
        if number % 7 == 6:
            shown.append(value(motion.pose(number / 60), "eye_wink_left"))
    assert max(shown) > 0.85
    assert sum(each > 0.1 for each in shown) <= 2
    assert shown[-1] == pytest.approx(0, abs=0.001)


def test_a_gaze_that_stays_away_is_the_character_s_own_in_the_end() -> None:
    stage = Stage()
    stage.play(Face(EYES), 1)
    unseen = stage.play(Face({"eyeBlinkLeft": 0.0}), GAZE_HELD_SECONDS + TO_LIVE_SECONDS + 0.1)
    assert value(unseen[0], "iris_rotation_y") > 0.3
    assert value(unseen[-1], "iris_rotation_y") == 0
    other = Stage()
    other.play(Face(EYES), 1)
    assert value(other.play(Face({"eyeBlinkLeft": 0.0}), TO_LIVE_SECONDS + 0.1, sender="b")[-1], "iris_rotation_y") == 0


def test_the_character_breathes_while_it_is_tracked() -> None:
    breath = [value(values, "breathing") for values in Stage(MotionOptions()).play(FACE, 5)]
    assert min(breath) < 0.05
    assert max(breath) > 0.95


def test_what_a_tracker_does_not_see_goes_on_by_itself() -> None:
    shown = Stage(MotionOptions()).play(Face(head=(0, 0, 0)), 10)
    assert max(value(values, "eye_wink_left") for values in shown) > 0.8
    assert len({value(values, "iris_rotation_y") for values in shown}) > 5
    seen = Stage(MotionOptions()).play(Face(dict.fromkeys(EYES, 0.0)), 10)[30:]
    assert {value(values, name) for values in seen for name in ("eye_wink_left", "iris_rotation_y")} == {0}
    still = Stage(MotionOptions(idle=False)).play(Face(head=(0, 0, 0)), 10)[30:]
    assert not any(map(any, still))


@pytest.mark.parametrize(
    ("face", "too", "moves"),
    [
        (None, False, True),
        (Face(EYES), False, True),
        (Face({**EYES, "jawOpen": 0.0}), False, False),
        (Face({**EYES, "jawOpen": 0.0}), True, True),
        (Face(vowels=(0, 0, 0, 0, 0)), False, False),
        (Face(pose=[0.0] * pose.SIZE), False, False),
    ],
)
def test_the_microphone_opens_a_mouth_that_nobody_tracks(face: Optional[Face], too: bool, moves: bool) -> None:
    stage = Stage(MotionOptions(life=STILL, microphone_too=too))
    stage.play(face, 1, decibels=-60)
    assert not any(stage.play(face, 1, decibels=-60)[-1][index] for index in pose.indices("mouth"))
    spoken = stage.play(face, 0.3, decibels=SPEECH)
    assert any(spoken[-1][index] > 0.5 for index in pose.indices("mouth")) == moves


def test_the_larger_of_two_mouths_is_shown() -> None:
    stage = Stage(MotionOptions(life=STILL, microphone_too=True))
    spoken = stage.play(Face(vowels=(0.9, 0, 0, 0, 0)), 1, decibels=-60)
    assert value(spoken[-1], "mouth_aaa") == pytest.approx(to_pose(Face(vowels=(0.9, 0, 0, 0, 0)))[26], abs=1e-3)


def test_a_microphone_that_goes_shuts_the_mouth_without_a_jump() -> None:
    stage = Stage()
    stage.play(None, 1, decibels=-60)
    spoken = stage.play(None, 0.5, decibels=SPEECH)
    gone = stage.play(None, TO_IDLE_SECONDS + 0.1)
    assert fastest(spoken[-1:] + gone) <= 1.5 / TO_IDLE_SECONDS
    assert not any(gone[-1])

    motion = Motion()
    motion.options = MotionOptions(life=STILL)
    for number in range(60):
        motion.hear(SPEECH if number > 30 else -60, number * STEP)
        motion.pose(number * STEP)
    assert any(motion.pose(1.0))
    motion.pose(1.0 + 2 * HEARD_SECONDS)
    assert not any(motion.pose(3.0))


def test_a_nod_is_followed_without_delay_at_full_responsiveness() -> None:
    stage = Stage(MotionOptions(life=STILL, responsiveness=1.0))
    stage.play(Face(head=(0, 0, 0)), 1)
    assert value(stage.play(Face(head=(15, 0, 0)), STEP)[-1], "head_x") == 1
    stage.motion.options = MotionOptions(life=STILL, responsiveness=0.2)
    stage.play(Face(head=(15, 0, 0)), 1)
    assert 0 < value(stage.play(Face(head=(0, 0, 0)), STEP)[-1], "head_x") < 1


def test_idle_life_never_jumps_though_faces_come_and_go() -> None:
    stage = Stage(MotionOptions())
    shown: list[list[float]] = []
    for _ in range(6):
        shown += stage.play(None, 1.9) + stage.play(FACE, 0.7) + stage.play(Face(head=(0, 0, 0)), 0.7)
    assert fastest(shown) <= 1.5 * 2 / TO_LIVE_SECONDS + 1 / BLINK_CLOSE_SECONDS


@given(st.lists(st.floats(-1e7, 1e7), max_size=20))
def test_a_clock_that_leaps_harms_nothing(moments: list[float]) -> None:
    motion = Motion()
    for now in moments:
        motion.feed(FACE, "a", "VMC", now)
        motion.hear(SPEECH, now)
        shown = motion.pose(now)
        assert shown == pose.clamp(shown)


def test_a_program_that_sends_from_a_new_port_each_time_is_one_tracker() -> None:
    stage = Stage(MotionOptions(life=STILL, responsiveness=1.0))
    for number in range(60):
        shown = stage.play(FACE, STEP, sender=f"127.0.0.1:{50000 + number}", frozen=True)
    assert shown[-1] == to_pose(FACE)
    stage.play(FACE, FROZEN_SECONDS, sender="127.0.0.1:50000", frozen=True)
    assert not stage.motion.is_live(stage.now)


def test_what_it_returns_is_the_callers_own() -> None:
    motion = Motion()
    for _ in range(2):
        motion.feed(RAW, "a", "Raw poses", 5.0)
        motion.pose(5.0)[0] = 9.0
        assert motion.pose(5.0) == RAW.pose


def test_an_expression_is_eased_in_and_out_over_what_the_tracker_says() -> None:
    stage = Stage(MotionOptions(life=STILL))
    stage.play(FACE, 1)
    rest = stage.play(FACE, STEP)[-1]
    stage.motion.expressions = (expressions.parse("mouth_smirk=1"), expressions.parse("eye_relaxed_left=0.5"))
    worn = stage.play(FACE, 1)
    assert fastest(worn) <= 1.5 * 1 / TO_LIVE_SECONDS
    changed = {name for name, was, now in zip(pose.NAMES, rest, worn[-1], strict=True) if abs(was - now) > 0.01}
    assert changed == {"mouth_smirk", "eye_relaxed_left"}
    stage.motion.expressions = ()
    assert stage.play(FACE, 1)[-1] == pytest.approx(rest, abs=0.01)
