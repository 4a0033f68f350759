"""A frame in several memories: each has its newest pixels when asked, and nothing is copied twice."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ezvtb.backends import cuda
from ezvtb.backends.base import HOST, Memory
from ezvtb.backends.card_memory import CardMemory
from ezvtb.backends.frame import Frame

from . import fake_drivers
from .fake_card import Gpu

SIDE = 16
NBYTES = SIDE * SIDE * 4


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> list[Gpu]:
    return [Gpu(), Gpu()]


@pytest.fixture
def cards(gpus: list[Gpu], monkeypatch: pytest.MonkeyPatch) -> list[CardMemory]:
    """The memories of two cards."""
    for name in ("cuda", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    made = []
    for gpu in gpus:
        monkeypatch.setitem(sys.modules, "cuda.bindings.driver", fake_drivers.bindings(gpu))
        made.append(CardMemory(cuda.BindingsCard(0)))
    return made


def picture(seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (1, SIDE, SIDE, 4), np.uint8)


def draw(frame: Frame, memory: Memory, pixels: Any) -> None:
    """As a graph on that memory's device does."""
    memory.copy(frame.canvas(memory), pixels)
    memory.wait(memory.mark())
    frame.drawn(memory)


def read(memory: Memory, buffer: Any) -> Any:
    back = memory.allocate_host(buffer.spec)
    memory.copy(back, buffer)
    memory.wait(memory.mark())
    return back


def test_on_the_host_alone_nothing_is_copied() -> None:
    frame = Frame(SIDE, SIDE)
    assert not frame.host.any()
    draw(frame, HOST, picture(1))
    assert np.array_equal(frame.host, picture(1)[0])
    assert frame.on(HOST) is frame.canvas(HOST)
    assert np.shares_memory(frame.host, frame.on(HOST))
    assert np.array_equal(Frame.of(picture(2)[0]).host, picture(2)[0])


def test_what_a_card_draws_is_on_its_way_to_the_host_at_once(cards: list[CardMemory], gpus: list[Gpu]) -> None:
    card, gpu = cards[0], gpus[0]
    frame = Frame(SIDE, SIDE, card)
    draw(frame, card, picture(1))
    assert gpu.downloaded == [NBYTES]
    assert gpu.queue  # and nobody has waited for it
    assert np.array_equal(frame.host, picture(1)[0])
    for _ in range(3):
        assert np.array_equal(read(card, frame.on(card)), picture(1))
    assert gpu.uploaded == [NBYTES]  # by `draw`


def test_what_the_host_has_goes_to_a_card_once_and_may_be_drawn_over(cards: list[CardMemory], gpus: list[Gpu]) -> None:
    frame = Frame(SIDE, SIDE, cards[0])
    for seed in (1, 2):
        gpus[0].uploaded.clear()
        draw(frame, HOST, picture(seed))
        for _ in range(3):
            assert np.array_equal(read(cards[0], frame.on(cards[0])), picture(seed))
        assert gpus[0].uploaded == [NBYTES]
    frame.on(cards[0])
    draw(frame, HOST, picture(3))
    sent = frame.on(cards[0])
    draw(frame, HOST, picture(4))  # the one before has left: who draws waits for that
    assert np.array_equal(read(cards[0], sent), picture(3))


def test_from_one_card_to_another_it_goes_through_the_host(cards: list[CardMemory], gpus: list[Gpu]) -> None:
    first, second = cards
    frame = Frame(SIDE, SIDE, first)
    draw(frame, first, picture(1))
    assert np.array_equal(read(second, frame.on(second)), picture(1))
    draw(frame, second, picture(2))
    assert np.array_equal(read(first, frame.on(first)), picture(2))
    assert np.array_equal(frame.host, picture(2)[0])


def test_a_picture_that_is_taken_is_the_hosts_alone(cards: list[CardMemory], gpus: list[Gpu]) -> None:
    card, gpu = cards[0], gpus[0]
    frame, other = Frame(SIDE, SIDE, card), Frame(SIDE, SIDE, card)
    draw(other, card, picture(1))
    frame.take(card, other.on(card))
    assert np.array_equal(frame.host, picture(1)[0])
    assert gpu.uploaded == [NBYTES]  # by `draw`
    assert np.array_equal(read(card, frame.on(card)), picture(1))


def test_two_memories_of_one_card_are_the_same(cards: list[CardMemory]) -> None:
    assert CardMemory(cards[0].card) == cards[0]
    assert len({*cards, CardMemory(cards[0].card), HOST}) == 3
