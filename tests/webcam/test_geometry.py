import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ezvtb.webcam import geometry
from ezvtb.webcam.geometry import FIELD_OF_VIEW, Template
from ezvtb.webcam.model import Networks

Matrix = NDArray[Any]
WIDTH, HEIGHT = 640, 480


def turn(pitch: float, yaw: float, roll: float) -> Matrix:
    """The rotation of a head, from angles as a `Face` has them, in degrees: first roll, then pitch, then yaw."""
    up, right, tilt = (math.radians(each) for each in (pitch, yaw, roll))
    about_x = np.array([[1, 0, 0], [0, math.cos(up), math.sin(up)], [0, -math.sin(up), math.cos(up)]])
    about_y = np.array([[math.cos(right), 0, -math.sin(right)], [0, 1, 0], [math.sin(right), 0, math.cos(right)]])
    about_z = np.array([[math.cos(tilt), -math.sin(tilt), 0], [math.sin(tilt), math.cos(tilt), 0], [0, 0, 1]])
    return np.array(about_y @ about_x @ about_z)


def photograph(vertices: Matrix, rotation: Matrix, position: Matrix) -> Matrix:
    """The landmarks, in pixels, of a head that stands there."""
    space = vertices @ rotation.T + position
    distance = -space[:, 2]
    focal = HEIGHT / 2 / math.tan(FIELD_OF_VIEW / 2)
    scale = focal / distance.mean()  # the network tells depth in the face's pixels
    return np.stack(
        [
            WIDTH / 2 + focal * space[:, 0] / distance,
            HEIGHT / 2 - focal * space[:, 1] / distance,
            (distance - distance.mean()) * scale,
        ],
        axis=1,
    )


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (20, 0, 0), (-20, 0, 0), (0, 30, 0), (0, -30, 0), (0, 0, 25), (10, -15, 5)]
)
@pytest.mark.parametrize("position", [(0, 0, -50), (8, -5, -40), (-10, 6, -90)])
def test_a_head_is_found_where_it_stands_and_as_it_is_turned(
    networks: Networks, angles: tuple[float, float, float], position: tuple[float, float, float]
) -> None:
    landmarks = photograph(networks.template.vertices, turn(*angles), np.array(position))
    head = geometry.head(landmarks, WIDTH, HEIGHT, networks.template)
    assert head.angles == pytest.approx(angles, abs=1.5)  # the method takes depth for smaller than it is, far and near
    assert head.position == pytest.approx(np.array(position), abs=2.0)


@pytest.mark.parametrize(
    ("angles", "nose", "crown"),
    [
        ((30, 0, 0), (0, 0.5), None),  # looks up: the nose points up
        ((0, 30, 0), (-0.5, 0), None),  # to the person's right: the image's left
        ((0, 0, 30), None, (-0.5, math.cos(math.pi / 6))),  # towards the right shoulder: the image's left
    ],
)
def test_signs_are_those_of_a_face(
    angles: tuple[float, float, float], nose: "tuple[float, float] | None", crown: "tuple[float, float] | None"
) -> None:
    rotation = turn(*angles)
    assert geometry.Head(rotation, np.zeros(3)).angles == pytest.approx(angles)
    if nose:
        assert rotation[:2, 2] == pytest.approx(nose)
    if crown:
        assert rotation[:2, 1] == pytest.approx(crown)


@given(
    st.tuples(st.floats(-80, 80), st.floats(-170, 170), st.floats(-170, 170)),
    st.floats(0.1, 10),
    st.tuples(*[st.floats(-100, 100)] * 3),
)
def test_a_moved_copy_is_fitted_exactly(
    angles: tuple[float, float, float], scale: float, position: tuple[float, float, float]
) -> None:
    random = np.random.default_rng(0)
    template = Template(random.normal(size=(20, 3)), random.random(20))
    rotation = turn(*angles)
    found = geometry.fit(template, scale * template.vertices @ rotation.T + position)
    assert found[0] == pytest.approx(rotation, abs=1e-6)
    assert found[1] == pytest.approx(scale)
    assert found[2] == pytest.approx(np.array(position), abs=1e-6)
