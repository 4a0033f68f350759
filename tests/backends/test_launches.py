"""Networks as CUDA graphs: captured with the addresses that they are launched with, and given up where that fails."""

import gc
import sys
from types import ModuleType
from typing import Any

import pytest

from ezvtb.backends import cuda
from ezvtb.backends.launches import Launches

from . import fake_drivers
from .fake_card import Gpu
from .fake_drivers import Code


class Network:
    """One whose kernels write down the addresses of its tensors when they run."""

    def __init__(self, gpu: Gpu) -> None:
        self.gpu = gpu
        self.addresses: tuple[int, ...] = ()
        self.ran: list[tuple[int, ...]] = []
        self.enqueued = 0
        self.fit = True

    def enqueue(self) -> bool:
        addresses = self.addresses
        self.enqueued += 1
        if self.fit or self.gpu.capturing is None:
            self.gpu.put(lambda: self.ran.append(addresses))
            return True
        return False

    def run(self, launches: Launches, *addresses: int) -> None:
        self.addresses = addresses
        assert launches.run(addresses)


@pytest.fixture
def gpu() -> Gpu:
    return Gpu()


@pytest.fixture
def card(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("cuda", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "cuda.bindings.driver", fake_drivers.bindings(gpu))
    return cuda.BindingsCard(0)


@pytest.fixture
def network(gpu: Gpu) -> Network:
    return Network(gpu)


@pytest.mark.parametrize(
    "given",
    [
        [(1, 2)] * 5,
        [(1, 2), (1, 3)] * 4,
        [(1, number) for number in range(12)],
        [(1, 2), (1, 2), (1, 2), (7, 8), (1, 2), (7, 8), (7, 8), (9, 9), (1, 2), (1, 2)],
        [(number % 6, 0) for number in range(30)],
    ],
)
def test_whatever_the_addresses_were_before_those_that_are_given_are_used(
    given: list[tuple[int, ...]], card: Any, gpu: Gpu, network: Network
) -> None:
    launches = Launches(card, network.enqueue)

    def run() -> None:
        for addresses in given:
            network.run(launches, *addresses)
        card.synchronize()

    card.do(run)
    assert network.ran == given


def test_from_the_second_run_on_the_same_addresses_take_one_launch(card: Any, gpu: Gpu, network: Network) -> None:
    launches = Launches(card, network.enqueue)
    for _ in range(10):
        card.do(network.run, launches, 1, 2)
        card.do(network.run, launches, 1, 3)
    assert network.enqueued == 2 * 2  # plainly, and to be captured
    assert gpu.launched == 2 * 9
    assert card.notes == []


def test_what_changes_its_addresses_each_time_is_never_captured_and_nothing_piles_up(
    card: Any, gpu: Gpu, network: Network
) -> None:
    launches = Launches(card, network.enqueue)
    for number in range(100):
        card.do(network.run, launches, number)
    assert gpu.launched == 0
    for number in range(20):
        card.do(network.run, launches, number)
        card.do(network.run, launches, number)
    assert len(launches._captured) == len(gpu.graphs) <= 4
    del launches
    gc.collect()
    card.do(card.synchronize)
    assert gpu.graphs == {}


@pytest.mark.parametrize("failing", ["cuStreamBeginCapture", "cuStreamEndCapture", "cuGraphInstantiate", "enqueue"])
def test_where_capturing_fails_it_runs_plainly_and_that_is_said_once(
    failing: str, card: Any, gpu: Gpu, network: Network
) -> None:
    if failing == "enqueue":
        network.fit = False
    else:
        gpu.fails[failing] = Code.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
    first, second = Launches(card, network.enqueue), Launches(card, network.enqueue)
    for _ in range(5):
        card.do(network.run, first, 1, 2)
        card.do(network.run, second, 3, 4)
    card.do(card.synchronize)
    assert network.ran == [(1, 2), (3, 4)] * 5
    assert gpu.launched == 0
    assert gpu.capturing is None
    (note,) = card.notes
    assert note.startswith("CUDA graphs don't work on this card")


def test_without_cuda_graphs_it_runs_plainly_and_that_is_said_once(
    gpu: Gpu, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycuda", ModuleType("pycuda"))
    monkeypatch.setitem(sys.modules, "pycuda.driver", fake_drivers.pycuda(gpu))
    card = cuda.PycudaCard(0)
    launches = Launches(card, network.enqueue)
    for _ in range(5):
        card.do(network.run, launches, 1, 2)
    card.do(card.synchronize)
    assert network.ran == [(1, 2)] * 5
    (note,) = card.notes
    assert note.startswith("pycuda ")
