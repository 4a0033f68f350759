"""Every option of `get_core`: its default and what it may be."""

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(low: int, high: "int | None" = None) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            return False
        return int(value) >= low and (high is None or int(value) <= high)

    return check


def _is_size(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float, np.number)) and 0 < float(value) <= 1024


def _is_file(value: Any) -> bool:
    return value is None or (isinstance(value, (str, os.PathLike)) and bool(str(value)) and not Path(value).is_dir())


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "device_id": (_is_whole(0), "a whole number from 0 on"),
    "model_cache_size": (_is_size, "a number of GB above 0 and up to 1024"),
    "cacher_quality": (_is_whole(0, 100), "a whole number from 0 to 100"),
    "cacher_ram_size": (_is_size, "a number of GB above 0 and up to 1024"),
    "cacher_db_path": (_is_file, "the path of a file, or None for one in the user's cache folder"),
    "interpolation_scale": (_is_whole(2, 4), "2, 3 or 4"),
    "sr_noise": (_is_whole(0, 3), "a whole number from 0 to 3"),
}
"""What an option may be, and how to say so. All others are True or False."""


@dataclass(frozen=True)
class Options:
    """The options of one core, checked. ValueError names the option, the value and what is allowed."""

    device_id: int = 0
    use_tensorrt: bool = True
    model_seperable: bool = True
    model_half: bool = True
    model_cache: bool = True
    model_vram_cache: bool = True
    model_cache_size: float = 1
    use_cacher: bool = True
    cacher_on_database: bool = False
    cacher_quality: int = 85
    cacher_ram_size: float = 2
    cacher_db_path: Optional[Union[str, "os.PathLike[str]"]] = None
    use_interpolation: bool = True
    interpolation_scale: int = 2
    interpolation_half: bool = True
    use_sr: bool = False
    sr_x4: bool = True
    sr_half: bool = True
    sr_noise: int = 1

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            allowed, words = _RULES.get(field.name, (_is_bool, "True or False"))
            value = getattr(self, field.name)
            if not allowed(value):
                raise ValueError(f"{field.name} is {value!r}, but must be {words}.")

    @classmethod
    def from_dict(cls, values: "dict[str, Any]") -> "Options":
        """The options of a dict; ValueError for a name that there isn't."""
        names = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - names):
            raise ValueError(f"{unknown[0]!r} is no option; there are: {', '.join(sorted(names))}.")
        return cls(**values)
