"""What this machine can't do, or does in another way, whatever is done about it: an option for it has no effect here.

That is no trouble of the user's: the report says it apart from what went wrong, and a panel greys the option.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ezvtb.backends.base import HOST, Backend
from ezvtb.backends.devices import Device
from ezvtb.backends.flavours import FLAVOURS
from ezvtb.tha import cache_size


class Limit(NamedTuple):
    """One of them."""

    name: str
    """What a panel names it by."""
    sentence: str
    options: tuple[str, ...]
    """The options of `get_core` that ask for it, and have no effect."""


NO_NVIDIA = Limit("no_nvidia", "TensorRT needs an NVIDIA card with NVIDIA's driver.", ("use_tensorrt",))
NO_VRAM = Limit("no_vram", "This device has no VRAM of its own; results are kept in RAM.", ("model_vram_cache",))
NO_HALF = Limit(
    "no_half",
    "Half precision doesn't pay on this device; full precision is used.",
    ("model_half", "interpolation_half", "sr_half"),
)

NORMAL_PRIORITY = Limit(
    "normal_priority",
    "With this runtime the card doesn't let games go first; only TensorRT, on NVIDIA cards, does.",
    (),
)
NOT_PAGE_LOCKED = Limit(
    "not_page_locked", "With this runtime results are kept in ordinary RAM, from which the card takes longer.", ()
)
LITTLE_VRAM = Limit(
    "little_vram", f"Of this card's memory, kept results take a {cache_size.SHARE_TOLD}, which is less than 1 GB.", ()
)


def of(found: Sequence[Device], backend: Backend) -> list[Limit]:
    """Those of a computer with these devices, of which `backend` uses one."""
    limits = {
        NO_NVIDIA: not any(kind in device.numbers for device in found for kind in FLAVOURS),
        NO_VRAM: not backend.device_memory,
        NO_HALF: not backend.half_pays,
        NORMAL_PRIORITY: not (backend.on_cpu or backend.gives_way),
        NOT_PAGE_LOCKED: backend.device_memory and backend.memory is HOST,
        LITTLE_VRAM: cache_size.is_little(backend.device_bytes),
    }
    return [limit for limit, there in limits.items() if there]
