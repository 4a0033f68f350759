"""Two OBS side by side, each with its own settings: one tracker's port, one database of frames."""

import time
from pathlib import Path
from typing import Any

from ezvtb.cacher.database import Database
from ezvtb.setup.headless_obs import Xvfb

from .stage import Stage, middle, until, visible_stage


def test_both_follow_one_tracker_and_the_second_takes_the_port_over_when_the_first_ends(
    tmp_path: Path, server: Xvfb, picture: Path, figure: Any
) -> None:
    database = tmp_path / "frames.db"
    shared = {"cache": "database", "cache_path": str(database), "cache_gb": 0.25, "idle": False}
    with visible_stage(tmp_path / "first", server, picture, **shared) as first:
        options = {**shared, "port": first.port}
        with visible_stage(tmp_path / "second", server, picture, **options) as second:

            def turned(stage: Stage) -> bool:
                first.send(head_y=1)
                pixels = stage.pixels()
                return pixels is not None and middle(pixels) - middle(figure) > 40

            until(lambda: turned(first), "the first doesn't hear")
            until(lambda: turned(second), "the second doesn't hear what the first does")
            assert f"Another program with an avatar has UDP port {first.port}" in second.status()
            for stage in (first, second):
                until(lambda stage=stage: " % of the poses were known." in stage.status(), "no cache")
                assert "Frames kept in: Database" in stage.status()
            with first.swinging():
                time.sleep(2)
            assert "Alive: " in second.status()

            first.quit()
            until(lambda: "Another program" not in second.status(), "it doesn't listen itself now that it could")
            with first.swinging():  # the tracker, which knows nothing of this
                assert second.is_moving()
    notes: list[str] = []
    cache = Database(database, 2**28, notes.append)
    assert cache.entries > 5
    assert cache.check() == []
    cache.close()
    assert not notes
