"""What the tests of the driver share: an output that remembers its frames, and a few questions."""

import ctypes
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import string_at
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pytest

from ezvtb_obs import status
from ezvtb_obs.driver import Driver
from ezvtb_obs.engine_client import EngineClient
from ezvtb_obs.senses import Senses
from ezvtb_obs.settings import Settings
from ezvtb_obs.trackers import Trackers
from ezvtb_obs.video_output import Output

needs_sigstop = pytest.mark.skipif(os.name == "nt", reason="SIGSTOP, which stands for a hang, is not of Windows")
KILLED = "exit code 15" if os.name == "nt" else "signal 9"
"""How an obituary names the end that `kill` gives."""


class MemoryOutput(Output):
    """A source that keeps the last frame."""

    def __init__(self) -> None:
        self.there = self.shows = True
        self.records = False
        self.rate = math.inf
        self.frames = 0
        self.last: Any = None
        self.blanked = self.closed = False
        self.panels = 0

    def alive(self) -> bool:
        return self.there

    def showing(self) -> bool:
        return self.shows

    def on_air(self) -> bool:
        return self.records

    def fps(self) -> float:
        return self.rate

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


@contextmanager
def running(*drivers: Driver, seconds: float = 30) -> "Iterator[None]":
    """Meanwhile these run; afterwards each ends within so long."""
    for driver in drivers:
        driver.start()
    try:
        yield
    finally:
        for driver in drivers:
            driver.stop()
            assert driver.join(seconds)


def playing_engine(driver: Driver, output: MemoryOutput) -> EngineClient:
    """Its engine, once the first frame has come."""
    until(lambda: output.frames)
    assert driver.engine
    return driver.engine


def plays_on(output: MemoryOutput, more_than: int = 3) -> None:
    """Waits for more than so many further frames."""
    before = output.frames
    until(lambda: output.frames > before + more_than)


def kill(pid: int) -> None:
    """Ends a process as a crash does. In Windows any signal is TerminateProcess, with its number as exit code."""
    os.kill(pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    if sys.platform == "win32":  # os.kill would end it
        kernel = ctypes.WinDLL("kernel32")
        kernel.OpenProcess.restype = ctypes.c_void_p
        process = ctypes.c_void_p(kernel.OpenProcess(0x00100000, False, pid))  # SYNCHRONIZE
        try:
            return bool(process) and kernel.WaitForSingleObject(process, 0) == 0x102  # WAIT_TIMEOUT
        finally:
            kernel.CloseHandle(process)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def heard(driver: Driver) -> str:
    return " ".join(driver.facts().senses)


def told(driver: Driver) -> "list[str]":
    return status.sentences(driver.facts())


def free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Waits for it and returns it; so long at most, which a busy computer may need."""
    end = time.perf_counter() + seconds
    while not (found := condition()):
        assert time.perf_counter() < end, "it never happened"
        time.sleep(0.02)
    return found


def changed(settings: Settings, **values: Any) -> Settings:
    return Settings(**{**settings.__dict__, **values})


def save(path: Path, colour: "tuple[int, ...]") -> None:
    from PIL import Image

    image = Image.new("RGBA", (512, 512))
    image.paste(colour, (100, 100, 400, 400))
    image.save(path)


def asked(driver: Driver) -> "list[float]":
    """When the engine is asked for a pose from now on."""
    moments: list[float] = []
    engine = driver.engine
    assert engine
    really = engine.submit

    def submit(*asked: Any) -> None:
        moments.append(time.perf_counter())
        really(*asked)

    engine.submit = submit  # type: ignore[method-assign]
    return moments


def pushed(output: MemoryOutput) -> "list[float]":
    """When a frame is pushed from now on."""
    moments: list[float] = []
    really = output.push

    def push(*frame: int) -> bool:
        moments.append(time.perf_counter())
        return really(*frame)

    output.push = push  # type: ignore[method-assign]
    return moments


def never_faster(moments: "list[float]", rate: float) -> bool:
    """Whether so many a second came at most; the first may have been late, which is made up for."""
    return len(moments) - 3 <= rate * (moments[-1] - moments[0])
