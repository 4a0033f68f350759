"""The loudness of an audio source, with a libobs of Python."""

import ctypes
import math
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Optional

import pytest

from ezvtb_obs import microphone
from ezvtb_obs.microphone import LOOK_SECONDS, SILENCE, STALE_SECONDS, Microphone


class Source:
    """What the microphone asks of a source."""

    def __init__(self, name: str, flags: int = 2) -> None:
        self.name, self.flags = name, flags
        self.muted = self.removed = self.destroyed = False
        self.references = 0


class FakeObs:
    """Sources by their number; volume meters, buffers and weak references by how many are there."""

    def __init__(self) -> None:
        self.sources: dict[int, Source] = {}
        self.meters: dict[int, int] = {}
        """The buffer of each meter."""
        self.buffers: dict[int, Any] = {}
        self.weak = 0
        self.looks = 0

    def add(self, name: str) -> Source:
        source = Source(name)
        self.sources[len(self.sources) + 1] = source
        return source

    def hear(self, left: float, right: float = -math.inf) -> None:
        """What vec2_abs writes for these magnitudes."""
        for buffer in self.meters.values():
            self.buffers[buffer][:] = [abs(left), abs(right)]

    def balanced(self) -> bool:
        """Whether every reference was given back."""
        return self.weak == 0 and all(source.references == 0 for source in self.sources.values())

    # libobs

    def address(self, name: str) -> int:
        assert name == "vec2_abs"
        return 99

    def obs_get_source_by_name(self, name: bytes) -> Optional[int]:
        self.looks += 1
        for number, source in self.sources.items():
            if source.name == name.decode() and not source.destroyed:
                source.references += 1
                return number
        return None

    def obs_source_release(self, number: int) -> None:
        self.sources[number].references -= 1

    def obs_source_get_weak_source(self, number: int) -> int:
        self.weak += 1
        return number + 1000

    def obs_weak_source_release(self, _weak: int) -> None:
        self.weak -= 1

    def obs_weak_source_get_source(self, weak: int) -> Optional[int]:
        source = self.sources[weak - 1000]
        if source.destroyed:
            return None
        source.references += 1
        return weak - 1000

    def obs_source_removed(self, number: int) -> bool:
        return self.sources[number].removed

    def obs_source_muted(self, number: int) -> bool:
        return self.sources[number].muted

    def obs_source_get_name(self, number: int) -> bytes:
        return self.sources[number].name.encode()

    def bmalloc(self, size: int) -> int:
        buffer = (ctypes.c_float * 2)()
        assert ctypes.sizeof(buffer) == size
        address = ctypes.addressof(buffer)
        self.buffers[address] = buffer
        return address

    def bfree(self, address: int) -> None:
        assert address not in self.meters.values()
        del self.buffers[address]

    def obs_volmeter_create(self, _kind: int) -> int:
        self.meters[500 + len(self.meters)] = 0
        return 499 + len(self.meters)

    def obs_volmeter_add_callback(self, meter: int, callback: int, parameter: int) -> None:
        assert callback == 99
        self.meters[meter] = parameter

    def obs_volmeter_attach_source(self, meter: int, number: int) -> bool:
        assert self.sources[number].references > 0
        return meter in self.meters

    def obs_volmeter_destroy(self, meter: int) -> None:
        del self.meters[meter]


@pytest.fixture
def obs() -> Iterator[Any]:
    yield FakeObs()


def test_without_such_a_source_there_is_nothing_and_it_is_looked_for_now_and_then(obs: Any) -> None:
    voice = Microphone(obs, "Voice")
    for step in range(11):
        assert voice.decibels(step * LOOK_SECONDS / 5) is None
    assert obs.looks == 3
    obs.add("Voice")
    voice.decibels(10)
    assert len(obs.meters) == 1
    voice.close()
    voice.close()
    assert obs.balanced()
    assert not obs.meters
    assert not obs.buffers


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (-20, -40, -20),
        (-40, -20, -20),
        (-30, -math.inf, -30),  # mono
        (-math.inf, -math.inf, SILENCE),
        (-120, -130, SILENCE),
        (0, -3, 0),
        (3, -3, -3),  # beyond full scale: the sign is lost, and it is loud all the same
    ],
)
def test_the_louder_channel_counts(obs: Any, left: float, right: float, expected: float) -> None:
    obs.add("Voice")
    voice = Microphone(obs, "Voice")
    assert voice.decibels(0) is None  # nothing was heard yet
    obs.hear(left, right)
    assert voice.decibels(0.1) == expected
    assert voice.decibels(0.1 + STALE_SECONDS) == expected
    assert voice.decibels(0.2 + STALE_SECONDS) is None
    obs.hear(-10)
    assert voice.decibels(1) == -10


def test_a_muted_source_is_silent_until_it_gives_no_data_at_all(obs: Any) -> None:
    source = obs.add("Voice")
    voice = Microphone(obs, "Voice")
    voice.decibels(0)
    obs.hear(-20)
    source.muted = True
    assert voice.decibels(0.1) == SILENCE
    assert voice.decibels(1) is None


def test_a_renamed_source_is_followed_and_found_again_by_its_new_name(obs: Any) -> None:
    source = obs.add("Voice")
    voice = Microphone(obs, "Voice")
    voice.decibels(0)
    source.name = "Tenor"
    obs.hear(-20)
    assert voice.decibels(0.1) == -20
    assert voice.name == "Tenor"
    source.removed = True
    assert voice.decibels(1) is None
    source.destroyed = True
    obs.add("Tenor")
    voice.decibels(2)
    obs.hear(-30)
    assert voice.decibels(2.1) == -30


def test_a_removed_source_is_let_go_at_once(obs: Any) -> None:
    source = obs.add("Voice")
    voice = Microphone(obs, "Voice")
    voice.decibels(0)
    source.removed = True
    obs.hear(-20)
    assert voice.decibels(1) is None
    assert obs.balanced()
    assert not obs.meters
    assert not obs.buffers


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "asked"])
def test_the_meter_of_a_source_that_is_being_destroyed_is_not_freed(obs: Any, closed: bool) -> None:
    source = obs.add("Voice")
    voice = Microphone(obs, "Voice")
    voice.decibels(0)
    source.destroyed = True
    if closed:
        voice.close()
    else:
        assert voice.decibels(1) is None
    assert obs.balanced()
    assert len(obs.meters) == len(obs.buffers) == 1
    obs.hear(-20)  # as libobs may, at that very moment


def test_names_on_offer_are_sorted_and_of_sources_with_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [Source("Music", 2), Source("Colour", 1), Source("Camera", 7), Source("Avatar", 5)]
    released: list[Any] = []
    fake = SimpleNamespace(
        obs_enum_sources=lambda: sources,
        obs_source_get_name=lambda source: source.name,
        obs_source_get_output_flags=lambda source: source.flags,
        source_list_release=released.append,
    )
    monkeypatch.setitem(sys.modules, "obspython", fake)
    assert microphone.audio_source_names() == ["Camera", "Music"]
    assert released == [sources]
