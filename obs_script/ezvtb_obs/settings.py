"""What a user can set on one avatar: names, defaults, ranges, how they are read from OBS, and what the engine is told.

`obs_data` is not safe between threads: only the UI thread reads and writes it. The others get a `Settings`.
"""

import math
from dataclasses import dataclass
from typing import Any

from ezvtb.tracking.protocols import raw
from ezvtb.tracking.simplify import Level

LOWEST_FPS, HIGHEST_FPS, DEFAULT_FPS = 5, 120, 30
"""Frames a second: OBS shows at most its own rate, and below 5 nothing looks alive."""

DEFAULT_ADDRESS = "127.0.0.1"
"""Only trackers on this computer are heard, unless the user wants others."""

MOST_FRAMES = 4
"""RIFE draws up to three frames between two poses."""

OFF = "off"
CACHE_IN_RAM, CACHE_IN_DATABASE = "ram", "database"
CACHES = (OFF, CACHE_IN_RAM, CACHE_IN_DATABASE)
SMALLEST_CACHE_GB, LARGEST_CACHE_GB, DEFAULT_CACHE_GB = 0.25, 64.0, 2.0

SR_FACE, SR_WHOLE = "x4", "x2"
SUPER_RESOLUTIONS = (OFF, SR_FACE, SR_WHOLE)
MOST_NOISE = 3


@dataclass(frozen=True)
class Settings:
    """A snapshot of one source's settings."""

    picture: str = ""
    address: str = DEFAULT_ADDRESS
    port: int = raw.DEFAULT_PORT
    idle: bool = True
    simplify: Level = Level.OFF
    fps_limit: int = DEFAULT_FPS
    interpolation: int = MOST_FRAMES
    """Frames a pose; 1: none between two."""
    cache: str = CACHE_IN_RAM
    cache_gb: float = DEFAULT_CACHE_GB
    sr: str = OFF
    sr_noise: int = 1
    device: int = 0


def set_defaults(obs: Any, data: int) -> None:
    """Writes the defaults into an `obs_data`. UI thread."""
    default = Settings()
    obs.obs_data_set_default_string(data, b"address", default.address.encode())
    obs.obs_data_set_default_int(data, b"port", default.port)
    obs.obs_data_set_default_bool(data, b"idle", default.idle)
    obs.obs_data_set_default_int(data, b"simplify", int(default.simplify))
    obs.obs_data_set_default_int(data, b"fps_limit", default.fps_limit)
    obs.obs_data_set_default_int(data, b"interpolation", default.interpolation)
    obs.obs_data_set_default_string(data, b"cache", default.cache.encode())
    obs.obs_data_set_default_double(data, b"cache_gb", default.cache_gb)
    obs.obs_data_set_default_string(data, b"sr", default.sr.encode())
    obs.obs_data_set_default_int(data, b"sr_noise", default.sr_noise)
    obs.obs_data_set_default_int(data, b"device", default.device)


def read(obs: Any, data: int) -> Settings:
    """The settings in an `obs_data`, brought into their ranges: a scene file can hold anything. UI thread."""
    level = obs.obs_data_get_int(data, b"simplify")
    gigabytes = float(obs.obs_data_get_double(data, b"cache_gb"))
    return Settings(
        picture=_text(obs, data, b"picture"),
        address=_text(obs, data, b"address").strip() or DEFAULT_ADDRESS,
        port=_within(obs.obs_data_get_int(data, b"port"), 1, 65535),
        idle=bool(obs.obs_data_get_bool(data, b"idle")),
        simplify=max(each for each in Level if each <= max(level, Level.OFF)),
        fps_limit=_within(obs.obs_data_get_int(data, b"fps_limit"), LOWEST_FPS, HIGHEST_FPS),
        interpolation=_within(obs.obs_data_get_int(data, b"interpolation"), 1, MOST_FRAMES),
        cache=_one_of(_text(obs, data, b"cache"), CACHES, CACHE_IN_RAM),
        cache_gb=min(LARGEST_CACHE_GB, max(SMALLEST_CACHE_GB, gigabytes if math.isfinite(gigabytes) else 0.0)),
        sr=_one_of(_text(obs, data, b"sr"), SUPER_RESOLUTIONS, OFF),
        sr_noise=_within(obs.obs_data_get_int(data, b"sr_noise"), 0, MOST_NOISE),
        device=max(0, obs.obs_data_get_int(data, b"device")),
    )


def engine_options(settings: Settings) -> "dict[str, object]":
    """The options of `get_core` for these settings. Another engine is needed exactly when they change."""
    options: dict[str, object] = {
        "device_id": settings.device,
        # not asked for, because this version has neither: the status shall not tell of it
        "use_tensorrt": False,
        "model_vram_cache": False,
        "use_cacher": settings.cache != OFF,
        "use_interpolation": settings.interpolation > 1,
        "use_sr": settings.sr != OFF,
    }
    if settings.cache != OFF:
        options.update(cacher_on_database=settings.cache == CACHE_IN_DATABASE, cacher_ram_size=settings.cache_gb)
    if settings.interpolation > 1:
        options.update(interpolation_scale=settings.interpolation)
    if settings.sr == SR_FACE:
        options.update(sr_x4=True)
    if settings.sr == SR_WHOLE:
        options.update(sr_x4=False, sr_noise=settings.sr_noise)
    return options


def _text(obs: Any, data: int, name: bytes) -> str:
    return str((obs.obs_data_get_string(data, name) or b"").decode("utf-8", "replace"))


def _within(value: int, lowest: int, highest: int) -> int:
    return min(highest, max(lowest, value))


def _one_of(value: str, allowed: "tuple[str, ...]", otherwise: str) -> str:
    return value if value in allowed else otherwise
