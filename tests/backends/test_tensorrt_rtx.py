"""TensorRT-RTX on a card that isn't there: what is different from TensorRT."""

import importlib
import importlib.util
import json
import sys
from typing import Any

import numpy as np
import pytest

from ezvtb import backends
from ezvtb.backends import background_build, devices, engines, flavours
from ezvtb.backends.background_build import command
from ezvtb.backends.base import Backend
from ezvtb.backends.devices import Adapter, Device
from ezvtb.errors import BackendError
from ezvtb.models import store
from ezvtb_interface import get_core

from .fake_card import CARD, Gpu

RTX = "tensorrt-rtx"
POSER_ONLY: dict[str, Any] = {"use_cacher": False, "use_interpolation": False}


@pytest.fixture
def builder(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The build, where TensorRT-RTX is the one that is installed."""
    numbers = {RTX: 0, "cuda": 0}
    listing = devices.Listing(
        [Device(CARD, 12 * 2**30, numbers), Device("a CPU", 0, {"openvino": 0, "onnxruntime": 0})], []
    )
    monkeypatch.setattr(devices, "find", lambda: listing)
    monkeypatch.delenv("EZVTB_BACKEND", raising=False)
    return importlib.import_module("ezvtb.backends.tensorrt_build")


def build(builder: Any, *graphs: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    builder.run(list(graphs), 0, told.append, RTX)
    return told


def test_it_draws_as_tensorrt_does_and_its_kernels_are_compiled_while_it_is_built(
    builder: Any, gpu: Gpu, avatar: Any
) -> None:
    told = build(builder, "tha3_separable/fp16")
    assert told[-1]["done"] == 1.0
    assert gpu.compiled == 5
    core = get_core(**POSER_ONLY)
    tha = core.report[0]
    assert (tha.backend, tha.precision, tha.device, tha.why) == ("TensorRT-RTX", "fp16", CARD, "")
    core.setImage(avatar)
    (frame,) = core.inference(np.zeros((1, 45), np.float32))
    assert 0.1 < (frame[..., 3] > 128).mean() < 0.9
    assert gpu.compiled == 5
    assert not list(engines.folder().glob("timings*"))


@pytest.mark.parametrize("kept", [None, b"", b"kernels of an older driver"])
def test_kernels_that_are_gone_or_not_taken_are_compiled_once_more_and_kept(
    kept: "bytes | None", builder: Any, gpu: Gpu
) -> None:
    build(builder, "tha3_separable/fp16/editor")
    (file,) = engines.folder().glob("*editor*.kernels")
    right = file.read_bytes()
    file.unlink() if kept is None else file.write_bytes(kept)
    gpu.compiled = 0
    for _ in range(2):
        backends.open_backend(RTX, 0, half=True).load(store.find("tha3_separable", "fp16").graphs["editor"])
    assert (gpu.compiled, file.read_bytes()) == (1, right)


def test_kernels_that_can_not_be_kept_are_told_and_the_engine_plays(
    builder: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(engines, "write_kernels", full)
    build(builder, "tha3_separable/fp16")
    backends.open_backend(RTX, 0, half=True).load(store.find("tha3_separable", "fp16").graphs["editor"])
    assert "can't be kept: no space left" in capsys.readouterr().err


def test_the_two_keep_their_engines_side_by_side_and_an_engine_goes_with_its_kernels(builder: Any) -> None:
    graph = store.find("tha3_separable", "fp16").graphs["editor"]
    plain = engines.identity(graph, "11.4.0.106", CARD)
    engines.write(plain, b"TensorRT's")
    old = engines.identity(graph, "1.6.1.120", CARD, RTX)
    engines.write(old, b"TensorRT-RTX's")
    engines.write_kernels(old, b"kernels")
    build(builder, "tha3_separable/fp16/editor")
    assert engines.read(plain) == b"TensorRT's"
    assert not old.path.exists()
    assert not old.kernels.exists()
    new = engines.identity(graph, "1.7.1.116", CARD, RTX)
    engines.delete(new)
    assert not new.kernels.exists()


def test_what_is_missing_is_built_by_the_one_that_wants_it(builder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(background_build, "BackgroundBuild", started.append)
    (tha, *_) = get_core(**POSER_ONLY).report
    assert "TensorRT-RTX's engine of tha3_separable/fp16/decomposer isn't built yet" in tha.why
    stages = ("decomposer", "combiner", "morpher", "rotator", "editor")
    assert started == [command([f"tha3_separable/fp16/{stage}" for stage in stages], 0, RTX)]
    assert started[0][3:7] == ["--json", "--kind", RTX, "--device"]


def test_a_card_on_which_the_new_engine_does_not_load_is_told(
    builder: Any, gpu: Gpu, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(builder, "_go_to_the_background", lambda: None)
    gpu.fails["context"] = True
    assert builder.main(["--json", "--kind", RTX, "tha3_separable/fp16/editor"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "TensorRT-RTX can't load tha3_separable/fp16/editor" in told["error"]


@pytest.mark.parametrize(
    ("there", "kinds"),
    [
        (("tensorrt",), ("tensorrt",)),
        (("tensorrt_rtx_bindings",), (RTX,)),
        (("tensorrt", "tensorrt_rtx_bindings"), ("tensorrt", RTX)),
        ((), ("tensorrt",)),
    ],
)
def test_of_the_two_those_are_tried_that_are_installed(
    there: tuple[str, ...], kinds: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("tensorrt", "tensorrt_rtx_bindings"):
        monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name if name in there else None)
    assert flavours.installed() == kinds
    (card, _cpu) = devices.merge([Adapter(1, CARD, 2**33)], [], [], tensorrts=flavours.installed())
    assert card.numbers == {**dict.fromkeys(kinds, 1), "cuda": 1}


def test_neither_is_tried_where_tensorrt_is_not_wanted(builder: Any) -> None:
    choice = backends.first_that_works(0, True, lambda backend: backend, use_tensorrt=False)
    assert isinstance(choice.made, Backend)
    assert "TensorRT" not in " ".join(choice.refused)


def test_one_that_is_not_installed_says_so_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt_rtx_bindings", None)  # type: ignore[arg-type]
    with pytest.raises(BackendError, match="tensorrt-rtx can't be imported"):
        backends.open_backend(RTX, 0, half=True)
