"""A scene file can hold anything: settings are brought into their ranges."""

from typing import Any

import pytest

from ezvtb_obs import settings
from ezvtb_obs.settings import Settings


class Data:
    """Stands for libobs and one `obs_data`: user values over defaults, and a zero of the asked type elsewhere."""

    def __init__(self, **values: Any) -> None:
        self.values, self.defaults = values, dict[str, Any]()

    def __getattr__(self, name: str) -> Any:
        kind = {"string": bytes, "int": int, "bool": bool}[name.rsplit("_", 1)[1]]
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
        ({"port": 0}, {"port": 1}),
        ({"port": 70000}, {"port": 65535}),
        ({"port": b"text"}, {"port": 1}),
        ({"fps_limit": 0}, {"fps_limit": 5}),
        ({"fps_limit": 1000}, {"fps_limit": 120}),
        ({"device": -3}, {"device": 0}),
        ({"address": b"  "}, {"address": "127.0.0.1"}),
        ({"address": b" 0.0.0.0 "}, {"address": "0.0.0.0"}),
        ({"picture": "ä".encode("latin-1")}, {"picture": "\ufffd"}),
        ({"idle": False}, {"idle": False}),
    ],
)
def test_odd_values_are_brought_into_range(stored: "dict[str, Any]", expected: "dict[str, Any]") -> None:
    assert read(**stored) == Settings(**{**Settings().__dict__, **expected})
