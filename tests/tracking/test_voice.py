import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ezvtb.tracking.voice import ATTACK_SECONDS, RELEASE_SECONDS, SILENCE, Mouth, Voice

STEP = 1 / 60
ROOM, SPEECH = -62.0, -22.0


def play(voice: Voice, level: Callable[[float], float], seconds: float, start: float = 0.0) -> list[Mouth]:
    """The mouth 60 times a second."""
    shown = [voice.feed(level(start + number * STEP), start + number * STEP) for number in range(int(seconds / STEP))]
    assert None not in shown
    return [mouth for mouth in shown if mouth is not None]


def opening(mouth: Mouth) -> float:
    return sum(mouth)


def talking(seconds: float) -> float:
    """Four syllables a second, over the noise of a room."""
    return ROOM + (SPEECH - ROOM) * max(0.0, math.sin(math.tau * 4 * seconds)) ** 0.3


def quiet_voice() -> Voice:
    """One that knows its room."""
    voice = Voice()
    play(voice, lambda _: ROOM, 1)
    return voice


def test_silence_leaves_the_mouth_shut() -> None:
    for level in (SILENCE, -math.inf, math.nan, ROOM):
        assert {opening(mouth) for mouth in play(Voice(), lambda _, level=level: level, 2)} == {0}  # type: ignore[misc]


def test_without_a_microphone_there_is_no_mouth() -> None:
    voice = quiet_voice()
    voice.feed(SPEECH, 1.1)
    assert voice.feed(None, 1.2) is None
    assert voice.feed(ROOM, 1.3) == Mouth(0, 0, 0)


def test_it_opens_quickly_and_closes_more_slowly() -> None:
    voice = quiet_voice()
    opened = [opening(mouth) for mouth in play(voice, lambda _: SPEECH, 0.5, 1)]
    assert opened == sorted(opened)
    assert opened[round(3 * ATTACK_SECONDS / STEP)] > 0.9 * opened[-1] > 0.8
    closed = [opening(mouth) for mouth in play(voice, lambda _: ROOM, 1, 1.5)]
    assert closed == sorted(closed, reverse=True)
    assert closed[round(RELEASE_SECONDS / STEP)] < 0.5 * opened[-1]
    assert closed[-1] == 0


def test_talking_opens_and_closes_the_mouth_with_each_syllable() -> None:
    shown = [opening(mouth) for mouth in play(quiet_voice(), talking, 3, 1)]
    assert max(shown) > 0.8
    tops = sum(a < b >= c and b > 0.5 for a, b, c in zip(shown, shown[1:], shown[2:], strict=False))
    assert tops == pytest.approx(12, abs=1)
    assert min(shown[30:]) < 0.4


def test_speaking_looks_alive_and_repeats_for_the_same_sound() -> None:
    one, two = (play(quiet_voice(), talking, 5, 1) for _ in range(2))
    assert one == two
    for vowel in range(3):
        shares = [mouth[vowel] / opening(mouth) for mouth in one if opening(mouth) > 0.5]
        assert min(shares) < 0.5 * max(shares)
        assert max(shares) > 0.3


def test_louder_is_wider_and_more_sensitive_is_wider() -> None:
    def wide(level: float, sensitivity: float) -> float:
        voice = quiet_voice()
        voice.sensitivity = sensitivity
        return opening(play(voice, lambda _: level, 0.5, 1)[-1])

    assert wide(-40, 0.5) < wide(-32, 0.5) < wide(-25, 0.5)
    assert wide(-32, 0.0) < wide(-32, 0.5) < wide(-32, 1.0)


def test_the_noise_of_a_room_is_learned_and_speech_still_heard() -> None:
    voice, fan = quiet_voice(), -38.0
    assert opening(play(voice, lambda _: fan, 1, 1)[-1]) > 0
    assert opening(play(voice, lambda _: fan, 20, 2)[-1]) == 0
    assert opening(play(voice, lambda _: SPEECH, 0.5, 22)[-1]) > 0.6
    play(voice, lambda _: ROOM, 2, 22.5)  # the fan is switched off
    assert opening(play(voice, lambda _: fan, 1, 24.5)[-1]) > 0


def test_a_long_sentence_is_not_taken_for_noise() -> None:
    shown = [opening(mouth) for mouth in play(quiet_voice(), talking, 30, 1)]
    assert max(shown[-60:]) > 0.8


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(-150, 50) | st.sampled_from([math.nan, math.inf, -math.inf]),
            st.floats(-1e9, 1e9) | st.floats(0, 1),
        ),
        max_size=50,
    ),
    st.floats(0, 1),
)
def test_no_loudness_and_no_clock_open_it_too_far(
    heard: "list[tuple[float | None, float]]", sensitivity: float
) -> None:
    voice = Voice(sensitivity)
    for decibels, now in heard:
        mouth = voice.feed(decibels, now)
        assert (mouth is None) == (decibels is None)
        if mouth is not None:
            assert all(value >= 0 for value in mouth)
            assert opening(mouth) <= 1 + 1e-9
