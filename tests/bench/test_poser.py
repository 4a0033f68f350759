"""What the poser's table times on a card that isn't there."""

import importlib
import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.slot import plug_in
from ezvtb.backends import open_backend
from ezvtb.backends.base import DeviceBuffer
from ezvtb.bench import poser
from ezvtb.models import store


def test_on_a_card_a_network_and_a_pose_end_when_the_card_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, avatar: Any
) -> None:
    gpu = plug_in(monkeypatch, tmp_path)
    importlib.import_module("ezvtb.backends.tensorrt_build").run(["tha3_separable/fp32"], 0, lambda progress: None)
    graphs = store.find("tha3_separable").graphs
    contestant = poser._Contestant(open_backend("tensorrt", 0, half=False), graphs, avatar)
    waiting: list[int] = []
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: (waiting.append(len(gpu.queue)), float(next(clock)))[1])
    contestant.pose(np.zeros(45, np.float32), contestant.whole)
    start, *networks, end = waiting
    assert start == 0
    assert networks[2::4] == [0, 0, 0, 0]  # the poser itself looks at the clock, too
    assert end <= 1  # the frame has arrived; a copy that the card keeps is still to come
    assert contestant.milliseconds("whole pose") > contestant.milliseconds("editor") > 0
    assert isinstance(contestant._poser._buffers["eyebrow"], DeviceBuffer)
