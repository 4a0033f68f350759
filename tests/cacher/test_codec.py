"""One frame as bytes: what is lost, what isn't, and that damage never gets through."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ezvtb.backends.base import Array
from ezvtb.cacher import codec
from ezvtb.errors import CacheError
from ezvtb_interface import get_core

LEAST_DB = 38.0


def round_trip(frame: Array, quality: int) -> Array:
    out = np.full_like(frame, 7)
    codec.decode(codec.encode(frame.copy(), quality), out)
    return out


def decibels(difference: NDArray[np.float64]) -> float:
    error = float(np.mean(difference**2))
    return 10 * np.log10(255**2 / error) if error else float("inf")


def straight(frame: Array, other: Array) -> float:
    """dB of the colour of every pixel that isn't transparent, the faintest counting as much as the others."""
    return decibels((frame[..., :3].astype(float) - other[..., :3])[frame[..., 3] > 0])


def premultiplied(frame: Array, other: Array) -> float:
    """dB of what is seen on black, over the same pixels."""
    return decibels(((frame[..., :3].astype(float) - other[..., :3]) * (frame[..., 3:] / 255))[frame[..., 3] > 0])


def figure(colour: tuple[int, int, int], hidden: tuple[int, int, int]) -> Array:
    """A disc with a soft edge, and what lies under alpha 0 around it."""
    y, x = np.mgrid[:512, :512]
    alpha = np.clip(200 - np.hypot(x - 256, y - 250), 0, 1)
    frame = np.zeros((512, 512, 4), np.uint8)
    frame[..., 3] = np.rint(alpha * 255)
    frame[..., :3] = np.where(frame[..., 3:] > 0, colour, hidden)
    return frame


@pytest.fixture(scope="module")
def sample_frames(avatar: Array, recording: Array) -> list[Array]:
    """8 of the poser's frames of the sample picture, over the whole recording."""
    core = get_core(model_half=False, use_cacher=False, use_interpolation=False)
    core.setImage(avatar)
    poses = recording[np.linspace(0, len(recording) - 1, 8).astype(int)]
    return [core.inference(pose[None])[0].copy() for pose in poses]


def test_at_85_alpha_is_exact_and_colour_loses_less_than_can_be_seen(
    sample_frames: list[Array], drawn_frames: list[Array]
) -> None:
    for frame in (*sample_frames, *drawn_frames):
        out = round_trip(frame, 85)
        assert np.array_equal(out[..., 3], frame[..., 3])
        assert straight(frame, out) >= LEAST_DB
        assert premultiplied(frame, out) >= LEAST_DB


def test_at_100_every_byte_comes_back(drawn_frames: list[Array]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1024, 1024, 4), np.uint8)
    for frame in (drawn_frames[0], noise):
        assert np.array_equal(round_trip(frame, 100), frame)


@pytest.mark.parametrize("quality", [0, 1, 50, 85, 99])
def test_alpha_is_exact_at_every_quality(frame: Array, quality: int) -> None:
    frame[..., 3] = np.random.default_rng(quality).integers(0, 256, (512, 512), np.uint8)
    assert np.array_equal(round_trip(frame, quality)[..., 3], frame[..., 3])


def test_more_quality_is_more_bytes_and_less_error(frame: Array) -> None:
    qualities = (0, 25, 50, 75, 85, 95, 99)
    sizes = [len(codec.encode(frame.copy(), quality)) for quality in qualities]
    losses = [premultiplied(frame, round_trip(frame, quality)) for quality in qualities]
    assert sizes == sorted(sizes)
    assert losses == sorted(losses)


@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 0, 255), (255, 255, 255)])
def test_what_lies_under_alpha_0_makes_no_difference(hidden: tuple[int, int, int]) -> None:
    assert codec.encode(figure((90, 180, 240), hidden), 85) == codec.encode(figure((90, 180, 240), (1, 2, 3)), 85)


@pytest.mark.parametrize("colour", [(255, 255, 255), (90, 180, 240), (0, 0, 255), (10, 10, 10)])
def test_the_edge_keeps_the_figure_s_colour(colour: tuple[int, int, int]) -> None:
    """A figure of one colour stays of one colour up to its last pixel: nothing of the ground bleeds into it."""
    frame = figure(colour, (0, 255, 0))
    seen = frame[..., 3] > 0
    assert np.abs(round_trip(frame, 85)[seen][:, :3].astype(int) - colour).max() <= 2


def test_a_figure_anywhere_comes_back_and_all_around_it_is_0() -> None:
    for top, left, bottom, right in ((0, 0, 1, 1), (511, 511, 512, 512), (7, 8, 9, 16), (100, 0, 101, 512)):
        frame = np.zeros((512, 512, 4), np.uint8)
        frame[top:bottom, left:right] = 200
        out = round_trip(frame, 85)
        assert np.abs(out[frame[..., 3] > 0].astype(int) - 200).max() <= 2
        assert np.array_equal(out[..., 3], frame[..., 3])
        out[top // 8 * 8 : bottom + 8, left // 8 * 8 : right + 8] = 0
        assert not out.any()


def test_a_frame_without_a_figure_and_one_without_a_ground_come_back() -> None:
    for frame in (np.zeros((512, 512, 4), np.uint8), np.full((512, 512, 4), 255, np.uint8)):
        assert np.array_equal(round_trip(frame, 85), frame)


@pytest.mark.parametrize("shape", [(8, 8, 4), (16, 24, 4), (512, 512, 4), (1024, 1024, 4)])
@pytest.mark.parametrize("quality", [85, 100])
def test_any_size_of_whole_blocks_comes_back(shape: tuple[int, int, int], quality: int) -> None:
    frame = np.full(shape, 128, np.uint8)
    assert np.array_equal(round_trip(frame, quality), frame)


@pytest.mark.parametrize("quality", [85, 100])
def test_a_frame_of_another_size_is_refused_before_anything_is_written(frame: Array, quality: int) -> None:
    out = np.full((1024, 1024, 4), 7, np.uint8)
    with pytest.raises(CacheError, match="512x512"):
        codec.decode(codec.encode(frame, quality), out)
    assert (out == 7).all()


small = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1)).map(
    lambda each: np.random.default_rng(each[2]).integers(0, 256, (each[0] * 8, each[1] * 8, 4), np.uint8)
)


@given(small, st.integers(0, 100))
def test_any_frame_keeps_its_alpha_at_any_quality(frame: Array, quality: int) -> None:
    out = round_trip(frame, quality)
    assert np.array_equal(out[..., 3], frame[..., 3])
    if quality == 100:
        assert np.array_equal(out, frame)


@given(small, st.sampled_from([50, 100]), st.data())
def test_a_flipped_byte_or_a_missing_end_is_found_and_nothing_is_written(
    frame: Array, quality: int, data: st.DataObject
) -> None:
    whole = codec.encode(frame, quality)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(flipped), whole[:at]):
        out = np.full_like(frame, 7)
        with pytest.raises(CacheError):
            codec.decode(damaged, out)
        assert (out == 7).all()


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CacheError):
        codec.decode(data, np.empty((8, 8, 4), np.uint8))


def checked(rest: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(rest)) + rest


@given(small, st.data())
def test_wrong_bytes_with_a_right_checksum_raise_and_never_crash(frame: Array, data: st.DataObject) -> None:
    rest = bytearray(codec.encode(frame, 50)[4:])
    for _ in range(data.draw(st.integers(1, 4))):
        rest[data.draw(st.integers(0, len(rest) - 1))] = data.draw(st.integers(0, 255))
    rest = rest[: data.draw(st.integers(0, len(rest)))]
    try:
        codec.decode(checked(bytes(rest)), np.empty_like(frame))
    except CacheError as error:
        assert error.message


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rest: bytes([9]) + rest[1:],
        lambda rest: rest[:13] + struct.pack("<I", 2**32 - 1) + rest[17:],
        lambda rest: rest[:13] + struct.pack("<I", 0) + rest[17:],
        lambda rest: rest[:-20],
        lambda rest: rest[:17] + rest[48:],
        lambda rest: rest[:5] + struct.pack("<HHHH", 0, 0, 512, 512) + rest[13:],
        lambda rest: rest[:5] + struct.pack("<HHHH", 0, 0, 60000, 60000) + rest[13:],
        lambda rest: rest[:5] + struct.pack("<HHHH", 400, 400, 8, 8) + rest[13:],
    ],
    ids=[
        "unknown kind",
        "colour beyond the end",
        "no colour",
        "alpha cut off",
        "colour cut off",
        "larger box",
        "box outside",
        "box inside out",
    ],
)
def test_a_malformed_frame_is_refused(frame: Array, spoil: Callable[[bytes], bytes]) -> None:
    rest = codec.encode(frame, 85)[4:]
    with pytest.raises(CacheError):
        codec.decode(checked(spoil(rest)), np.empty_like(frame))
