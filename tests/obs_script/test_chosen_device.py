"""The device that the user chose: followed by its name, told of while it is gone, used again when it is back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ezvtb.options import Options
from ezvtb_obs import chosen_device, settings
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, changed, free_udp_port, is_running, new_driver, plays_on, running, told, until

DEVICES = [{"id": 0, "name": "A"}, {"id": 1, "name": "B (8 GB)"}, {"id": 2, "name": "CPU"}]


@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        ("", {"device_id": 0}),
        ("1", {"device_id": 1}),
        ("B (8 GB)", {"device_id": 0, "device_name": "B (8 GB)"}),
    ],
)
def test_the_engine_is_told_the_name_or_an_old_number(chosen: str, options: "dict[str, object]") -> None:
    told_of = settings.engine_options(Settings(device=chosen))
    assert {name: value for name, value in told_of.items() if name.startswith("device")} == options
    told_of.pop("device_name", None)
    Options.from_dict(told_of)


@pytest.mark.parametrize(("number", "setting"), [(-1, ""), (0, ""), (1, "1"), (12, "12")])
def test_zero_chose_nothing(number: int, setting: str) -> None:
    assert chosen_device.as_text(number) == setting


@pytest.mark.parametrize(("chosen", "name"), [("", ""), ("1", "B (8 GB)"), ("7", ""), ("A", ""), ("0", "A")])
def test_a_number_becomes_the_name_that_it_stands_for(chosen: str, name: str) -> None:
    assert chosen_device.named(chosen, DEVICES) == name


@pytest.mark.parametrize(
    ("chosen", "devices", "offered"),
    [
        ("", [], {"": "Automatic"}),
        ("", DEVICES, {"": "Automatic (A)", "A": "A", "B (8 GB)": "B (8 GB)", "CPU": "CPU"}),
        ("7", DEVICES[:1], {"": "Automatic (A)", "A": "A"}),
        ("CPU", DEVICES[::2], {"": "Automatic (A)", "A": "A", "CPU": "CPU"}),
        ("B (8 GB)", DEVICES[:1], {"": "Automatic (A)", "A": "A", "B (8 GB)": "B (8 GB) (not there)"}),
        ("B (8 GB)", [], {"": "Automatic", "B (8 GB)": "B (8 GB)"}),  # nobody has looked yet
    ],
)
def test_the_chosen_device_is_in_the_list_whatever_is_there(
    chosen: str, devices: "list[dict[str, Any]]", offered: "dict[str, str]"
) -> None:
    assert dict(chosen_device.choices(chosen, devices)) == offered


@pytest.fixture
def cards(tmp_path: Path, null_engine: Path, hooked: Callable[..., None]) -> Callable[..., None]:
    """Says which cards there are; the CPU is always the last device."""
    file = tmp_path / "cards"
    hooked(Path(__file__).with_name("coming_devices.py"), EZVTB_CARDS=str(file))

    def there_are(*names: str) -> None:
        (tmp_path / "new").write_text("\n".join(names), "utf-8")
        (tmp_path / "new").replace(file)

    return there_are


@pytest.fixture
def start(null_engine: Path, output: MemoryOutput, picture: Path) -> Callable[[str], Driver]:
    def make(device: str) -> Driver:
        chosen = Settings(picture=str(picture), port=free_udp_port(), interpolation=1, cache="off", device=device)
        return new_driver(output, changed(chosen, half=False), null_engine)

    return make


def draws(driver: Driver) -> str:
    report = driver.facts().report
    return str(report[0]["device"]) if report else ""


GONE = "The chosen device, Card B, isn't there; the best one that is there is used until it is back."


@pytest.mark.parametrize(
    ("device", "found", "used"),
    [
        ("Card B", ["Card A", "Card B"], "Card B"),
        ("Card B", ["Card B", "Card A"], "Card B"),
        ("Card B", ["Card A"], "Card A"),
        ("Card B", [], "The CPU"),
        ("The CPU", ["Card A"], "The CPU"),
        ("", ["Card A", "Card B"], "Card A"),
        ("1", ["Card A", "Card B"], "Card B"),
    ],
)
def test_the_avatar_follows_its_device_by_name(
    cards: Callable[..., None], start: Callable[[str], Driver], device: str, found: "list[str]", used: str
) -> None:
    cards(*found)
    driver = start(device)
    with running(driver):
        until(lambda: draws(driver))
        assert draws(driver) == used
        assert (GONE in "\n".join(told(driver))) == (device == "Card B" != used)
        assert driver.senses.take_unsaved() == ({"device": "Card B"} if device == "1" else {})


def test_a_device_that_is_back_is_used_again_and_nobody_sees_the_change(
    cards: Callable[..., None], start: Callable[[str], Driver], output: MemoryOutput
) -> None:
    cards("Card A")
    driver = start("Card B")
    with running(driver):
        until(lambda: draws(driver) == "Card A" and output.frames)
        assert driver.engine
        former = driver.engine.pid
        cards("Card B", "Card A")
        until(lambda: draws(driver) == "Card B")
        assert GONE not in "\n".join(told(driver))
        until(lambda: not is_running(former))
        plays_on(output, 5)
        assert not output.blanked
        assert driver.facts().restarts == 0
