"""The driver against the real engine process (null backend) and an output that remembers its frames."""

import functools
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from ctypes import string_at
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pytest

from ezvtb.tracking import receiver as receiver_module
from ezvtb.tracking.protocols import raw
from ezvtb.tracking.simplify import Level, simplify
from ezvtb_obs import backoff, engine_process, status
from ezvtb_obs.driver import Driver
from ezvtb_obs.engine_client import EngineClient, Limits
from ezvtb_obs.senses import Senses
from ezvtb_obs.settings import Settings
from ezvtb_obs.trackers import Trackers
from ezvtb_obs.video_output import Output

needs_signals = pytest.mark.skipif(
    os.name == "nt", reason="SIGKILL and SIGSTOP, which stand for a crash and a hang, are not of Windows"
)


class MemoryOutput(Output):
    """A source that keeps the last frame."""

    def __init__(self) -> None:
        self.there = self.shows = True
        self.frames = 0
        self.last: Any = None
        self.blanked = self.closed = False
        self.panels = 0

    def alive(self) -> bool:
        return self.there

    def showing(self) -> bool:
        return self.shows

    def push(self, address: int, width: int, height: int) -> bool:
        self.last = np.frombuffer(string_at(address, width * height * 4), np.uint8).reshape(height, width, 4)
        self.frames += 1
        return self.there

    def blank(self) -> None:
        self.blanked = True

    def refresh_properties(self) -> None:
        self.panels += 1

    def close(self) -> None:
        self.closed = True


def new_driver(output: Output, settings: Settings, *arguments: Any, trackers: Optional[Trackers] = None) -> Driver:
    return Driver(output, settings, Senses(settings, trackers or Trackers(), seed=1), *arguments)


def heard(driver: Driver) -> str:
    return " ".join(driver.facts().senses)


def free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
    return found


@pytest.fixture
def output() -> MemoryOutput:
    return MemoryOutput()


@pytest.fixture
def settings(picture: Path) -> Settings:
    return Settings(picture=str(picture), port=free_udp_port(), fps_limit=30, interpolation=1, cache="off")


@pytest.fixture
def driver(null_engine: Path, output: MemoryOutput, settings: Settings) -> Iterator[Driver]:
    made = new_driver(output, settings, null_engine)
    made.start()
    yield made
    made.stop()
    assert made.join(5)
    assert output.closed


def changed(settings: Settings, **values: Any) -> Settings:
    return Settings(**{**settings.__dict__, **values})


def test_frames_come_at_the_limit(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames > 5)
    first, start = output.frames, time.monotonic()
    time.sleep(2)
    rate = (output.frames - first) / (time.monotonic() - start)
    assert 20 < rate <= 31
    facts = driver.facts()
    assert facts.phase == status.PLAYING
    assert facts.report[0]["backend"] == "null"


def test_a_udp_pose_moves_the_picture(driver: Driver, output: MemoryOutput, settings: Settings) -> None:
    until(lambda: output.frames)
    pose = [0.0] * 45
    pose[40] = 1.0
    packet = raw.encode(pose)

    def moved() -> bool:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.sendto(packet, ("127.0.0.1", settings.port))
        return bool(np.nonzero(output.last[..., 3])[1].mean() > 256 + 50)

    until(moved)


@needs_signals
def test_a_crash_is_told_and_survived(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames)
    engine = driver.engine
    assert engine
    os.kill(engine.pid, signal.SIGKILL)
    killed = time.monotonic()
    facts = until(lambda: driver.facts().engine_error and driver.facts())
    assert "signal 9" in facts.engine_error
    before = output.frames
    until(lambda: output.frames > before)
    assert time.monotonic() - killed < 8
    assert not output.blanked  # the last frame stayed all the time
    assert driver.facts().restarts == 1


@needs_signals
def test_a_hang_is_survived(null_engine: Path, output: MemoryOutput, settings: Settings) -> None:
    impatient = functools.partial(EngineClient, limits=Limits(30, 5, 1))

    driver = new_driver(output, settings, null_engine, impatient)
    driver.start()
    until(lambda: output.frames)
    assert driver.engine
    os.kill(driver.engine.pid, signal.SIGSTOP)
    until(lambda: "hangs" in driver.facts().engine_error)
    before = output.frames
    until(lambda: output.frames > before)
    driver.stop()
    assert driver.join(5)


@needs_signals
def test_during_a_hang_the_status_says_so(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames)
    engine = driver.engine
    assert engine
    os.kill(engine.pid, signal.SIGSTOP)
    until(lambda: driver.facts().silent_seconds > status.SILENT_SECONDS)
    facts = driver.facts()
    assert "The engine gives no answer for 2 s. The last frame stays." in status.sentences(facts)
    assert status.is_trouble(facts)
    os.kill(engine.pid, signal.SIGCONT)
    until(lambda: driver.facts().silent_seconds < 1)
    assert driver.engine is engine


@needs_signals
def test_engine_trouble_is_told_until_a_while_after_it_lives_again(
    driver: Driver, output: MemoryOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "TOLD_SECONDS", 1.0)
    until(lambda: output.frames)
    assert driver.engine
    os.kill(driver.engine.pid, signal.SIGKILL)
    until(lambda: driver.facts().phase == status.PLAYING and "restarted once" in "".join(told(driver)))
    until(lambda: not driver.facts().engine_error, 4)


def told(driver: Driver) -> "list[str]":
    return status.sentences(driver.facts())


def test_a_picture_that_hangs_the_engine_is_tried_once(
    null_engine: Path, output: MemoryOutput, settings: Settings, stuck: Path
) -> None:
    impatient = functools.partial(EngineClient, limits=Limits(30, 1, 5))
    driver = new_driver(output, settings, null_engine, impatient)
    driver.start()
    until(lambda: output.frames)
    driver.apply(changed(settings, picture=str(stuck)))
    until(lambda: driver.facts().phase == status.READING)
    assert any(line.startswith("Reading the picture …") for line in told(driver))
    until(lambda: "left alone" in driver.facts().picture_error)
    before = output.frames
    until(lambda: output.frames > before + 3)  # the last good one, in another engine
    restarts = driver.facts().restarts
    time.sleep(3)
    assert driver.facts().restarts == restarts == 1
    assert "left alone" in driver.facts().picture_error
    driver.apply(settings)
    until(lambda: not driver.facts().picture_error)
    driver.stop()
    assert driver.join(5)


@pytest.fixture
def stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture whose reading never ends."""
    path = tmp_path / "stuck.png"
    path.write_bytes(b"")
    # the engine imports this before all else: an engine that is stuck, whatever it knows of odd files
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import pathlib, time\n"
        "from ezvtb import picture\n"
        "load = picture.load\n"
        "picture.load = lambda path: time.sleep(1000) if 'stuck' in str(path) else load(path)\n"
    )
    really = engine_process.subprocess.Popen

    def start(*arguments: Any, env: "dict[str, str]", **options: Any) -> Any:
        env["PYTHONPATH"] += os.pathsep + str(hook)
        return really(*arguments, env=env, **options)

    monkeypatch.setattr(engine_process.subprocess, "Popen", start)
    return path


def test_a_picture_that_is_saved_again_is_taken_over(
    driver: Driver, output: MemoryOutput, settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.png"
    save(mine, (0, 255, 0, 255))
    driver.apply(changed(settings, picture=str(mine), idle=False))
    until(lambda: output.frames and tuple(output.last[256, 256]) == (0, 255, 0, 255))
    save(mine, (255, 0, 0, 255))
    until(lambda: tuple(output.last[256, 256]) == (0, 0, 255, 255), 5)
    mine.unlink()
    time.sleep(2.5)
    assert not driver.facts().picture_error  # it is still shown


@needs_signals
def test_a_deleted_picture_survives_an_engine_and_comes_back(
    driver: Driver, output: MemoryOutput, settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.png"
    save(mine, (0, 255, 0, 255))
    driver.apply(changed(settings, picture=str(mine), idle=False))
    until(lambda: output.frames and tuple(output.last[256, 256]) == (0, 255, 0, 255))
    until(lambda: list((tmp_path / "cache" / "pictures").iterdir()))
    mine.unlink()
    assert driver.engine
    pid = driver.engine.pid
    output.last = None
    os.kill(pid, signal.SIGKILL)
    until(lambda: driver.engine and driver.engine.pid != pid)
    output.last = None
    until(lambda: output.last is not None)
    assert tuple(output.last[256, 256]) == (0, 255, 0, 255)
    until(lambda: "doesn't exist" in driver.facts().picture_error)
    assert "The last good picture stays." in " ".join(told(driver))
    save(mine, (255, 0, 0, 255))
    until(lambda: tuple(output.last[256, 256]) == (0, 0, 255, 255), 5)
    assert not driver.facts().picture_error


def save(path: Path, colour: "tuple[int, ...]") -> None:
    from PIL import Image

    image = Image.new("RGBA", (512, 512))
    image.paste(colour, (100, 100, 400, 400))
    image.save(path)


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
        time.sleep(0.1)
    until(lambda: f"0.0.0.0:{port}" in heard(driver))
    assert asked == ["0.0.0.0"]


def test_other_engine_options_restart_it_once_they_rest(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    until(lambda: output.frames)
    assert driver.engine
    pid = driver.engine.pid
    for gigabytes in (0.5, 1.0, 1.5):  # a slider on its way
        driver.apply(changed(settings, cache="ram", cache_gb=gigabytes, sr="x2"))
        time.sleep(0.3)
        assert driver.engine
        assert driver.engine.pid == pid
    until(lambda: driver.engine and driver.engine.pid != pid)
    assert not output.blanked
    until(lambda: output.last.shape == (1024, 1024, 4))
    assert "sr: null" in " ".join(told(driver))
    until(lambda: "Cache: " in " ".join(told(driver)))
    assert driver.facts().restarts == 0  # that was no trouble


def test_poses_are_simplified(driver: Driver, output: MemoryOutput, settings: Settings) -> None:
    until(lambda: output.frames)
    seen: list[Any] = []
    engine = driver.engine
    assert engine
    really = engine.submit
    engine.submit = lambda pose: (seen.append(pose), really(pose))[1]  # type: ignore[method-assign, assignment]
    driver.apply(changed(settings, simplify=Level.GAMING))
    time.sleep(0.3)
    seen.clear()
    until(lambda: len(seen) > 10)
    assert all(pose == simplify(pose, Level.GAMING) for pose in seen)
    assert len({tuple(pose) for pose in seen}) < len(seen)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_frames_between_poses_come_evenly_and_in_order(
    null_engine: Path, output: MemoryOutput, settings: Settings, scale: int
) -> None:
    pushed: list[float] = []
    output.push = lambda *frame: (pushed.append(time.monotonic()), MemoryOutput.push(output, *frame))[1]  # type: ignore[method-assign]
    driver = new_driver(output, changed(settings, interpolation=scale), null_engine)
    driver.start()
    until(lambda: len(pushed) > 30)
    pushed.clear()
    time.sleep(4)
    gaps = np.diff(pushed)
    driver.stop()
    assert driver.join(5)
    print(f"x{scale}: {len(gaps)} gaps, mean {gaps.mean() * 1e3:.1f} ms, deviation {gaps.std() * 1e3:.1f} ms")
    assert gaps.mean() == pytest.approx(1 / 30, rel=0.1)
    assert np.quantile(gaps, 0.95) < 1.5 / 30


def test_failures_in_a_row_back_off(
    null_engine: Path, output: MemoryOutput, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ezvtb.errors import EngineError

    moments = []

    def refuse(*_: Any, **__: Any) -> Any:
        moments.append(time.monotonic())
        raise EngineError("It can't start.", "Do something.")

    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(backoff, "LONGEST_SECONDS", 0.4)
    driver = new_driver(output, settings, null_engine, refuse)
    driver.start()
    until(lambda: len(moments) == 6)
    driver.stop()
    assert driver.join(2)
    gaps = np.diff(moments)
    assert gaps == pytest.approx([0.1, 0.2, 0.4, 0.4, 0.4], abs=0.08)
    assert "It can't start. Do something." in driver.facts().engine_error


@needs_signals
def test_another_picture_needs_no_restart(
    driver: Driver, output: MemoryOutput, settings: Settings, tmp_path: Path, picture: Path
) -> None:
    from PIL import Image

    until(lambda: output.frames)
    assert driver.engine
    pid = driver.engine.pid
    other = tmp_path / "other.png"
    image = Image.new("RGBA", (512, 512))
    image.paste((0, 255, 0, 255), (100, 100, 400, 400))
    image.save(other)
    driver.apply(changed(settings, picture=str(other), idle=False))
    until(lambda: tuple(output.last[256, 256]) == (0, 255, 0, 255))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    driver.apply(changed(settings, picture=str(broken), idle=False))
    facts = until(lambda: driver.facts().picture_error and driver.facts())
    assert facts.has_avatar
    before = output.frames
    until(lambda: output.frames > before + 3)
    assert tuple(output.last[256, 256]) == (0, 255, 0, 255)
    os.kill(pid, signal.SIGKILL)  # and after a restart the last good one comes back
    until(lambda: driver.engine and driver.engine.pid != pid)
    before = output.frames
    until(lambda: output.frames > before + 3)
    assert tuple(output.last[256, 256]) == (0, 255, 0, 255)
    assert driver.facts().picture_error
    driver.apply(changed(settings, picture=str(picture)))
    until(lambda: tuple(output.last[256, 256]) == (0, 0, 255, 255))
    assert not driver.facts().picture_error


def test_without_any_good_picture_the_status_asks_for_one(
    null_engine: Path, output: MemoryOutput, settings: Settings, tmp_path: Path, picture: Path
) -> None:
    driver = new_driver(output, changed(settings, picture=str(tmp_path / "none.png")), null_engine)
    driver.start()
    facts = until(lambda: driver.facts().picture_error and driver.facts())
    lines = status.sentences(facts)
    assert "doesn't exist" in facts.picture_error
    assert not any("stays" in line for line in lines)
    until(lambda: driver.facts().phase == status.NO_PICTURE)
    assert output.frames == 0
    driver.apply(settings)
    until(lambda: output.frames)
    driver.stop()
    assert driver.join(5)


def test_another_device_restarts_the_engine_while_the_frame_stays(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    until(lambda: output.frames)
    assert driver.engine
    pid = driver.engine.pid
    driver.apply(changed(settings, device=1))
    until(lambda: driver.engine and driver.engine.pid != pid)
    before = output.frames
    assert not output.blanked
    driver.apply(settings)
    until(lambda: output.frames > before)


def test_a_hidden_source_costs_nothing(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames)
    output.shows = False
    until(lambda: driver.facts().phase == status.PAUSED)
    before = output.frames
    time.sleep(0.5)
    assert output.frames == before
    output.shows = True
    until(lambda: output.frames > before + 3)


def asked(driver: Driver) -> "list[float]":
    """When the engine is asked for a pose from now on."""
    moments: list[float] = []
    engine = driver.engine
    assert engine
    really = engine.submit

    def submit(pose: Any) -> None:
        moments.append(time.monotonic())
        really(pose)

    engine.submit = submit  # type: ignore[method-assign]
    return moments


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux how much a process has worked")
def test_while_no_scene_shows_it_nothing_is_computed(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames)
    output.shows = False
    until(lambda: driver.facts().phase == status.PAUSED)
    poses = asked(driver)
    assert driver.engine
    before = processor_seconds(driver.engine.pid)
    time.sleep(1)
    assert poses == []
    assert processor_seconds(driver.engine.pid) - before < 0.1
    output.shows = True
    until(lambda: len(poses) > 3)


@pytest.mark.parametrize(("scale", "limit", "poses_a_second"), [(1, 10, 10), (2, 10, 5), (4, 20, 5)])
def test_the_frame_rate_limit_caps_what_the_engine_is_asked_for(  # noqa: PLR0917 (a table's columns)
    null_engine: Path, output: MemoryOutput, settings: Settings, scale: int, limit: int, poses_a_second: int
) -> None:
    driver = new_driver(output, changed(settings, interpolation=scale, fps_limit=limit), null_engine)
    driver.start()
    until(lambda: output.frames)
    poses = asked(driver)
    time.sleep(2)
    driver.stop()
    assert driver.join(5)
    assert 0 < len(poses) <= 2 * poses_a_second + 2


def test_the_frame_rate_limit_follows_the_settings(driver: Driver, output: MemoryOutput, settings: Settings) -> None:
    until(lambda: output.frames)
    driver.apply(changed(settings, fps_limit=5))
    time.sleep(0.5)
    before = output.frames
    time.sleep(2)
    assert 8 <= output.frames - before <= 12


def test_a_deleted_source_ends_its_driver(driver: Driver, output: MemoryOutput) -> None:
    until(lambda: output.frames)
    engine = driver.engine
    output.there = False
    until(lambda: driver.ended, 3)
    assert engine
    with pytest.raises(ProcessLookupError):
        os.kill(engine.pid, 0)


def test_no_picture_no_engine_and_a_taken_away_one_blanks(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    until(lambda: output.frames)
    driver.apply(changed(settings, picture=""))
    until(lambda: driver.facts().phase == status.NO_PICTURE)
    assert output.blanked
    assert driver.engine is None


def test_another_address_is_listened_on(driver: Driver, settings: Settings) -> None:
    until(lambda: driver.facts().senses)
    port = free_udp_port()
    driver.apply(changed(settings, port=port))
    until(lambda: str(port) in heard(driver))


def test_a_taken_port_is_told_and_the_avatar_lives(null_engine: Path, output: MemoryOutput, settings: Settings) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", settings.port))
        driver = new_driver(output, settings, null_engine)
        driver.start()
        until(lambda: output.frames > 3)
        assert "already used by another program" in heard(driver)
        assert status.is_trouble(driver.facts())
    until(lambda: "Listening" in heard(driver))
    assert not status.is_trouble(driver.facts())
    driver.stop()
    assert driver.join(5)


def test_two_avatars_share_one_port(null_engine: Path, settings: Settings) -> None:
    trackers = Trackers()
    outputs = [MemoryOutput(), MemoryOutput()]
    logs = [null_engine.with_suffix(f".{number}") for number in range(2)]
    drivers = [new_driver(*each, trackers=trackers) for each in zip(outputs, [settings] * 2, logs)]
    for driver in drivers:
        driver.start()
    until(lambda: all(output.frames > 3 for output in outputs))
    assert "Shared by 2 avatars" in heard(drivers[0])
    for driver in drivers:
        driver.stop()
        assert driver.join(5)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", settings.port))  # the last user closed it
