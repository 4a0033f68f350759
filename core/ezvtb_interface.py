"""The public interface: a picture becomes a core, a pose becomes frames.

from ezvtb_interface import get_core
core = get_core()
core.setImage(img)               # (512, 512, 4) uint8 BGRA, straight alpha
frames = core.inference(pose)    # (1, 45) float32 -> list of (H, W, 4) uint8 BGRA
"""

import os
from typing import Optional, Union

from ezvtb.core import Core
from ezvtb.options import Options

__all__ = ["Core", "get_core"]


def get_core(  # noqa: PLR0917 (the public interface; users may pass them by position)
    device_id: int = 0,
    use_tensorrt: bool = True,
    model_seperable: bool = True,
    model_half: bool = True,
    model_cache: bool = True,
    model_vram_cache: bool = True,
    model_cache_size: float = 1,
    use_cacher: bool = True,
    cacher_on_database: bool = False,
    cacher_quality: int = 85,
    cacher_ram_size: float = 2,
    cacher_db_path: Optional[Union[str, "os.PathLike[str]"]] = None,
    use_interpolation: bool = True,
    interpolation_scale: int = 2,
    interpolation_half: bool = True,
    use_sr: bool = False,
    sr_x4: bool = True,
    sr_half: bool = True,
    sr_noise: int = 1,
) -> Core:
    """A core with these options; the README's table says what each means.

    ValueError names an option whose value is not allowed. ModelMissing if the models aren't installed,
    BackendError if no inference runtime works. What the machine can't honour is replaced by the nearest that it
    can: `core.report` says so.
    """
    return Core(Options(**locals()))
