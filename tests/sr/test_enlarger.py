"""What goes into the graph and where its results go: on the null backend, which repeats pixels, so exactly."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ezvtb.backends.base import Array
from ezvtb.backends.null import GRAPHS, NullBackend, NullGraph
from ezvtb.errors import BackendError
from ezvtb.models.manifest import find_model
from ezvtb.sr.enlarger import ALPHA_REACH, model_for
from ezvtb.sr.shapes import ANIMEVIDEO_WINDOW, FACE_AND_SHOULDERS, FRAME, TILE
from sr.conftest import Enlarging

BOTH = ["face_x4", "noise1_x2"]


def enlarger(name: str) -> Enlarging:
    return Enlarging(NullBackend(), GRAPHS, name)


def repeated(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def noise(seed: int = 0) -> NDArray[np.uint8]:
    """A frame without an empty pixel."""
    return np.random.default_rng(seed).integers(1, 256, (FRAME, FRAME, 4), np.uint8)


def drawn(boxes: list[tuple[int, int, int, int]]) -> NDArray[np.uint8]:
    """An empty frame with these boxes (top, left, height, width) in it."""
    frame = np.zeros((FRAME, FRAME, 4), np.uint8)
    for top, left, height, width in boxes:
        frame[top : top + height, left : left + width] = 200
    return frame


def test_every_option_has_a_model_and_a_graph() -> None:
    assert model_for(True, 3) == model_for(True, 0) == ("realesr_animevideov3", "face_x4")
    assert [model_for(False, level)[1] for level in range(4)] == [f"noise{level}_x2" for level in range(4)]
    for x4 in (True, False):
        model = find_model(model_for(x4, 0)[0])
        assert not model.default
        assert model_for(x4, 0)[1] in GRAPHS


def test_four_times_the_face_and_the_shoulders() -> None:
    frame = noise()
    assert np.array_equal(enlarger("face_x4").enlarge(frame), repeated(frame[FACE_AND_SHOULDERS.slices], 4))


BOXES = st.lists(st.tuples(*[st.integers(0, 511)] * 2, *[st.integers(1, 200)] * 2), max_size=4)
"""Top, left, height and width of what is visible."""


@settings(max_examples=60)
@given(boxes=BOXES)
def test_everything_that_is_visible_of_the_face_is_enlarged(boxes: list[tuple[int, int, int, int]]) -> None:
    frame = drawn(boxes)
    assert np.array_equal(enlarger("face_x4").enlarge(frame), repeated(frame[FACE_AND_SHOULDERS.slices], 4))


def test_a_figure_that_fits_into_the_window_does_not_cost_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, ...]] = []
    run: Any = NullGraph.run

    def note(self: NullGraph, buffers: Mapping[str, Array]) -> None:
        given.extend(spec.shape for spec in self.inputs.values())
        run(self, buffers)

    monkeypatch.setattr(NullGraph, "run", note)
    enlarging = enlarger("face_x4")
    for left, right in ((130, 330), (160, 362), (184, 380), (130, 370)):
        frame = drawn([(40, left, 472, right - left)])
        assert np.array_equal(enlarging.enlarge(frame), repeated(frame[FACE_AND_SHOULDERS.slices], 4))
    assert given == [(1, *ANIMEVIDEO_WINDOW.size, 4)] * 3 + [(1, FRAME, FRAME, 4)]


@pytest.mark.parametrize("level", range(4))
def test_twice_the_whole_frame(level: int) -> None:
    frame = noise()
    assert np.array_equal(enlarger(f"noise{level}_x2").enlarge(frame), repeated(frame, 2))


@pytest.mark.parametrize("name", BOTH)
def test_shape_and_type_of_a_real_frame(name: str, coral: NDArray[np.uint8]) -> None:
    enlarged = enlarger(name).enlarge(coral)
    assert enlarged.shape == (1024, 1024, 4)
    assert enlarged.dtype == np.uint8


@settings(max_examples=60)
@given(boxes=BOXES)
def test_everything_that_is_visible_is_in_a_tile(boxes: list[tuple[int, int, int, int]]) -> None:
    frame = drawn(boxes)
    enlarging = enlarger("noise1_x2")
    assert np.array_equal(enlarging.enlarge(frame), repeated(frame, 2))
    assert enlarging.statistics["sr_runs"] <= FRAME // TILE[0] * -(-FRAME // TILE[1])


def test_what_is_near_a_visible_pixel_is_in_a_tile_too() -> None:
    """The enlarged alpha reaches a little beyond it."""
    frame = np.zeros((FRAME, FRAME, 4), np.uint8)
    top, left = TILE[0] * 2 - 1, 200
    frame[top, left] = 200
    hidden = frame.copy()
    hidden[..., :3] = 77  # shows which pixels were in a tile
    near = enlarger("noise1_x2").enlarge(hidden)
    reach = slice((top - ALPHA_REACH) * 2, (top + ALPHA_REACH + 1) * 2), slice((left - ALPHA_REACH) * 2, (left + 4) * 2)
    assert (near[reach][..., :3] >= 77).all()


def test_empty_bands_and_columns_are_left_out_and_empty() -> None:
    enlarging = enlarger("noise1_x2")
    enlarging.enlarge(noise())
    assert enlarging.statistics["sr_runs"] == 4 * 6
    frame = np.zeros((FRAME, FRAME, 4), np.uint8)
    frame[10:100, 250:330] = 255
    assert np.array_equal(enlarging.enlarge(frame), repeated(frame, 2))
    assert enlarging.statistics["sr_runs"] == 4 * 6 + 1
    assert not enlarging.enlarge(np.zeros_like(frame)).any()
    assert enlarging.statistics["sr_runs"] == 4 * 6 + 1


@pytest.mark.parametrize("name", BOTH)
def test_a_frame_that_is_as_the_last_one_is_not_enlarged_again(name: str) -> None:
    enlarging = enlarger(name)
    first, second = noise(1), noise(2)
    once = enlarging.enlarge(first).copy()
    runs = enlarging.statistics["sr_runs"]
    assert np.array_equal(enlarging.enlarge(first.copy()), once)
    assert enlarging.statistics == {"sr_runs": runs, "sr_skipped": 1}
    assert enlarging.backend_seconds == 0
    assert not np.array_equal(enlarging.enlarge(second), once)
    assert np.array_equal(enlarging.enlarge(first), once)
    first[200, 200] ^= 1  # the caller's own array may change: the last frame is remembered by its content
    assert not np.array_equal(enlarging.enlarge(first), once)


def test_what_the_face_does_not_depend_on_may_change_for_free() -> None:
    enlarging = enlarger("face_x4")
    frame = noise()
    enlarging.enlarge(frame)
    frame[400:] = 0
    enlarging.enlarge(frame)
    assert enlarging.statistics == {"sr_runs": 1, "sr_skipped": 1}


def test_the_result_is_the_enlargers_own_memory() -> None:
    for name in BOTH:
        enlarging = enlarger(name)
        assert np.shares_memory(enlarging.enlarge(noise(1)), enlarging.enlarge(noise(2)))


def test_after_a_failed_run_the_same_frame_is_enlarged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    enlarging = enlarger("noise1_x2")
    frame = noise()
    run: Any = NullGraph.run

    def fail(self: NullGraph, buffers: Mapping[str, Array]) -> None:
        raise BackendError("The device is gone.")

    enlarging.enlarge(frame)
    with monkeypatch.context() as broken:
        broken.setattr(NullGraph, "run", fail)
        with pytest.raises(BackendError):
            enlarging.enlarge(noise(1))
    assert NullGraph.run is run
    assert np.array_equal(enlarging.enlarge(frame), repeated(frame, 2))
