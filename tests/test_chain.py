"""The chain from a pose to its frames on a card that isn't there: the same frames as on the host, and nothing of them
passes through the host's memory but what is returned or looked at."""

import gc
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backends.fake_card import Gpu
from backends.fake_tensorrt import NULL, Context
from backends.slot import plug_in
from ezvtb import backends
from ezvtb.backends.base import HOST
from ezvtb.backends.shared import shared
from ezvtb.core import Core
from ezvtb.tracking.pose import INDEX
from ezvtb_interface import get_core

MB = 1 << 20
FRAME, LARGE = MB, 4 * MB
"""Bytes of a frame, before and after super resolution."""
BROW, FACE = 4 * 4 * 128 * 128, 4 * 4 * 192 * 192
"""Bytes of what the null backend's stages leave behind."""

Open = Callable[..., Core]


@pytest.fixture
def package() -> str:
    return "cuda-bindings"


@pytest.fixture
def gpu(package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Gpu]:
    """A card with TensorRT, whose engines are the null backend's stages."""
    card = plug_in(monkeypatch, tmp_path, package, ("tensorrt", "null"))
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    yield card
    gc.collect()


def null_on_a_card(number: int, half: bool) -> Any:
    """TensorRT on the card, with the null backend's stages for engines."""
    from ezvtb.backends.tensorrt import TensorRtBackend

    class NullOnCard(TensorRtBackend):
        def __init__(self) -> None:
            super().__init__(number, half)
            self.name = "null"

        def load(self, path: Path) -> Any:
            content = b"engine of " + NULL + path.name.encode()
            used = shared(path, self._card, lambda: self._card.do(self._deserialized, content))
            return self._card.do(self._opened, used, None)

    return NullOnCard()


@pytest.fixture
def on_card(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> Open:
    def make(**options: Any) -> Core:
        with monkeypatch.context() as patch:
            patch.setitem(backends.KINDS, "null", backends.Kind(__name__, "null_on_a_card"))
            patch.setitem(sys.modules, __name__, sys.modules[null_on_a_card.__module__])
            return get_core(**options)

    return make


def posed(**values: float) -> NDArray[np.float32]:
    pose = np.zeros((1, 45), np.float32)
    for name, value in values.items():
        pose[0, INDEX[name]] = value
    return pose


POSES = [
    posed(),
    posed(head_y=0.5),
    posed(head_y=0.5, mouth_aaa=0.3),  # the same frame, of the null backend
    posed(head_y=-0.25, eyebrow_happy_left=0.5),
    posed(head_y=0.5),
    posed(head_y=0.5),
    posed(),
    posed(head_x=0.25, head_y=0.1),
]

COMBINATIONS = [
    {"use_cacher": cacher, **interpolation, **sr, "model_vram_cache": vram}
    for cacher, interpolation, sr, vram in itertools.product(
        (False, True),
        (
            {"use_interpolation": False},
            *({"use_interpolation": True, "interpolation_scale": scale} for scale in (2, 3, 4)),
        ),
        ({"use_sr": False}, {"use_sr": True, "sr_x4": True}, {"use_sr": True, "sr_x4": False}),
        (False, True),
    )
]


def named(options: dict[str, Any]) -> str:
    return "-".join(str(value) for value in options.values())


def played(core: Core, picture: Any) -> list[list[NDArray[np.uint8]]]:
    """The frames of all poses. What the cacher is given, it has before the next."""
    core.setImage(picture)
    frames = []
    for pose in POSES:
        frames.append([each.copy() for each in core.inference(pose)])
        assert core._cacher is None or core._cacher.flush(5)
    core.close()
    return frames


def picture(avatar: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One that reaches the frame's borders, where what is around it is its mirror image."""
    wide = np.ascontiguousarray(avatar)
    wide[200:300, :40] = (10, 200, 90, 255)
    wide[250:512, 480:] = (90, 20, 200, 130)
    wide[:20, 300:330] = (200, 120, 20, 255)
    return wide


@pytest.mark.parametrize("options", COMBINATIONS, ids=named)
def test_frames_are_those_of_the_host_and_only_they_and_the_pose_pass_the_bus(
    options: dict[str, Any], on_card: Open, gpu: Gpu, avatar: Any
) -> None:
    options = {"model_half": False, "cacher_quality": 100, **options}
    expected = played(get_core(**options), picture(avatar.copy()))
    core = on_card(**options)
    gpu.uploaded.clear()
    gpu.downloaded.clear()
    for number, (frames, truth) in enumerate(zip(played(core, picture(avatar.copy())), expected)):
        assert len(frames) == len(truth)
        assert all(np.array_equal(frame, each) for frame, each in zip(frames, truth)), number
    did = core.statistics
    drawn_by_rife = (core.scale - 1) * did.get("rife_interpolated", 0)
    kept = {size: int(did[f"{stage}_runs"]) for stage, size in (("combiner", BROW), ("morpher", FACE))}
    recalled = {size: int(did[f"{stage}_skipped"]) for stage, size in (("combiner", BROW), ("morpher", FACE))}
    in_ram = not options["model_vram_cache"]
    ups = {size: gpu.uploaded.count(size) for size in set(gpu.uploaded)}
    downs = {size: gpu.downloaded.count(size) for size in set(gpu.downloaded)}
    assert ups.pop(48) == did["combiner_runs"]
    assert ups.pop(4 * 27) == did["morpher_runs"]
    assert ups.pop(4 * 6) == did["rotator_runs"] + did["editor_runs"]
    for size in (BROW, FACE):  # page-locked RAM, where that is what was asked for
        assert ups.pop(size, 0) == in_ram * recalled[size]
        assert downs.pop(size, 0) == in_ram * kept[size]
    assert downs.pop(FRAME) == did["editor_runs"] + did["frames_recalled"] + drawn_by_rife
    if options["use_sr"]:
        assert downs.pop(LARGE) <= core.scale * did["calls"]
    uploaded_frames = ups.pop(FRAME) - 1  # the picture itself
    assert uploaded_frames <= did.get("cacher_hits", 0) + (core.scale - 1) * did.get("rife_blended", 0)
    if not options["use_cacher"] and not options["use_sr"]:
        assert uploaded_frames == 0
    assert not ups
    assert not downs


@pytest.mark.parametrize("package", ["pycuda"])
@pytest.mark.parametrize("options", COMBINATIONS[3::10], ids=named)
def test_the_frames_are_the_same_through_pycuda(options: dict[str, Any], on_card: Open, avatar: Any) -> None:
    options = {"model_half": False, "cacher_quality": 100, **options}
    expected, frames = (played(make(**options), picture(avatar.copy())) for make in (get_core, on_card))
    assert all(np.array_equal(each, truth) for each, truth in zip(frames, expected))


ALL: dict[str, Any] = {"model_half": False, "use_cacher": False, "use_sr": True, "sr_x4": False}


@pytest.mark.parametrize(
    ("options", "most"),
    [
        ({"use_interpolation": False, "use_sr": False}, 1),  # what is returned
        ({"use_sr": False}, 2),  # and the host looks at what RIFE has to do
        ({"use_interpolation": False}, 2),  # and at what is visible
        ({}, 3),
    ],
)
def test_nobody_waits_for_the_card_but_to_look_at_a_frame(
    options: dict[str, Any], most: int, on_card: Open, gpu: Gpu, avatar: Any
) -> None:
    core = on_card(**ALL | options)
    core.setImage(avatar)
    for pose in POSES:
        gpu.waits = 0
        core.inference(pose)
        assert gpu.waits <= most


def test_cuda_graphs_serve_all_networks_that_run_again_and_again(on_card: Open, gpu: Gpu, avatar: Any) -> None:
    core = on_card(**ALL)
    core.setImage(avatar)
    before, runs = 0, 0.0
    for face in (0.0, 0.3, 0.6):
        before, runs = gpu.launched, all_runs(core)
        for number in range(30):
            expression = face + number / 100
            core.inference(posed(head_y=number / 60, mouth_aaa=expression, eyebrow_happy_left=expression))
    assert gpu.launched - before == all_runs(core) - runs
    assert core.notes == []


def all_runs(core: Core) -> float:
    """Of all networks: RIFE's are two in a row."""
    did = core.statistics
    return sum(value for name, value in did.items() if name.endswith("_runs")) + 2 * did["rife_interpolated"]


def test_where_capturing_fails_the_core_says_so_once_and_its_frames_are_right(
    on_card: Open, gpu: Gpu, avatar: Any
) -> None:
    expected = played(get_core(**ALL), avatar)
    gpu.fails["capture"] = True
    core = on_card(**ALL)
    frames = played(core, avatar)
    assert all(np.array_equal(each, truth) for each, truth in zip(frames, expected))
    (note,) = core.notes
    assert "CUDA graphs don't work" in note


def test_with_two_cards_no_cards_thread_waits_for_the_others(
    on_card: Open, avatar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two avatars that have them the other way round would wait for each other for ever."""
    alone = on_card(**ALL)
    assert alone._home is alone._poser.memory
    numbers = itertools.count()
    really = null_on_a_card
    module = sys.modules[null_on_a_card.__module__]
    monkeypatch.setattr(module, "null_on_a_card", lambda number, half: really(next(numbers) % 2, half))
    core = on_card(**ALL)
    assert core._interpolator
    assert core._interpolator.memory != core._poser.memory
    assert core._home is HOST
    expected = played(alone, avatar)
    assert all(np.array_equal(each, truth) for each, truth in zip(played(core, avatar), expected))


def memory(gpu: Gpu) -> tuple[int, int, int]:
    """Bytes and blocks of memory on the card and page-locked, and CUDA graphs, that are not freed."""
    gc.collect()
    return sum(len(block) for block in gpu.memory.values()), len(gpu.memory), len(gpu.graphs)


@pytest.mark.parametrize("count", [900, pytest.param(10_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("vram", [True, False])
def test_many_poses_take_no_more_memory_than_some(
    *, count: int, vram: bool, on_card: Open, gpu: Gpu, avatar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "_compute", lambda *_: None)
    core = on_card(**ALL | {"model_vram_cache": vram, "model_cache_size": 0.02, "interpolation_scale": 3})
    core.setImage(avatar)
    random = np.random.default_rng(3)
    first = (0, 0, 0)
    for number in range(count):
        # now and then all is as it was: stages and frames are recalled
        pose = random.integers(0, 3, 45).astype(np.float32) / 2 if number % 3 else np.zeros(45, np.float32)
        core.inference(pose[None])
        if number == 300:
            first = memory(gpu)
    assert all(now <= then for now, then in zip(memory(gpu), first))
    assert core._poser._cache.nbytes <= 0.02 * 2**30
    assert len(gpu.queue) < 5  # events: the last call let go of page-locked memory
