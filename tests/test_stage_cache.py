"""What the poser keeps: within its bytes, the least recently used out first, and never written over."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends import fake_drivers
from backends.fake_card import Gpu
from backends.fake_drivers import Code
from ezvtb.backends import cuda
from ezvtb.backends.base import HOST, Memory, TensorSpec
from ezvtb.backends.card_memory import CardMemory
from ezvtb.tha import stage_cache

SPECS = {"eyebrow": TensorSpec((4,), np.dtype(np.int32)), "frame": TensorSpec((16,), np.dtype(np.int32))}
ROOM = 100
"""Bytes: six of the small or one of the large and two of the small."""


def card_memory(gpu: Gpu) -> CardMemory:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("cuda", "cuda.bindings"):
            patch.setitem(sys.modules, name, ModuleType(name))
        patch.setitem(sys.modules, "cuda.bindings.driver", fake_drivers.bindings(gpu))
        return CardMemory(cuda.BindingsCard(0))


CARD = card_memory(Gpu())


class Stage:
    """One that writes a number all over its tensors."""

    def __init__(self, memory: Memory, in_ram: bool) -> None:
        self.memory = memory
        place = memory.allocate_host if in_ram else memory.allocate
        self.cache = stage_cache.for_memory(memory, ROOM, lambda name: place(SPECS[name]), in_ram)
        self.buffers: dict[str, Any] = {name: memory.allocate(spec) for name, spec in SPECS.items()}

    def write(self, tensor: str, number: int) -> None:
        self.cache.make_room(tensor, self.buffers)
        values = self.memory.allocate_host(SPECS[tensor])
        values[:] = number
        self.memory.copy(self.buffers[tensor], values)
        self.memory.wait(self.memory.mark())
        self.cache.keep(bytes([number]), tensor, self.buffers)

    def recalled(self, tensor: str, number: int) -> "int | None":
        if not self.cache.recall(bytes([number]), tensor, self.buffers):
            return None
        values = self.memory.allocate_host(SPECS[tensor])
        self.memory.copy(values, self.buffers[tensor])
        self.memory.wait(self.memory.mark())
        assert len(set(values.tolist())) == 1
        return int(values[0])


PLACES = [(HOST, False), (HOST, True), (CARD, False), (CARD, True)]


@pytest.mark.parametrize(("memory", "in_ram"), PLACES)
@given(steps=st.lists(st.tuples(st.sampled_from(sorted(SPECS)), st.integers(0, 12)), max_size=40))
def test_what_is_recalled_is_what_was_written_and_the_bytes_are_kept_to(
    memory: Memory, in_ram: bool, steps: list[tuple[str, int]]
) -> None:
    stage = Stage(memory, in_ram)
    recent: list[tuple[str, int]] = []
    for tensor, key in steps:
        number = key + 100 * (tensor == "frame")
        found = stage.recalled(tensor, number)
        assert found in (None, number)
        assert (found is not None) == ((tensor, number) in recent)
        if found is None:
            stage.write(tensor, number)
        else:
            recent.remove((tensor, number))
        recent.append((tensor, number))
        while sum(SPECS[name].nbytes for name, _ in recent) > ROOM:
            recent.pop(0)
        assert stage.cache.nbytes == sum(SPECS[name].nbytes for name, _ in recent)
    stage.cache.clear()
    assert stage.cache.nbytes == 0


@pytest.mark.parametrize(("memory", "in_ram"), PLACES)
def test_graphs_on_a_card_use_the_same_buffers_for_ever(memory: Memory, in_ram: bool) -> None:
    stage = Stage(memory, in_ram)
    before = stage.buffers["eyebrow"]
    for number in range(3):
        stage.write("eyebrow", number)
    assert stage.recalled("eyebrow", 1) == 1
    assert (stage.buffers["eyebrow"] is before) == (memory is CARD)


@pytest.mark.parametrize(("memory", "in_ram"), PLACES)
def test_finished_frames_are_for_vram_only(memory: Memory, in_ram: bool) -> None:
    assert Stage(memory, in_ram).cache.frames == (memory is CARD and not in_ram)


@pytest.mark.parametrize(("in_ram", "failing"), [(False, "cuMemAlloc"), (True, "cuMemAllocHost")])
def test_where_memory_runs_out_no_more_is_kept_than_there_is_and_it_is_said(in_ram: bool, failing: str) -> None:
    gpu = Gpu()
    stage = Stage(card_memory(gpu), in_ram)
    stage.write("eyebrow", 1)
    source = stage.memory.allocate_host(SPECS["frame"])  # there before it runs out
    source[:] = 100
    stage.memory.copy(stage.buffers["frame"], source)
    gpu.fails[failing] = Code.CUDA_ERROR_OUT_OF_MEMORY
    stage.cache.keep(b"frame", "frame", stage.buffers)
    assert (stage.cache.nbytes, stage.recalled("frame", 100)) == (16, None)
    assert "OUT_OF_MEMORY" in " ".join(stage.cache.notes)
    gpu.fails.clear()
    stage.write("eyebrow", 2)
    assert (stage.recalled("eyebrow", 1), stage.recalled("eyebrow", 2), stage.cache.nbytes) == (None, 2, 16)
