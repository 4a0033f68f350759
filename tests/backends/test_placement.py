"""Where the poser's and RIFE's tensors are on a device that has memory of its own."""

from typing import Any

import numpy as np
import pytest

from ezvtb.backends import golden
from ezvtb.backends.base import DeviceBuffer
from ezvtb.backends.onnxruntime import CPU, OnnxRuntimeBackend
from ezvtb.models import store
from ezvtb.rife.interpolator import Interpolator
from ezvtb.tha.poser import Poser

from .make_golden import parts

BETWEEN = {"image", "eyebrow_background", "eyebrow_layer", "eyebrow", "face", "warped", "grid_change"}


@pytest.fixture
def device() -> OnnxRuntimeBackend:
    """The CPU's provider, as if its memory were a device's own."""
    return OnnxRuntimeBackend(CPU._replace(memory="cpu"), 0, half=False)


def on_device(buffers: dict[str, Any]) -> set[str]:
    return {name for name, buffer in buffers.items() if isinstance(buffer, DeviceBuffer)}


@pytest.mark.parametrize(("in_ram", "placed"), [(False, BETWEEN), (True, BETWEEN - {"eyebrow", "face"})])
def test_what_only_networks_see_stays_on_the_device_and_the_frame_is_the_same(
    device: OnnxRuntimeBackend, in_ram: bool, placed: set[str]
) -> None:
    model = store.find("tha3_separable")
    poser = Poser(device, model.graphs, 1 << 28, cache_in_ram=in_ram)
    assert on_device(poser._buffers) == placed
    golden.prove(poser, model, device)
    pose = parts()["pose"]
    first = golden.draw(poser, parts()["picture"], pose)
    turned = pose.copy()
    turned[40] = 0.5
    out = poser.allocate_frame()
    poser.pose(turned, out)  # eyebrows and face are recalled from where they are
    assert poser.statistics["morpher_skipped"] == 1
    poser.pose(pose, out)
    assert np.array_equal(out.host, first)
    assert on_device(poser._buffers) == placed


def test_rifes_planes_and_motion_stay_on_the_device(device: OnnxRuntimeBackend) -> None:
    interpolator = Interpolator(device, store.find("rife40").graphs, 2)
    window = interpolator._windows[512]
    assert on_device(window._buffers) == {"before_planes", "after_planes", "motion"}
    before, after = (np.full((512, 512, 4), value, np.uint8) for value in (100, 200))
    assert window.between(before, after).shape == (1, 512, 512, 4)
