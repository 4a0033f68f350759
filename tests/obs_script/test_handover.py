"""An avatar goes over to TensorRT's engines while it plays: real processes, a builder and a card that aren't there."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ezvtb.errors import EngineError
from ezvtb.protocol import Layout
from ezvtb.tracking import pose as parameters
from ezvtb_obs import engine_build, rest, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.engine_build import GO_ON, STOP
from ezvtb_obs.engine_client import EngineClient, Interrupted
from ezvtb_obs.handover import Handover
from ezvtb_obs.settings import Settings
from ezvtb_obs.source import AvatarSource

from .driving import MemoryOutput, changed, free_udp_port, is_running, kill, new_driver, plays_on, running, save, until

SPEED = 0.1
"""How far the head turns in a second: 6.4 pixels."""


class WatchingOutput(MemoryOutput):
    """Remembers where the figure was in every frame."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[float] = []

    def push(self, address: int, width: int, height: int) -> bool:
        there = super().push(address, width, height)
        seen = np.nonzero(self.last[..., 3])[1]
        self.columns.append(float(seen.mean()) if seen.size else -1.0)
        return there


@pytest.fixture
def engines(tmp_path: Path, hooked: Callable[..., None]) -> Path:
    """The folder of the built engines; see `build`."""
    folder = tmp_path / "engines"
    folder.mkdir()
    hooked(Path(__file__).with_name("fake_tensorrt.py"), EZVTB_FAKE_ENGINES=str(folder))
    return folder


@pytest.fixture
def output() -> WatchingOutput:
    return WatchingOutput()


@pytest.fixture(params=[1, 3])
def settings(picture: Path, request: pytest.FixtureRequest) -> Settings:
    return Settings(
        picture=str(picture), port=free_udp_port(), fps_limit=30, interpolation=request.param, cache="off", half=False
    )


one_frame_a_pose = pytest.mark.parametrize("settings", [1], indirect=True)

Start = Callable[..., Driver]


@pytest.fixture
def start(null_engine: Path, output: WatchingOutput, settings: Settings) -> Iterator[Start]:
    def make(*arguments: Any) -> Driver:
        driver = new_driver(output, settings, null_engine, *arguments)
        began = time.perf_counter()

        def pose(now: float) -> "list[float]":
            values = [0.0] * parameters.SIZE
            values[parameters.INDEX["head_y"]] = min(1.0, (now - began) * SPEED)
            return values

        driver.senses.pose = pose  # type: ignore[method-assign]
        stack.enter_context(running(driver))
        return driver

    with ExitStack() as stack:
        yield make


def told(driver: Driver) -> str:
    return "\n".join(status.sentences(driver.facts()))


def is_on_the_card(driver: Driver) -> bool:
    report = driver.facts().report
    return bool(report) and report[0]["device"] == "a card"


def build(engines: Path, *networks: int) -> None:
    """Lets these be built."""
    for number in networks:
        (engines / f"go{number}").touch()


def opening(
    opened: "list[EngineClient]", before_the_second: Callable[[], None] = lambda: None
) -> Callable[..., EngineClient]:
    """What opens engines, which come into the list."""

    def open_engine(*arguments: Any, **options: Any) -> EngineClient:
        if len(opened) == 1:
            before_the_second()
        opened.append(EngineClient(*arguments, **options))
        return opened[-1]

    return open_engine


def begun(engines: Path) -> "list[tuple[str, int]]":
    """The networks that were begun, and by which builder."""
    file = engines / "begun"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [(line.split()[0], int(line.split()[1])) for line in lines]


def test_the_avatar_goes_over_to_the_engines_that_were_built_meanwhile_and_nobody_sees_it(
    start: Start, output: WatchingOutput, engines: Path
) -> None:
    opened: list[EngineClient] = []
    driver = start(opening(opened, lambda: plays_on(output, 15)))  # which the other one waits for
    until(lambda: "network 1 of 4, about 1 min left" in told(driver))
    assert driver.facts().report[0]["device"] == "none"
    assert driver.engine
    former = driver.engine.pid
    build(engines, 1, 2, 3, 4)
    until(lambda: is_on_the_card(driver))
    assert driver.engine.pid != former
    until(lambda: not is_running(former))
    plays_on(output, 15)
    steps = np.diff(output.columns)
    assert steps.min() > -0.6  # it never goes back; the null backend moves by whole pixels
    assert steps.max() < 10  # and never stands still for more than one and a half seconds
    assert not output.blanked
    assert (driver.facts().restarts, driver.facts().engine_error) == (0, "")
    assert "TensorRT's engines" not in told(driver)


@one_frame_a_pose
def test_a_build_ends_with_its_engine_and_goes_on_with_the_next(
    start: Start, settings: Settings, engines: Path
) -> None:
    driver = start()
    until(lambda: begun(engines))
    build(engines, 1, 2)
    until(lambda: len(begun(engines)) == 3)
    builder = begun(engines)[-1][1]
    driver.apply(changed(settings, tensorrt=False))  # nobody wants them any more
    until(lambda: not is_running(builder))
    until(lambda: "TensorRT" not in told(driver))
    build(engines, 1, 2, 3, 4)
    driver.apply(settings)
    until(lambda: is_on_the_card(driver))
    assert [number for number, _ in begun(engines)] == ["1", "2", "3", "3", "4"]
    assert begun(engines)[-1][1] != builder


@one_frame_a_pose
def test_an_engine_that_can_not_take_over_is_told_and_the_other_plays_on(
    start: Start, output: WatchingOutput, engines: Path
) -> None:
    def refuse() -> None:
        raise EngineError("There is no room for two.")

    opened: list[EngineClient] = []
    driver = start(opening(opened, refuse))
    build(engines, 1, 2, 3, 4)
    until(lambda: "from the next start on: There is no room for two." in told(driver))
    plays_on(output, 15)
    assert driver.engine is opened[0]


@one_frame_a_pose
def test_the_engine_that_takes_over_has_the_picture_that_was_chosen_last(
    start: Start, output: WatchingOutput, settings: Settings, engines: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    save(other, (0, 255, 0, 255))
    opened: list[EngineClient] = []
    driver = start(opening(opened, lambda: driver.apply(changed(settings, picture=str(other)))))
    build(engines, 1, 2, 3, 4)
    until(lambda: is_on_the_card(driver))
    plays_on(output, 5)
    assert tuple(output.last[256, 300]) == (0, 255, 0, 255)
    until(lambda: [client for client in opened if is_running(client.pid)] == [driver.engine])


def test_another_picture_waits_for_no_engine_that_gets_ready_and_the_next_one_does() -> None:
    opened = []
    end = threading.Event()

    def open_engine(interrupted: Callable[[], bool]) -> EngineClient:
        opened.append(interrupted)
        assert end.wait(60)
        raise Interrupted

    engine: Any = SimpleNamespace(statistics={"engines_ready": True})
    handover = Handover(open_engine, lambda: False)
    handover.next(engine, ("a.png", Layout()), [])
    until(lambda: opened)
    handover.restart()
    until(opened[0])  # it was given up, and its end isn't waited for
    handover.next(engine, ("b.png", Layout()), [])
    assert len(opened) == 1  # three at a time would be too many
    end.set()
    until(lambda: handover.next(engine, ("b.png", Layout()), []) or len(opened) == 2)
    handover.close()
    assert opened[1]()


@pytest.mark.parametrize("fails_at", ["open", "wait_ready"])
def test_a_fault_of_ours_while_an_engine_gets_ready_is_told_and_leaves_no_engine(fails_at: str) -> None:
    def fail() -> None:
        raise ValueError("of ours")

    closed = threading.Event()
    coming: Any = SimpleNamespace(wait_ready=fail, close=closed.set)

    def open_engine(_interrupted: Callable[[], bool]) -> EngineClient:
        return coming if fails_at == "wait_ready" else fail()  # type: ignore[return-value]

    engine: Any = SimpleNamespace(statistics={"device_back": True})
    handover = Handover(open_engine, lambda: False)
    handover.next(engine, ("a.png", Layout()), [])
    until(lambda: handover.next(engine, ("a.png", Layout()), []) or "ValueError('of ours')" in handover.text)
    assert handover.text.startswith("What is ready now is used from the next start on: A fault in the script")
    assert fails_at == "open" or closed.wait(60)
    handover.close()


@one_frame_a_pose
def test_the_end_of_an_avatar_ends_the_engine_that_gets_ready(
    start: Start, engines: Path, output: WatchingOutput
) -> None:
    opened: list[EngineClient] = []
    driver = start(opening(opened))
    build(engines, 1, 2, 3, 4)
    until(lambda: len(opened) == 2)
    driver.stop()
    assert driver.join(60)
    assert not [client for client in opened if is_running(client.pid)]


def click(driver: Driver, button: str) -> None:
    """A button of the avatar's panel."""
    avatar: Any = SimpleNamespace(driver=driver)
    AvatarSource.clicked(avatar, button)


def state(driver: Driver) -> str:
    return engine_build.state(driver.facts().statistics)


@one_frame_a_pose
def test_a_build_stopped_in_the_panel_ends_at_once_and_goes_on_by_the_other_button(
    start: Start, output: WatchingOutput, engines: Path
) -> None:
    driver = start()
    build(engines, 1)
    until(lambda: "network 2 of 4" in told(driver))
    assert driver.engine
    playing, (_, builder) = driver.engine.pid, begun(engines)[-1]
    panels = output.panels
    click(driver, STOP)
    until(lambda: not is_running(builder))
    until(lambda: "the build was stopped. It goes on by its button" in told(driver))
    until(lambda: output.panels > panels)  # the panel has the other button now
    build(engines, 2, 3, 4)
    plays_on(output, 10)
    assert (driver.engine.pid, state(driver), len(begun(engines))) == (playing, engine_build.CANCELLED, 2)
    click(driver, GO_ON)
    until(lambda: is_on_the_card(driver))
    assert [number for number, _ in begun(engines)] == ["1", "2", "2", "3", "4"]
    until(lambda: state(driver) == "")
    assert (driver.facts().restarts, driver.facts().engine_error) == (0, "")


@one_frame_a_pose
def test_while_nobody_looks_a_build_goes_on_for_as_long_as_it_takes_and_can_be_stopped(
    start: Start, output: WatchingOutput, engines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "ENGINE_KEPT_SECONDS", 0.2)
    driver = start()
    until(lambda: "network 1 of 4" in told(driver))
    output.shows = False
    until(lambda: driver.facts().phase == status.PAUSED)
    time.sleep(0.5)
    build(engines, 1)
    until(lambda: "network 2 of 4" in told(driver))
    click(driver, STOP)
    until(lambda: not is_running(begun(engines)[-1][1]))
    until(lambda: driver.engine is None)  # which has nothing to do any more
    assert len(begun(engines)) == 2


@one_frame_a_pose
def test_a_build_that_fails_or_is_killed_is_told_and_can_be_tried_again(
    start: Start, output: WatchingOutput, engines: Path
) -> None:
    driver = start()
    until(lambda: begun(engines))
    (engines / "fail1").touch()
    until(lambda: "can't be built: Number 1 is no good." in told(driver))
    (engines / "fail1").unlink()
    click(driver, GO_ON)
    until(lambda: len(begun(engines)) == 2)
    kill(begun(engines)[-1][1])
    until(lambda: "the process that builds them ended with " in told(driver))
    plays_on(output, 10)
    click(driver, GO_ON)
    build(engines, 1, 2, 3, 4)
    until(lambda: is_on_the_card(driver))
    assert driver.facts().restarts == 0


@one_frame_a_pose
def test_a_stopped_build_goes_on_with_the_next_engine(start: Start, engines: Path) -> None:
    driver = start()
    until(lambda: begun(engines))
    click(driver, STOP)
    until(lambda: state(driver) == engine_build.CANCELLED)
    assert driver.engine
    kill(driver.engine.pid)
    until(lambda: len(begun(engines)) == 2)
    assert begun(engines)[-1][0] == "1"
