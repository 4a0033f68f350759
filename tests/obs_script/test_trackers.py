"""The listeners that avatars share."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ezvtb.tracking.endpoint import Endpoint
from ezvtb.tracking.protocols import raw
from ezvtb_obs import trackers as trackers_module
from ezvtb_obs.trackers import SharedTracker, Trackers

from .driving import free_udp_port, until


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> "Iterator[list[str]]":
    """The names of the threads that opened a listener."""
    names: list[str] = []
    really = trackers_module.Receiver.open

    def open_it(receiver: Any) -> None:
        names.append(threading.current_thread().name)
        really(receiver)

    monkeypatch.setattr(trackers_module.Receiver, "open", open_it)
    yield names


def test_a_status_opens_nothing(opened: "list[str]") -> None:
    shared = SharedTracker(Endpoint(port=free_udp_port()))
    assert "Not listening" in shared.status(0)
    assert not opened
    shared.listen(time.perf_counter())
    assert len(opened) == 1
    shared.close()


def test_a_status_does_not_wait_for_an_address_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    there = threading.Event()
    monkeypatch.setattr(trackers_module.Receiver, "open", lambda _: there.wait(60))
    shared = SharedTracker(Endpoint("far.away", 1))
    opening = threading.Thread(target=shared.listen, args=(1.0,))
    opening.start()
    started = time.perf_counter()
    shared.status(started)
    shared.listen(started)
    shared.faces(0)
    assert time.perf_counter() - started < 30  # half of what a wait for it would take
    there.set()
    opening.join()
    shared.close()


def test_the_log_tells_what_is_new_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(trackers_module.libobs, "log", lambda text, _level: said.append(text))

    def told(shared: SharedTracker, now: float) -> "list[str]":
        said.clear()
        shared.listen(now)
        return list(said)

    port, now = free_udp_port(), time.perf_counter()
    shared = SharedTracker(Endpoint(port=port))
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        assert "already used by another program" in told(shared, now)[0]
        assert told(shared, now + 2) == []
        other.close()
    assert told(shared, now + 4) == [f"tracker: Listening on 127.0.0.1:{port}.", "tracker: Nobody sends."]
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        for _ in range(3):
            sender.sendto(raw.encode([0.0] * 45), ("127.0.0.1", port))
        until(lambda: shared.faces(0))
        (followed,) = told(shared, time.perf_counter())
        assert followed.startswith("tracker: Raw poses from 127.0.0.1:")
        assert told(shared, time.perf_counter()) == []
        assert told(shared, time.perf_counter() + 60) == ["tracker: Nobody sends."]
    shared.close()


def test_a_phone_s_wrong_address_is_trouble() -> None:
    shared = SharedTracker(Endpoint(port=free_udp_port(), phone="192.168.1", tracker="VTube Studio"))
    shared.listen(time.perf_counter())
    assert shared.trouble
    assert "'192.168.1' is no phone's address. It is four numbers" in shared.status(time.perf_counter())
    shared.close()


def test_two_addresses_with_one_port_are_told_from_another_program() -> None:
    trackers, port, now = Trackers(), free_udp_port(), time.perf_counter()
    first, second = trackers.acquire(Endpoint("127.0.0.1", port)), trackers.acquire(Endpoint("0.0.0.0", port))
    assert not first.trouble
    assert second.trouble
    assert "another avatar of this OBS, which listens on 127.0.0.1" in second.status(now)
    trackers.release(first)
    second.listen(now + 10)
    assert not second.trouble
    trackers.release(second)
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        third = trackers.acquire(Endpoint("127.0.0.1", port))
        assert third.trouble
        assert "another program" in third.status(now)
        trackers.release(third)
