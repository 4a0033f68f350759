"""The driver against the real engine process (null backend): it plays, follows its settings, and ends."""

import socket
import time
from typing import Any

import numpy as np

from ezvtb.tracking.protocols import raw
from ezvtb.tracking.simplify import Level, simplify
from ezvtb_obs import status
from ezvtb_obs.driver import Driver
from ezvtb_obs.settings import Settings
from ezvtb_obs.settled import SETTLE_SECONDS

from .driving import MemoryOutput, changed, is_running, never_faster, playing_engine, pushed, told, until


def test_frames_come_at_the_limit(driver: Driver, output: MemoryOutput) -> None:
    moments = pushed(output)
    until(lambda: len(moments) > 60)
    until(lambda: moments[-1] - moments[-21] < 20 / 20)  # nor are they rare, where the computer leaves us in peace
    assert never_faster(moments[5:], 30)
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


def test_poses_are_simplified(driver: Driver, output: MemoryOutput, settings: Settings) -> None:
    seen: list[Any] = []
    engine = playing_engine(driver, output)
    really = engine.submit
    engine.submit = lambda pose, at: (seen.append(pose), really(pose, at))[1]  # type: ignore[method-assign, assignment]
    driver.apply(changed(settings, simplify=Level.GAMING))
    until(lambda: len(seen) > 10 and all(pose == simplify(pose, Level.GAMING) for pose in seen[-10:]))
    seen.clear()
    until(lambda: len(seen) > 10)
    assert all(pose == simplify(pose, Level.GAMING) for pose in seen)
    assert len({tuple(pose) for pose in seen}) < len(seen)


def test_other_engine_options_restart_it_once_they_rest(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    pid = playing_engine(driver, output).pid
    for step in range(12):  # a slider on its way, for longer than what rests needs to count
        driver.apply(changed(settings, cache="ram", cache_gb=0.5 + step / 10, sr="x2"))
        time.sleep(SETTLE_SECONDS / 10)
        assert driver.engine
        assert driver.engine.pid == pid
    until(lambda: driver.engine and driver.engine.pid != pid)
    assert not output.blanked
    until(lambda: output.last.shape == (1024, 1024, 4))
    assert "Super resolution: null" in " ".join(told(driver))
    until(lambda: "Cache: " in " ".join(told(driver)))
    assert driver.facts().restarts == 0  # that was no trouble


def test_another_device_restarts_the_engine_while_the_frame_stays(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    pid = playing_engine(driver, output).pid
    driver.apply(changed(settings, device="1"))
    until(lambda: driver.engine and driver.engine.pid != pid)
    before = output.frames
    assert not output.blanked
    driver.apply(settings)
    until(lambda: output.frames > before)


def test_no_picture_no_engine_and_a_taken_away_one_blanks(
    driver: Driver, output: MemoryOutput, settings: Settings
) -> None:
    until(lambda: output.frames)
    driver.apply(changed(settings, picture=""))
    until(lambda: driver.facts().phase == status.NO_PICTURE)
    assert output.blanked
    assert driver.engine is None


def test_a_deleted_source_ends_its_driver(driver: Driver, output: MemoryOutput) -> None:
    engine = playing_engine(driver, output)
    output.there = False
    until(lambda: driver.ended)
    assert not is_running(engine.pid)
