"""What a user can set on one avatar: names, defaults, ranges, and how they are read from OBS.

`obs_data` is not safe between threads: only the UI thread reads and writes it. The others get a `Settings`.
"""

from dataclasses import dataclass
from typing import Any

from ezvtb.tracking import raw

LOWEST_FPS, HIGHEST_FPS, DEFAULT_FPS = 5, 120, 30
"""Frames a second: OBS shows at most its own rate, and below 5 nothing looks alive."""

DEFAULT_ADDRESS = "127.0.0.1"
"""Only trackers on this computer are heard, unless the user wants others."""


@dataclass(frozen=True)
class Settings:
    """A snapshot of one source's settings."""

    picture: str = ""
    address: str = DEFAULT_ADDRESS
    port: int = raw.DEFAULT_PORT
    idle: bool = True
    fps_limit: int = DEFAULT_FPS
    device: int = 0


def set_defaults(obs: Any, data: int) -> None:
    """Writes the defaults into an `obs_data`. UI thread."""
    obs.obs_data_set_default_string(data, b"address", DEFAULT_ADDRESS.encode())
    obs.obs_data_set_default_int(data, b"port", raw.DEFAULT_PORT)
    obs.obs_data_set_default_bool(data, b"idle", True)
    obs.obs_data_set_default_int(data, b"fps_limit", DEFAULT_FPS)
    obs.obs_data_set_default_int(data, b"device", 0)


def read(obs: Any, data: int) -> Settings:
    """The settings in an `obs_data`, brought into their ranges: a scene file can hold anything. UI thread."""
    return Settings(
        picture=_text(obs, data, b"picture"),
        address=_text(obs, data, b"address").strip() or DEFAULT_ADDRESS,
        port=_within(obs.obs_data_get_int(data, b"port"), 1, 65535),
        idle=bool(obs.obs_data_get_bool(data, b"idle")),
        fps_limit=_within(obs.obs_data_get_int(data, b"fps_limit"), LOWEST_FPS, HIGHEST_FPS),
        device=max(0, obs.obs_data_get_int(data, b"device")),
    )


def _text(obs: Any, data: int, name: bytes) -> str:
    return str((obs.obs_data_get_string(data, name) or b"").decode("utf-8", "replace"))


def _within(value: int, lowest: int, highest: int) -> int:
    return min(highest, max(lowest, value))
