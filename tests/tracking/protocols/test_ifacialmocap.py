import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.errors import ParseError
from ezvtb.tracking.arkit import SHAPES
from ezvtb.tracking.protocols import facemotion3d, ifacialmocap
from tracking.protocols import encoders

IFACIALMOCAP_SAMPLE = (
    b"mouthSmile_R-0|eyeLookOut_L-0|mouthUpperUp_L-11|eyeWide_R-0|mouthClose-8|mouthPucker-4|mouthRollLower-9|"
    b"eyeBlink_R-7|eyeLookDown_L-17|cheekSquint_R-11|eyeBlink_L-7|tongueOut-0|jawRight-0|eyeLookIn_R-6|cheekSquint_L-11"
    b"|mouthDimple_L-10|mouthPress_L-4|eyeSquint_L-11|mouthRight-0|mouthShrugLower-9|eyeLookUp_R-0|eyeLookOut_R-0|"
    b"mouthPress_R-5|cheekPuff-2|jawForward-11|mouthLowerDown_L-9|mouthFrown_L-6|mouthShrugUpper-26|browOuterUp_L-4|"
    b"browInnerUp-20|mouthDimple_R-10|browDown_R-0|mouthUpperUp_R-10|mouthRollUpper-8|mouthFunnel-12|mouthStretch_R-21|"
    b"mouthFrown_R-13|eyeLookDown_R-17|jawOpen-12|jawLeft-0|browDown_L-0|mouthSmile_L-0|noseSneer_R-18|"
    b"mouthLowerDown_R-8|noseSneer_L-21|eyeWide_L-0|mouthStretch_L-21|browOuterUp_R-4|eyeLookIn_L-4|eyeSquint_R-11|"
    b"eyeLookUp_L-0|mouthLeft-1|=head#-21.488958,-6.038993,-6.6019735,-0.030653415,-0.10287084,-0.6584072|"
    b"rightEye#6.0297494,2.4403017,0.25649446|leftEye#6.034903,-1.6660284,-0.17520553|"
)
"""Of ifacialmocap.com/for-developer."""

FACEMOTION3D_SAMPLE = (
    b"eyeLookOutLeft&3|mouthPressRight&14|jawForward&8|browInnerUp&19|jawLeft&4|mouthShrugUpper&28|eyeSquintLeft&4|"
    b"eyeBlinkLeft&29|noseSneerRight&25|jawOpen&4|eyeLookDownRight&36|FM_SAD&0|FM_ANGRY&0|FM_VF&0|FM_browUpLeft&0|"
    b"=head#-22.167973,0.45402408,-4.8798294,-0.039975993,-0.048437987,-0.45562273|"
    b"rightEye#12.759762,5.527712,1.2244859|leftEye#12.862795,1.264116,0.28145725|"
)
"""Of facemotion3d.net/for-developer, shortened."""


def test_the_official_sample_of_version_1() -> None:
    face = ifacialmocap.parse(IFACIALMOCAP_SAMPLE)
    assert set(face.shapes) == set(SHAPES)
    wanted = {"mouthUpperUpLeft": 0.11, "noseSneerRight": 0.18, "browInnerUp": 0.2, "eyeLookDownLeft": 0.17}
    assert {name: face.shapes[name] for name in wanted} == pytest.approx(wanted)
    # -x, -y, z: up, to the right, and the right hand's rule
    assert face.head == pytest.approx((21.488958, 6.038993, -6.6019735))
    assert face.position == pytest.approx((3.0653415, -10.287084, -65.84072))
    assert face.found and face.gaze is None and face.partial is None


def test_the_official_sample_of_facemotion3d() -> None:
    face = facemotion3d.parse(FACEMOTION3D_SAMPLE)
    assert len(face.shapes) == 11 and face.shapes["eyeLookDownRight"] == pytest.approx(0.36)
    assert face.head == pytest.approx((22.167973, -0.45402408, -4.8798294))


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("sign", ["&", "-"])
def test_both_versions_and_both_ways_to_name_sides(sign: str, short: bool) -> None:
    shapes = {name: number for number, name in enumerate(SHAPES)}
    parsed = ifacialmocap.parse(encoders.text(shapes, sign=sign, short=short)).shapes
    assert parsed == pytest.approx({name: number / 100 for number, name in enumerate(SHAPES)})


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (b"jawOpen--5", 0.0),
        (b"jawOpen&-5", 0.0),
        (b"jawOpen-101", 1.0),
        (b"jawOpen&1e300", 1.0),
        (b"jawOpen&12.5", 0.125),
        (b"JAWOPEN&50", 0.5),
        (b"jawOpen&10|jawOpen&20", 0.2),
        (b"jawOpen&10|unheardOf&x|hapihapi&|&|-||jaw", 0.1),
        (b"jawOpen&10|\xff\xfe&3", 0.1),
    ],
)
def test_values_out_of_range_and_unknown_names_do_no_harm(item: bytes, expected: float) -> None:
    assert ifacialmocap.parse(item + b"|=head#0,0,0|").shapes == {"jawOpen": pytest.approx(expected)}


def test_a_head_needs_no_place() -> None:
    face = ifacialmocap.parse(b"jawOpen&10|=head#1,2,3|")
    assert face.head == (-1, -2, 3) and face.position is None


def test_angles_are_taken_by_whole_turns() -> None:
    assert ifacialmocap.parse(b"=head#350,-350,1e300,1e9,0,0|").head[:2] == (10, -10)  # type: ignore[index]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"jawOpen&10|",
        b"jawOpen&ten|=head#0,0,0|",
        b"jawOpen|=head#0,0,0|",
        b"jawOpen&nan|=head#0,0,0|",
        b"jawOpen&inf|=head#0,0,0|",
        b"jawOpen&" + b"9" * 5000 + b"|=head#0,0,0|",
        b"=head#|",
        b"=head#1,2|",
        b"=head#1,2,3,4|",
        b"=head#1,2,3,4,5,6,7|",
        b"=head#1,2,x|",
        b"=head#1,nan,3|",
        b"=head#1,2,3,4,5,-inf|",
        b"=head#" + b"1," * 30000,
        b"=head#0,0,0|"[:-7],
    ],
)
def test_damaged_packets_are_refused(packet: bytes) -> None:
    with pytest.raises(ParseError):
        ifacialmocap.parse(packet)


whole_numbers = st.dictionaries(st.sampled_from(SHAPES), st.integers(0, 100))
angles = st.floats(-179, 179)


@given(whole_numbers, st.tuples(angles, angles, angles), st.sampled_from("&-"), st.booleans())
def test_what_is_written_is_read(shapes: "dict[str, int]", head: "tuple[float, ...]", sign: str, short: bool) -> None:
    face = ifacialmocap.parse(encoders.text(shapes, (*head, 0.1, 0.2, -0.3), sign, short))
    assert face.shapes == {name: value / 100 for name, value in shapes.items()}
    assert face.head == pytest.approx((-head[0], -head[1], head[2]))
    assert face.position == pytest.approx((-10, 20, -30))


def test_a_stream_is_cut_into_packets() -> None:
    end = b"___iFacialMocap"
    assert ifacialmocap.split(b"") == ([], b"")
    assert ifacialmocap.split(b"one" + end + b"two" + end + b"thr") == ([b"one", b"two"], b"thr")
    assert ifacialmocap.split(b"one" + end[:-1]) == ([], b"one" + end[:-1])


@given(st.lists(st.binary(max_size=20).filter(lambda each: b"_" not in each)), st.integers(1, 50))
def test_a_stream_gives_the_same_packets_however_it_is_chopped(packets: "list[bytes]", size: int) -> None:
    stream = b"".join(each + b"___iFacialMocap" for each in packets)
    found, rest = [], b""
    for start in range(0, len(stream), size):
        whole, rest = ifacialmocap.split(rest + stream[start : start + size])
        found += whole
    assert (found, rest) == (packets, b"")


def test_the_phones_are_asked_with_their_own_words_at_their_own_port() -> None:
    (request,) = ifacialmocap.requests(1)
    assert request.port == 49983 and request.seconds == 1.5 and not request.always
    assert request.message == b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
    (request,) = facemotion3d.requests(1)
    assert (request.port, request.message) == (49993, b"FACEMOTION3D_OtherStreaming")
