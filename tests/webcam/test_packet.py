import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking.face import NO_FACE, Face
from ezvtb.tracking.protocols import recognise, vtubestudio
from ezvtb.webcam import packet
from ezvtb.webcam.geometry import Head
from ezvtb.webcam.shapes import POINTS, SHAPES
from ezvtb.webcam.tracked import Tracked

FACES = st.tuples(
    st.tuples(*[st.floats(0, 1)] * len(SHAPES)).map(lambda values: dict(zip(SHAPES, values, strict=True))),
    st.tuples(*[st.floats(-90, 90)] * 3),
    st.tuples(*[st.floats(-500, 500)] * 3),
).map(lambda each: Face(each[0], each[1], position=each[2]))


@given(FACES)
def test_the_listener_reads_the_face_that_was_sent(face: Face) -> None:
    data = packet.encode(face, 1.0)
    assert recognise(data).name == "VTube Studio"
    again = vtubestudio.parse(data)
    assert again.found
    assert again.shapes == pytest.approx(face.shapes, abs=1e-3)
    assert again.head == pytest.approx(face.head, abs=1e-2)
    assert again.position == pytest.approx(face.position, abs=1e-2)


def test_the_listener_is_told_when_no_face_is_seen() -> None:
    data = packet.encode(packet.face(None), 1.0)
    assert recognise(data).name == "VTube Studio"
    assert vtubestudio.parse(data) == NO_FACE


def test_a_tracked_face_keeps_its_sides_and_signs() -> None:
    shapes = dict.fromkeys(SHAPES, 0.0) | {"eyeBlinkLeft": 0.9, "eyeSquintRight": 0.5}
    face = packet.face(Tracked(np.zeros((478, 3)), shapes, Head(np.eye(3), np.array([1.0, 2.0, -50.0]))))
    again = vtubestudio.parse(packet.encode(face, 1.0))
    assert again.position == (-1.0, 2.0, -50.0)  # the image's right is the person's left
    assert again.head == (0, 0, 0)
    assert again.shapes["eyeBlinkLeft"] == 0.9
    assert again.shapes["cheekSquintRight"] == 0  # not eyeSquint in its place: the network's rests at a half


def test_the_networks_tables_are_whole() -> None:
    assert len(set(SHAPES)) == 51
    assert len(set(POINTS)) == 146
    assert max(POINTS) == 477
