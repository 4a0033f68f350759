"""Where a driver listens, alone and beside others."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from ezvtb.tracking import receiver as receiver_module
from ezvtb_obs import status
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import Settings
from ezvtb_obs.trackers import Trackers

from .driving import MemoryOutput, changed, free_udp_port, heard, new_driver, running, until


def test_typing_an_address_opens_nothing(driver: Driver, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: driver.facts().senses)
    asked: list[str] = []
    really = receiver_module.Receiver.open

    def open_it(receiver: Any) -> None:
        asked.append(receiver.endpoint.host)
        really(receiver)

    monkeypatch.setattr(receiver_module.Receiver, "open", open_it)
    port = free_udp_port()
    for length in range(1, 8):
        driver.apply(changed(settings, port=port, address="0.0.0.0"[:length]))
        time.sleep(0.03)
    until(lambda: f"0.0.0.0:{port}" in heard(driver))
    assert asked == ["0.0.0.0"]


def test_another_address_is_listened_on(driver: Driver, settings: Settings) -> None:
    until(lambda: driver.facts().senses)
    port = free_udp_port()
    driver.apply(changed(settings, port=port))
    until(lambda: str(port) in heard(driver))


def test_a_taken_port_is_told_and_the_avatar_lives(null_engine: Path, output: MemoryOutput, settings: Settings) -> None:
    driver = new_driver(output, settings, null_engine)
    other = socket.socket(type=socket.SOCK_DGRAM)
    other.bind(("127.0.0.1", settings.port))
    with running(driver):
        with other:
            until(lambda: output.frames > 3)
            assert "already used by another program" in heard(driver)
            assert status.of(driver.facts()).trouble
        until(lambda: "Listening" in heard(driver))
        assert not status.of(driver.facts()).trouble


def test_two_avatars_share_one_port(null_engine: Path, settings: Settings) -> None:
    trackers = Trackers()
    outputs = [MemoryOutput(), MemoryOutput()]
    logs = [null_engine.with_suffix(f".{number}") for number in range(2)]
    drivers = [new_driver(*each, trackers=trackers) for each in zip(outputs, [settings] * 2, logs)]
    with running(*drivers):
        until(lambda: all(output.frames > 3 for output in outputs))
        assert "Shared by 2 avatars" in heard(drivers[0])
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", settings.port))  # the last user closed it
