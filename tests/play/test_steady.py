import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.play.stage import Pixels, Shown
from ezvtb.play.steady import Steady


class Strip:
    """A film that notes which frame it got, how often."""

    def __init__(self) -> None:
        self.pictures: list[int] = []
        self.closed = False

    def add(self, pixels: Pixels, count: int) -> None:
        assert count > 0
        self.pictures += [int(pixels[0, 0, 0])] * count

    def close(self) -> str:
        self.closed = True
        return "strip"


def frame(number: int, moment: float) -> Shown:
    return Shown(moment, np.full((1, 1, 4), number % 256, np.uint8))


@pytest.mark.parametrize(
    ("moments", "seconds", "end", "pictures"),
    [
        ([0.0, 0.1, 0.2], None, 0.3, [0, 1, 2]),
        ([0.0, 0.11, 0.19], None, 0.31, [0, 1, 2]),
        ([0.0, 0.3], None, 0.5, [0, 0, 0, 1, 1]),
        ([0.0, 0.01, 0.02, 0.1], None, 0.2, [2, 3]),
        ([0.0, 0.1, 0.2, 0.3, 0.4], 0.3, 0.3, [0, 1, 2]),
        ([0.0], 0.3, 0.3, [0, 0, 0]),
        ([0.0], None, 0.0, [0]),
        ([0.0, 0.01], 0.0, 0.0, [1]),
    ],
    ids=[
        "in time", "a little early or late", "a slow one is held", "of too many the newest", "no longer than asked",
        "one for all the time", "one at least", "one at least, though none was asked for",
    ],
)  # fmt: skip
def test_each_picture_is_the_frame_of_its_moment(
    moments: "list[float]", seconds: "float | None", end: float, pictures: "list[int]"
) -> None:
    film = Strip()
    steady = Steady(film, 10, seconds)
    for number, moment in enumerate(moments):
        steady.write(frame(number, 1000 + moment))
    steady.finish(1000 + end)
    assert film.pictures == pictures
    assert film.closed


@given(st.lists(st.floats(0.0, 0.5), min_size=1, max_size=50), st.integers(5, 120))
def test_the_film_is_as_long_as_the_time_and_in_order(gaps: "list[float]", fps: int) -> None:
    film, moment = Strip(), 50.0
    steady = Steady(film, fps)
    for number, gap in enumerate(gaps):
        steady.write(frame(number, moment))
        moment += gap
    steady.finish(moment)
    assert len(film.pictures) == max(1, round((moment - 50.0) * fps))
    assert film.pictures == sorted(film.pictures)


def test_what_was_written_is_told() -> None:
    steady = Steady(Strip(), 10)
    steady.write(frame(0, 5.0))
    assert steady.finish(7.0) == "strip: 20 pictures, 2.0 s at 10 a second."
