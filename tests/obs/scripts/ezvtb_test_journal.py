"""A script in OBS that writes down what the avatars do: load it before the avatar's own script.

One line each: [seconds of the monotonic clock, what, of whom, its content], where what is
"push" (a frame was given to OBS), "pose" (the engine was asked to draw it), "engine" (one starts, with these options)
or "ready" (it has loaded).
"""

import json
import os
import sys
import time
from pathlib import Path

_PROJECT = Path(__file__).parents[3]
sys.path[:0] = [str(_PROJECT / "obs_script"), str(_PROJECT / "core")]

from ezvtb_obs import engine_client, video_output  # noqa: E402 (after the path)

JOURNAL = Path(os.environ["EZVTB_TEST_CONTROL"]).with_name("journal").open("a", buffering=1)


def note(what, whom, content=None):
    JOURNAL.write(json.dumps([time.monotonic(), what, id(whom), content]) + "\n")


def noted(kind, name, what, content=lambda *_: None):
    """Has that method of the class noted each time it has returned."""
    method = getattr(kind, name)

    def noting(self, *arguments, **options):
        result = method(self, *arguments, **options)
        note(what, self, content(*arguments))
        return result

    setattr(kind, name, noting)


noted(video_output.SourceOutput, "push", "push", lambda _address, width, height: [width, height])
noted(engine_client.EngineClient, "__init__", "engine", lambda options, *_: options)
noted(engine_client.EngineClient, "wait_ready", "ready")
noted(engine_client.EngineClient, "submit", "pose", lambda values, *_: list(values))
