"""Avatars that share an engine process: real processes, with the null backend."""

import functools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from ctypes import string_at
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb import protocol
from ezvtb.errors import BystanderError, EngineError, EzvtbError
from ezvtb_obs import backoff, engines, status
from ezvtb_obs.engine_client import EngineClient, Frame, Limits
from ezvtb_obs.engines import Engines, Place, Session
from ezvtb_obs.settings import Settings

from .driving import (
    KILLED,
    MemoryOutput,
    changed,
    is_running,
    kill,
    needs_sigstop,
    new_driver,
    running,
    save,
    told,
    until,
)

OPTIONS = {"use_tensorrt": False, "use_interpolation": False, "use_cacher": False}
COLOURS = ((255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255))
LIMITS = Limits(60, 60, 60)

Open = Callable[..., EngineClient]


@pytest.fixture
def open_client(null_engine: Path) -> Iterator[Open]:
    """Opens a client in one set of engines; all are closed in the end."""
    shared, clients = Engines(), []

    def make(place: Place = engines.ANYWHERE, **options: Any) -> EngineClient:
        clients.append(EngineClient({**OPTIONS, **options}, null_engine, place=place, engines=shared, limits=LIMITS))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
    assert not [client.pid for client in clients if is_running(client.pid)]


@pytest.fixture
def pictures(tmp_path: Path) -> "list[str]":
    """A square in each colour."""
    for number, colour in enumerate(COLOURS):
        save(tmp_path / f"{number}.png", colour)
    return [str(tmp_path / f"{number}.png") for number in range(len(COLOURS))]


def play(client: EngineClient, picture: str) -> None:
    client.wait_ready()
    client.setImage(picture)


def playing(open_client: Open, pictures: "list[str]") -> "list[EngineClient]":
    """A client for each picture, which has it."""
    clients = [open_client() for _ in pictures]
    for client, picture in zip(clients, pictures):
        play(client, picture)
    return clients


def turned(to: float) -> "list[float]":
    pose = [0.0] * 45
    pose[40] = to
    return pose


def seen(frame: Frame) -> "tuple[tuple[int, ...], int]":
    """The colour (RGBA) of a frame's figure, and how far it is turned, in pixels."""
    pixels = np.frombuffer(string_at(frame.address, frame.width * frame.height * 4), np.uint8)
    pixels = pixels.reshape(frame.height, frame.width, 4)
    there = np.nonzero(pixels[frame.height // 2, :, 3])[0]
    return tuple(pixels[frame.height // 2, there[0], [2, 1, 0, 3]].tolist()), int(there[0]) - 100


def test_each_has_its_own_options_and_picture(open_client: Open, pictures: "list[str]") -> None:
    clients = [open_client(), open_client(use_interpolation=True, interpolation_scale=3)]
    for client, picture in zip(clients, pictures):
        play(client, picture)
    assert clients[0].pid == clients[1].pid
    assert [client.scale for client in clients] == [1, 3]
    for client, to in zip(clients, (0.5, -0.5)):
        client.submit(turned(to))
    frames = [client.collect(10) for client in reversed(clients)][::-1]
    assert [len(each or []) for each in frames] == [1, 3]
    assert [seen(each[-1]) for each in frames if each] == [(COLOURS[0], 32), (COLOURS[1], -32)]


def test_frames_never_mix(open_client: Open, pictures: "list[str]") -> None:
    clients = playing(open_client, pictures)
    assert len({client.pid for client in clients}) == 1
    wrong: list[Any] = []

    def draw(client: EngineClient, colour: "tuple[int, ...]", phase: int) -> None:
        for call in range(60):
            pixels = (call * 7 + phase * 20) % 64
            shown = seen(client.inference(turned(pixels / 64))[0])
            if shown != (colour, pixels):
                wrong.append((call, colour, pixels, shown))

    threads = [
        threading.Thread(target=draw, args=(client, colour, phase))
        for phase, (client, colour) in enumerate(zip(clients, COLOURS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_one_that_closes_leaves_the_other_and_the_last_ends_the_process(
    open_client: Open, pictures: "list[str]"
) -> None:
    first, second = open_client(), open_client()
    play(second, pictures[1])
    for number in range(3):  # its number is used again
        play(first, pictures[0])
        first.close()
        assert seen(second.inference(turned(number / 8))[0]) == (COLOURS[1], number * 8)
        first = open_client()
        assert first.pid == second.pid
    first.close()
    second.close()
    assert not is_running(second.pid)


def test_what_fails_in_one_leaves_the_other(open_client: Open, pictures: "list[str]") -> None:
    first, second, third = open_client(), open_client(), open_client(interpolation_scale=9)
    play(first, pictures[0])
    play(second, pictures[1])
    with pytest.raises(EngineError, match="interpolation_scale"):
        third.wait_ready()
    with pytest.raises(EngineError, match="finite"):
        first.inference([float("nan")] * 45)
    first.close()
    third.close()
    assert seen(second.inference(turned(0.25))[0]) == (COLOURS[1], 16)


def test_a_crash_ends_all_and_they_come_back_together(open_client: Open, pictures: "list[str]") -> None:
    clients = playing(open_client, pictures)
    kill(clients[0].pid)
    for client in clients:
        with pytest.raises(EngineError, match=KILLED):
            while True:
                client.inference(turned(0.1))
        client.close()
    again = [open_client() for _ in clients]
    assert {client.pid for client in again} == {again[0].pid} != {clients[0].pid}
    for client, picture, colour in zip(again, pictures, COLOURS):
        play(client, picture)
        assert seen(client.inference(turned(0.5))[0]) == (colour, 32)


@needs_sigstop
def test_one_that_hangs_ends_all_and_the_others_hear_why(open_client: Open, pictures: "list[str]") -> None:
    clients = playing(open_client, pictures[:2])
    clients[0]._limits = LIMITS._replace(pose=1.5)
    os.kill(clients[0].pid, signal.SIGSTOP)
    with pytest.raises(EngineError, match="hangs"):
        clients[0].inference(turned(0.1))
    clients[0].close()
    assert not is_running(clients[0].pid)
    with pytest.raises(BystanderError, match=r"restarted because another avatar's hung"):
        clients[1].inference(turned(0.1))
    clients[1].close()


@needs_sigstop
def test_a_pose_that_nobody_waits_for_any_more_and_that_hangs_ends_the_process(
    open_client: Open, pictures: "list[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    from ezvtb_obs import engine_client

    monkeypatch.setattr(engine_client, "_STUCK_SECONDS", 0.1)
    first, second = playing(open_client, pictures[:2])
    os.kill(first.pid, signal.SIGSTOP)
    first.submit(turned(0.1))
    time.sleep(0.2)
    first.close()
    assert not is_running(first.pid)
    assert open_client().pid != second.pid


def test_who_avoids_something_else_or_is_alone_has_another_process(open_client: Open) -> None:
    usual = open_client()
    avoiding = [open_client(Place(("OpenVINO on a CPU",))) for _ in range(2)]
    alone = [open_client(Place(alone=True)) for _ in range(2)]
    besides = open_client(Place(besides=usual.process))
    assert len({client.pid for client in (usual, *avoiding, *alone, besides)}) == 5
    assert avoiding[0].pid == avoiding[1].pid
    assert open_client(Place(besides=usual.process)).pid == besides.pid  # those who follow meet there
    assert open_client().pid == besides.pid
    logs = [client.process.log for client in (usual, avoiding[0], *alone, besides)]
    assert len(set(logs)) == 5


@pytest.mark.parametrize(
    ("asked", "suspects"),
    [
        ((None, None), (0, 1)),
        ((protocol.POSE, None), (0,)),
        ((protocol.POSE, protocol.POSE), (0, 1)),
        ((protocol.POSE, protocol.START), (1,)),
        ((protocol.PICTURE, protocol.POSE), (0,)),
    ],
)
def test_for_whom_a_process_died(asked: "tuple[Any, ...]", suspects: "tuple[int, ...]") -> None:
    sessions: list[Any] = []
    for number, kind in enumerate(asked):
        session: Any = Session.__new__(Session)
        session.number, session.asked = number, kind
        sessions.append(session)
    assert tuple(each.number for each in engines._suspects(sessions)) == suspects


def test_two_avatars_come_back_in_one_process_and_one_that_crashes_again_gets_its_own(
    null_engine: Path, settings: Settings, pictures: "list[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.1)
    open_engine = functools.partial(EngineClient, engines=Engines())
    outputs = [MemoryOutput(), MemoryOutput()]
    drivers = [
        new_driver(output, changed(settings, picture=picture), null_engine, open_engine)
        for output, picture in zip(outputs, pictures)
    ]

    def pids() -> "list[int]":
        playing = [driver.facts().phase == status.PLAYING and driver.engine for driver in drivers]
        return [engine.pid for engine in playing if engine]

    def all_play() -> bool:
        return len(pids()) == 2 and all(output.frames > before for output, before in zip(outputs, counts))

    counts = [0, 0]
    with running(*drivers):
        until(all_play)
        assert len(set(pids())) == 1
        until(lambda: all(any("of 2 avatars together" in line for line in told(driver)) for driver in drivers))
        counts = [output.frames for output in outputs]
        former = pids()[0]
        kill(former)
        until(lambda: former not in pids() and all_play())
        assert len(set(pids())) == 1
        assert [driver.facts().restarts for driver in drivers] == [1, 1]
        assert not any(output.blanked for output in outputs)

        unreliable = drivers[0]._unreliable
        for moment in range(2):
            unreliable.failed(moment, drivers[0]._options.value, ())
        counts = [output.frames for output in outputs]
        former = pids()[0]
        kill(former)
        until(lambda: former not in pids() and all_play())
        assert len(set(pids())) == 2


def test_a_bystander_s_error_is_no_failure_of_its_own(
    null_engine: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.02)
    errors: list[EzvtbError] = [BystanderError("It hung for another.")] * 3 + [EngineError("It hung.")] * 2
    places: list[Place] = []

    def refuse(*_: Any, place: Place, **__: Any) -> Any:
        places.append(place)
        raise errors[min(len(places), len(errors)) - 1]

    driver = new_driver(MemoryOutput(), settings, null_engine, refuse)
    with running(driver):
        until(lambda: len(places) == 6)
    assert [place.alone for place in places[:6]] == [False] * 5 + [True]
