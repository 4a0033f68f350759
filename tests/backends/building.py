"""The build of engines as a process, with a card that isn't there: `python building.py PAUSE ARGUMENT …`.

It stops for good before the network number PAUSE is built. The arguments are `ezvtb.backends.tensorrt_build`'s.
"""

import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "core")]


def main() -> int:
    """The build."""
    fake_card: Any = import_module("backends.fake_card")
    card = fake_card.Gpu()
    sys.modules["tensorrt"] = import_module("backends.fake_tensorrt").tensorrt(card)
    sys.modules["cuda"], sys.modules["cuda.bindings"] = ModuleType("cuda"), ModuleType("cuda.bindings")
    sys.modules["cuda.bindings.driver"] = import_module("backends.fake_drivers").bindings(card)
    cuda, devices = import_module("ezvtb.backends.cuda"), import_module("ezvtb.backends.devices")
    cuda.CARDS = (cuda.BindingsCard,)
    devices.find = lambda: devices.Listing([devices.Device(fake_card.CARD, 0, {"tensorrt": 0})], [])
    builder: Any = import_module("ezvtb.backends.tensorrt_build")
    really, pause, built = builder.build, int(sys.argv[1]), []

    def build(*arguments: Any) -> None:
        built.append(arguments)
        while len(built) == pause:
            time.sleep(1)
        really(*arguments)

    builder.build = build
    return int(builder.main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
