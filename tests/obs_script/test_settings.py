"""A scene file can hold anything: settings are brought into their ranges."""

import dataclasses
from typing import Any

import pytest

from ezvtb.options import Options
from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.simplify import Level
from ezvtb_obs import settings
from ezvtb_obs.settings import Settings


class Data:
    """Stands for libobs and one `obs_data`: user values over defaults, and a zero of the asked type elsewhere."""

    def __init__(self, **values: Any) -> None:
        self.values, self.defaults = values, dict[str, Any]()

    def __getattr__(self, name: str) -> Any:
        if name.endswith("has_user_value"):
            return lambda _data, key: key.decode() in self.values
        kind = {"string": bytes, "int": int, "bool": bool, "double": float}[name.rsplit("_", 1)[1]]
        if "_set_default_" in name:
            return lambda _data, key, value: self.defaults.__setitem__(key.decode(), value)

        def get(_data: int, key: bytes) -> Any:
            value = self.values.get(key.decode(), self.defaults.get(key.decode(), kind()))
            return value if isinstance(value, kind) else kind()  # as libobs: another type reads as zero

        return get


def read(**values: Any) -> Settings:
    data = Data(**values)
    settings.set_defaults(data, 1)
    return settings.read(data, 1)


def test_an_empty_scene_file_gives_the_defaults() -> None:
    assert read() == Settings()


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"port": -1}, {"port": 0}),
        ({"port": 70000}, {"port": 65535}),
        ({"port": b"text"}, {"port": 0}),
        ({"fps_limit": 0}, {"fps_limit": 5}),
        ({"fps_limit": 1000}, {"fps_limit": 120}),
        ({"device": -3}, {"device": ""}),
        ({"device": 2}, {"device": "2"}),
        ({"device": b" A card "}, {"device": "A card"}),
        ({"tracker": b"Raw poses"}, {"tracker": "Raw poses"}),
        ({"tracker": b"a mouse"}, {"tracker": ""}),
        ({"address": b" 0.0.0.0 "}, {"address": "0.0.0.0"}),
        ({"picture": "ä".encode("latin-1")}, {"picture": "\ufffd"}),
        ({"idle": False}, {"idle": False}),
        ({"interpolation": 0}, {"interpolation": 1}),
        ({"interpolation": 9}, {"interpolation": 4}),
        ({"cache": b"database"}, {"cache": "database"}),
        ({"cache": b"disk"}, {"cache": "ram"}),
        ({"cache_gb": 0.0}, {"cache_gb": 0.25}),
        ({"cache_gb": 1e9}, {"cache_gb": 64.0}),
        ({"cache_gb": float("nan")}, {"cache_gb": 0.25}),
        ({"sr": b"x2", "sr_noise": 7}, {"sr": "x2", "sr_noise": 3}),
        ({"sr": b"x8"}, {"sr": "off"}),
        ({"simplify": 8}, {"simplify": Level.GAMING}),
        ({"simplify": 5}, {"simplify": Level.STRONG}),
        ({"simplify": -1}, {"simplify": Level.OFF}),
        ({"simplify": 99}, {"simplify": Level.GAMING}),
    ],
)
def test_odd_values_are_brought_into_range(stored: "dict[str, Any]", expected: "dict[str, Any]") -> None:
    assert read(**stored) == Settings(**{**Settings().__dict__, **expected})


FIRST = {"picture": b"/a.png", "address": b"0.0.0.0", "port": 39571, "idle": False, "fps_limit": 60, "device": 1}
CACHES = {"interpolation": 2, "cache": b"database", "cache_gb": 4.0, "sr": b"x2", "sr_noise": 3, "simplify": 6}
TRACKERS = {"tracker": b"Raw poses", "phone": b"192.168.1.20"}
MOTION = {
    "calibration": b"1", "microphone": b"Mic", "microphone_sensitivity": 70, "microphone_too": True, "mirror": False,
    "responsiveness": 40, "eyebrows": b"serious", "link_eyes": True, "iris_small": 30, "head_pitch": 20, "head_yaw": 21,
    "head_roll": 22, "body": 10, "eyes_gain": 110, "eyes_dead_zone": 1, "eyebrows_gain": 111, "eyebrows_dead_zone": 2,
    "mouth_gain": 112, "mouth_dead_zone": 3, "gaze_gain": 113, "gaze_dead_zone": 4, "head_gain": 114,
    "head_dead_zone": 5, "blinks": False, "breaths": 7, "breath_depth": 8, "gaze_drift": 9, "head_drift": 10,
}  # fmt: skip
ENGINE = {
    "cache_quality": 100, "cache_path": b"/a.db", "tensorrt": False, "model": b"standard", "half": False,
    "interpolation_half": False, "sr_half": False, "stages": b"ram", "stages_gb": 0.5,
}  # fmt: skip


@pytest.mark.parametrize(
    "stored",
    [
        FIRST,  # 4167a4f
        FIRST | CACHES,  # 5078c10
        FIRST | CACHES | TRACKERS,  # 5842640
        FIRST | CACHES | TRACKERS | MOTION,  # 2bd10f0
        FIRST | CACHES | TRACKERS | MOTION | ENGINE,  # ca5981a
    ],
)
def test_what_a_user_set_in_an_earlier_version_is_still_set(stored: "dict[str, Any]") -> None:
    """A setting that was renamed is read by its old name as well: see the next test."""
    told = {name: value.decode() if isinstance(value, bytes) else value for name, value in stored.items()}
    told["device"] = "1"  # which is a name since then: see `ezvtb_obs.chosen_device`
    assert read(**stored) == dataclasses.replace(Settings(), **told)


@pytest.mark.parametrize(
    ("stored", "held"),
    [
        ({}, (False, False, False, False)),
        ({"expressions_hold": False}, (False, False, False, False)),
        ({"expressions_hold": True}, (True, True, True, True)),
        ({"expressions_hold": True, "expression_2_hold": False}, (True, False, True, True)),
        ({"expressions_hold": False, "expression_2_hold": True}, (False, True, False, False)),
        ({"expression_4_hold": True}, (False, False, False, True)),
    ],
)
def test_the_one_switch_that_all_expressions_had_counts_where_a_slot_has_none_of_its_own(
    stored: "dict[str, Any]", held: "tuple[bool, ...]"
) -> None:
    assert read(**stored).expressions_held == held


def test_an_avatar_is_untouched_until_it_has_a_setting_even_if_of_an_earlier_version() -> None:
    assert settings.is_untouched(Data(), 1)
    for stored in ({"idle": True}, {"expressions_hold": False}):
        assert not settings.is_untouched(Data(**stored), 1)


PLAIN = {
    "device_id": 0,
    "use_tensorrt": True,
    "model_seperable": True,
    "model_half": True,
    "model_cache": False,
    "use_cacher": False,
    "use_interpolation": False,
    "use_sr": False,
}
BARE = Settings(interpolation=1, cache="off", sr="off", stages="off")
CACHED = {"use_cacher": True, "cacher_on_database": True, "cacher_ram_size": 2.0, "cacher_quality": 85}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"device": "2"}, {"device_id": 2}),
        ({"tensorrt": False}, {"use_tensorrt": False}),
        ({"model": "standard", "half": False}, {"model_seperable": False, "model_half": False}),
        (
            {"stages": "vram", "stages_gb": 0.5},
            {"model_cache": True, "model_vram_cache": True, "model_cache_size": 0.5},
        ),
        ({"stages": "ram"}, {"model_cache": True, "model_vram_cache": False, "model_cache_size": 1.0}),
        (
            {"interpolation": 2},
            {"use_interpolation": True, "interpolation_scale": 2, "interpolation_half": True},
        ),
        (
            {"interpolation": 4, "interpolation_half": False},
            {"use_interpolation": True, "interpolation_scale": 4, "interpolation_half": False},
        ),
        ({"cache": "ram", "cache_quality": 100}, {**CACHED, "cacher_on_database": False, "cacher_quality": 100}),
        ({"cache": "database", "cache_gb": 0.5}, {**CACHED, "cacher_ram_size": 0.5}),
        ({"cache": "database", "cache_path": "/a/b.db"}, {**CACHED, "cacher_db_path": "/a/b.db"}),
        ({"cache_gb": 5.0, "cache_path": "/a/b.db"}, {}),
        ({"sr": "x4", "sr_noise": 3}, {"use_sr": True, "sr_x4": True, "sr_half": True}),
        (
            {"sr": "x2", "sr_noise": 3, "sr_half": False},
            {"use_sr": True, "sr_x4": False, "sr_noise": 3, "sr_half": False},
        ),
        ({"sr_noise": 0}, {}),
        # none of these needs another engine
        ({"picture": "x", "address": "::1", "port": 5, "idle": False, "fps_limit": 60, "simplify": Level.FINE}, {}),
    ],
)
def test_the_engine_is_told_what_the_settings_say(changed: "dict[str, Any]", expected: "dict[str, Any]") -> None:
    options = settings.engine_options(dataclasses.replace(BARE, **changed))
    assert options == {**PLAIN, **expected}
    Options.from_dict(options)  # which checks them


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Endpoint()),
        ({"address": ""}, Endpoint("127.0.0.1")),
        ({"address": " 0.0.0.0 ", "port": 5, "phone": " 192.168.1.20 "}, Endpoint("0.0.0.0", 5, "", "192.168.1.20")),
        ({"tracker": "Raw poses"}, Endpoint(tracker="Raw poses")),
    ],
)
def test_the_settings_say_where_the_tracker_is_heard(changed: "dict[str, Any]", expected: Endpoint) -> None:
    assert dataclasses.replace(Settings(), **changed).endpoint == expected


def test_every_option_of_the_core_is_reachable() -> None:
    everything = Settings(interpolation=2, cache="database", cache_path="/a/b.db", sr="x2")
    assert set(settings.engine_options(everything)) == {each.name for each in dataclasses.fields(Options)}


def test_the_defaults_are_in_between_frames_and_a_cache_in_ram() -> None:
    options = settings.engine_options(Settings())
    assert (options["interpolation_scale"], options["use_cacher"], options["use_sr"]) == (4, True, False)
