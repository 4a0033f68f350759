import dataclasses
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.options import Options
from ezvtb_interface import get_core


def test_the_defaults_are_those_of_the_public_table() -> None:
    assert dataclasses.asdict(Options()) == {
        "device_id": 0,
        "use_tensorrt": True,
        "model_seperable": True,
        "model_half": True,
        "model_cache": True,
        "model_vram_cache": True,
        "model_cache_size": 1,
        "use_cacher": True,
        "cacher_on_database": False,
        "cacher_quality": 85,
        "cacher_ram_size": 2,
        "cacher_db_path": None,
        "use_interpolation": True,
        "interpolation_scale": 2,
        "interpolation_half": True,
        "use_sr": False,
        "sr_x4": True,
        "sr_half": True,
        "sr_noise": 1,
    }


def test_get_core_has_exactly_these_options_with_these_defaults() -> None:
    signature = inspect.signature(get_core)
    assert {name: each.default for name, each in signature.parameters.items()} == dataclasses.asdict(Options())


WRONG = [
    ("device_id", -1),
    ("device_id", 0.0),
    ("device_id", True),
    ("device_id", "0"),
    ("model_cache_size", 0),
    ("model_cache_size", float("nan")),
    ("model_cache_size", "1"),
    ("cacher_quality", 101),
    ("cacher_quality", -1),
    ("cacher_quality", 85.5),
    ("cacher_ram_size", -2),
    ("cacher_db_path", ""),
    ("cacher_db_path", 3),
    ("cacher_db_path", Path(__file__).parent),
    ("interpolation_scale", 1),
    ("interpolation_scale", 5),
    ("interpolation_scale", None),
    ("sr_noise", 4),
    ("sr_noise", -1),
    *[(field.name, 1) for field in dataclasses.fields(Options) if field.type is bool or field.type == "bool"],
    *[(field.name, None) for field in dataclasses.fields(Options) if field.type is bool or field.type == "bool"],
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_name_value_and_what_is_allowed(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name) as caught:
        get_core(**{name: value})
    assert repr(value) in str(caught.value)
    assert "must be" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_cache_size", 0.25),
        ("cacher_quality", 0),
        ("cacher_quality", 100),
        ("interpolation_scale", 4),
        ("cacher_db_path", "cache.db"),
        ("cacher_db_path", Path("cache.db")),
        ("sr_noise", 0),
        ("sr_noise", 3),
        ("interpolation_scale", np.int64(3)),
        ("cacher_ram_size", np.float32(0.5)),
    ],
)
def test_values_at_the_edge_are_taken(name: str, value: Any) -> None:
    assert getattr(Options(**{name: value}), name) == value


def test_an_option_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="cacher_qualitty"):
        Options.from_dict({"cacher_qualitty": 3})
