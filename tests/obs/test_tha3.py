"""The real networks in a real OBS: the avatar is there, turns its head where the pose says, and lives by itself."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.paths import models_folder

from .conftest import OpenStage
from .stage import Pixels, Stage, until

FACE = (slice(60, 150), slice(200, 312))
"""Where the sample's face is, (rows, columns)."""
FARTHEST = 24
"""Pixels that the search for the face goes to either side."""


_RESTING_SECONDS = 1.5
"""Longer than a pose takes on a slow computer, and than the eased change from idle motion to the tracker's poses."""


def shift(still: Pixels, now: Pixels) -> int:
    """How far the face has moved to the right, in pixels: where the old face fits the new picture best."""
    rows, columns = FACE
    face = still[rows, columns, :3].astype(int)
    misfits = {}
    for step in range(-FARTHEST, FARTHEST + 1):
        moved = now[rows, columns.start + step : columns.stop + step, :3].astype(int)
        misfits[step] = float(np.abs(moved - face).mean())
    return min(misfits, key=misfits.__getitem__)


def posed(stage: Stage, **values: float) -> Any:
    """The avatar once it rests in a pose: for a while it looks the same, however slow the computer is."""
    last: list[Any] = [None]
    since = [time.monotonic()]

    def rests() -> Any:
        stage.send(**values)
        now = stage.pixels()
        if (
            now is None
            or last[0] is None
            or not np.array_equal(now, last[0])
            or "packets a second" not in stage.status()
        ):
            last[0], since[0] = now, time.monotonic()
        return last[0] if time.monotonic() - since[0] > _RESTING_SECONDS else None

    return until(rests, "it never rested", 120)


@pytest.mark.skipif(not any(models_folder().rglob("*.onnx")), reason="no model is installed")
def test_the_head_turns_to_the_side_of_the_pose(open_obs: OpenStage, avatar_file: Path) -> None:
    stage = open_obs(picture=avatar_file, backend="")
    stage.wait_visible(120)
    assert stage.is_moving()  # idle motion
    still = posed(stage)
    # THA3 counts from the character's view: head_y = 1 turns to its right, which is the picture's left
    left, right = (shift(still, posed(stage, head_y=side)) for side in (1.0, -1.0))
    assert left <= -2, (left, right)
    assert right >= 2, (left, right)
    assert "Figure: null" not in stage.status()
    stage.quit()
