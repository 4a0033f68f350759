"""Memory, stream and events of a card, the same through pycuda and through cuda-bindings."""

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ezvtb.backends import cuda
from ezvtb.backends.base import TensorSpec
from ezvtb.backends.card_memory import CardMemory
from ezvtb.backends.cuda import BindingsCard, Card, PycudaCard, open_card
from ezvtb.errors import BackendError

from . import fake_drivers
from .fake_card import Gpu
from .fake_drivers import Code

SPEC = TensorSpec((2, 3), np.dtype(np.float32))
PACKAGES: dict[str, tuple[str, Callable[[Gpu], Any], type[Card]]] = {
    "pycuda": ("pycuda.driver", fake_drivers.pycuda, PycudaCard),
    "cuda-bindings": ("cuda.bindings.driver", fake_drivers.bindings, BindingsCard),
}


def install(monkeypatch: pytest.MonkeyPatch, module: str, content: Any) -> None:
    """Puts a package's module where imports find it."""
    parts = module.split(".")
    for end in range(1, len(parts)):
        monkeypatch.setitem(sys.modules, ".".join(parts[:end]), type(sys)(".".join(parts[:end])))
    monkeypatch.setitem(sys.modules, module, content)


@pytest.fixture
def gpu() -> Gpu:
    return Gpu()


class InItsThread:
    """A card each of whose methods is done in the card's thread."""

    def __init__(self, card: Card) -> None:
        self.card = card

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self.card.do(getattr(self.card, name), *arguments)


@pytest.fixture(params=PACKAGES)
def card(request: pytest.FixtureRequest, gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> InItsThread:
    module, package, kind = PACKAGES[request.param]
    for name, *_ in PACKAGES.values():
        monkeypatch.setitem(sys.modules, name, None)
    install(monkeypatch, module, package(gpu))
    monkeypatch.setattr(cuda, "_opened", {})
    made = open_card(0)
    assert type(made) is kind
    assert open_card(0) is made
    return InItsThread(made)


def test_what_goes_to_the_card_comes_back(card: InItsThread) -> None:
    given, back = card.allocate_host(SPEC), card.allocate_host(SPEC)
    assert (given.shape, given.dtype) == (SPEC.shape, SPEC.dtype)
    buffer = card.allocate(SPEC)
    assert buffer.nbytes == 24
    given[:] = np.arange(6).reshape(2, 3)
    back[:] = 0
    card.to_device(buffer.memory, given)
    card.to_host(back, buffer.memory)
    assert not back.any()  # it is in the stream
    card.synchronize()
    assert back.tolist() == given.tolist()


PICTURES = TensorSpec((2, 6, 5, 4), np.dtype(np.uint8))


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ((0, slice(0, 6), slice(0, 5)), (1, slice(0, 6), slice(0, 5))),
        ((1, slice(None), slice(1, 3)), (0, slice(None), slice(3, 5))),
        ((1, slice(2, 4), slice(1, -1)), (0, slice(-2, None), slice(0, 3))),
        ((0, slice(2), slice(None)), (0, slice(4, 2, -1), slice(None))),
        ((0, slice(None), slice(-2, None)), (1, slice(None), slice(2, 0, -1))),
        ((1, slice(0, 2), slice(0, 2)), (0, slice(5, 3, -1), slice(4, 2, -1))),
        ((0, slice(0, 3), slice(0, 4)), (1, slice(2, None, -1), slice(3, None, -1))),
    ],
)
def test_a_window_moves_as_numpy_has_it_and_nothing_around_it(
    target: tuple[int, slice, slice], source: tuple[int, slice, slice], card: InItsThread
) -> None:
    given, back = card.allocate_host(PICTURES), card.allocate_host(PICTURES)
    given[:] = np.arange(given.size).reshape(given.shape) % 251
    expected = given.copy()
    expected[target] = given[source]
    buffer = card.allocate(PICTURES)
    card.to_device(buffer.memory, given)
    card.move(buffer[target], buffer[source])
    card.to_host(back, buffer.memory)
    card.synchronize()
    assert np.array_equal(back, expected)


def test_memory_is_cleared_and_a_whole_buffer_moves(card: InItsThread) -> None:
    given, back = card.allocate_host(SPEC), card.allocate_host(SPEC)
    first, second = card.allocate(SPEC), card.allocate(SPEC)
    given[:], back[:] = 5, 7
    card.to_device(first.memory, given)
    card.move(second.whole, first.whole)
    card.clear(first.memory, first.nbytes)
    card.to_host(given, first.memory)
    card.to_host(back, second.memory)
    card.synchronize()
    assert not given.any()
    assert (back == 5).all()


def test_an_event_waits_for_what_was_before_it_and_no_more(card: InItsThread, gpu: Gpu) -> None:
    given, first, second = (card.allocate_host(SPEC) for _ in range(3))
    buffer = card.allocate(SPEC)
    given[:], first[:], second[:] = 5, 0, 0
    start = card.mark()
    card.to_device(buffer.memory, given)
    card.to_host(first, buffer.memory)
    done = card.mark()
    card.to_host(second, buffer.memory)
    card.wait(done)
    assert first.all()
    assert not second.any()
    card.synchronize()
    assert card.milliseconds(start, done) > 0


def test_memory_that_nobody_holds_is_given_out_again_and_none_is_added(card: InItsThread, gpu: Gpu) -> None:
    first = card.allocate(SPEC)
    address = int(first.memory)
    blocks = len(gpu.memory)
    del first
    gc.collect()
    for _ in range(10):
        again = card.allocate(SPEC)
        assert int(again.memory) == address
        del again
        gc.collect()
    assert len(gpu.memory) == blocks


def test_of_what_an_avatar_leaves_behind_only_some_waits_for_the_next(card: InItsThread, gpu: Gpu) -> None:
    large = TensorSpec((16 << 20,), np.dtype(np.uint8))
    held = [(card.allocate(large), card.allocate_host(large)) for _ in range(9)]
    held.clear()
    gc.collect()
    for _ in range(2):
        card.synchronize()  # which comes after what was put off, and what that put off
    assert sum(map(len, gpu.memory.values())) <= 2 * (64 << 20)


def test_the_hosts_memory_is_given_out_again_when_the_card_is_done_with_it(card: InItsThread, gpu: Gpu) -> None:
    buffer, first = card.allocate(SPEC), card.allocate_host(SPEC)
    address = first.ctypes.data
    card.to_host(first, buffer.memory)
    del first
    gc.collect()
    assert gpu.queue  # the copy to it is still to come
    again = card.allocate_host(SPEC)
    assert again.ctypes.data == address
    again[:] = 7
    card.synchronize()
    assert (again == 7).all()


def test_all_memory_is_freed_with_the_card(card: InItsThread, gpu: Gpu) -> None:
    kept: list[Any] = [card.allocate(SPEC), card.allocate(SPEC), card.allocate_host(SPEC)]
    assert len(gpu.memory) >= 2
    kept.clear()
    card.synchronize()  # which comes after what was put off
    for pool in (card.card._device_pool, card.card._host_pool):
        pool.clear()
    gc.collect()
    card.synchronize()  # which comes after what was put off
    assert gpu.memory == {}


def test_only_the_cards_own_thread_has_its_context_whoever_calls(card: InItsThread) -> None:
    with pytest.raises(AssertionError, match="not current in this thread"):
        card.card.synchronize()
    for _ in range(2):
        thread = threading.Thread(target=card.synchronize)
        thread.start()
        thread.join()


def test_what_was_in_use_ends_in_the_cards_thread(card: InItsThread) -> None:
    ended: list[str] = []

    class Thing:
        def __del__(self) -> None:
            ended.append(threading.current_thread().name)

    class Holder:
        pass

    holder = Holder()
    card.card.emptied_with(holder, [Thing()])
    del holder
    card.synchronize()
    assert ended == ["ezvtb-card-0"]


def test_a_card_without_memory_left_says_so(card: InItsThread, gpu: Gpu) -> None:
    gpu.fails["cuMemAlloc"] = Code.CUDA_ERROR_OUT_OF_MEMORY
    with pytest.raises(BackendError, match="CUDA failed: cuMemAlloc"):
        card.allocate(SPEC)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_card_that_is_gone_is_refused(package: str, gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    module, fake, kind = PACKAGES[package]
    install(monkeypatch, module, fake(gpu))
    gpu.fails["cuDeviceGet"] = Code.CUDA_ERROR_NO_DEVICE
    with pytest.raises(BackendError, match="cuDeviceGet"):
        kind(3)


def test_pycuda_leaves_no_context_behind_where_there_is_no_room_for_a_stream(
    gpu: Gpu, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "pycuda.driver", fake_drivers.pycuda(gpu))
    gpu.fails["cuStreamCreate"] = Code.CUDA_ERROR_OUT_OF_MEMORY
    left: list[Any] = []

    class Watched(PycudaCard):
        def _start(self, number: int) -> None:
            try:
                super()._start(number)
            finally:
                left.append(gpu.current.context)

    with pytest.raises(BackendError, match="cuStreamCreate"):
        Watched(0)
    assert left == [None]


def test_what_pycuda_lacks_is_said(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, notes in (("pycuda", 1), ("cuda-bindings", 0)):
        module, fake, card = PACKAGES[kind]
        install(monkeypatch, module, fake(gpu))
        assert len(CardMemory(card(0)).notes) == notes


def test_without_both_packages_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, *_ in PACKAGES.values():
        install(monkeypatch, module, None)
    with pytest.raises(BackendError, match=r"pycuda\.driver.*cuda\.bindings\.driver"):
        open_card(0)


def test_the_stream_of_cuda_bindings_lets_a_game_go_first(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "cuda.bindings.driver", fake_drivers.bindings(gpu))
    assert cuda.BindingsCard(0).stream == 500  # of 0, the lowest, and -5
