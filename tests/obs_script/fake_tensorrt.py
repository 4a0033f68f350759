"""A TensorRT that isn't there, for engine processes: the null backend, once a builder has built "engines" for it.

An engine process imports it before all else. EZVTB_FAKE_ENGINES is the folder of the engines; a file "go1" there lets
the first be built, and a file "fail1" lets it fail instead.
"""

import os
import sys
from pathlib import Path

from ezvtb import backends
from ezvtb.backends import background_build, devices
from ezvtb.backends.base import Graph
from ezvtb.backends.engines import NotBuilt
from ezvtb.backends.null import NullBackend

FOLDER = Path(os.environ["EZVTB_FAKE_ENGINES"])
NETWORKS = 4
BUILDER = f"""
import json, os, sys, threading, time
from pathlib import Path
folder = Path({str(FOLDER)!r})
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
for number in range(1, {NETWORKS} + 1):
    engine = folder / str(number)
    if engine.exists():
        continue
    with open(folder / "begun", "a") as begun:
        begun.write(f"{{number}} {{os.getpid()}}\\n")
    print(json.dumps({{"network": number, "of": {NETWORKS}, "done": 0, "seconds_left": 60}}), flush=True)
    while not (folder / f"go{{number}}").exists():
        time.sleep(0.02)
        if (folder / f"fail{{number}}").exists():
            print(json.dumps({{"error": f"Number {{number}} is no good.", "built": 0}}), flush=True)
            sys.exit(1)
    time.sleep(0.3)
    engine.touch()
"""


class FakeTensorRt(NullBackend):
    """On a card."""

    device = "a card"

    def load(self, path: Path) -> Graph:
        if not (FOLDER / str(NETWORKS)).exists():
            raise NotBuilt("It isn't built yet.", 0)
        return super().load(path)


backends.KINDS["tensorrt"] = backends.Kind(__name__, FakeTensorRt.__name__)
backends.PREFERENCE = ("tensorrt", "null")
LISTING = devices.Listing([devices.Device("a card", 0, {"tensorrt": 0, "null": 0})], [])
devices.find = lambda: LISTING
background_build.command = lambda graphs, number, kind: [sys.executable, "-c", BUILDER]
