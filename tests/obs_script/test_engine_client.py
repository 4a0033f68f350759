"""The engine's client against the real engine process, with the null backend."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from ctypes import string_at
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb import protocol
from ezvtb.errors import BackendError, EngineError, PictureError, ProtocolError
from ezvtb.protocol import FrameFile
from ezvtb_obs import engine_client, engine_process
from ezvtb_obs.engine_client import EngineClient, Frame, Interrupted, Limits
from ezvtb_obs.engine_process import EngineProcess, last_words, log_path

from .driving import KILLED, is_running, kill, needs_sigstop, until

OPTIONS = {"device_id": 0, "use_tensorrt": False, "use_interpolation": False}
PATIENT = Limits(60, 60, 60)
CORE = Path(engine_client.__file__).parents[2] / "core"


@pytest.fixture
def engine(null_engine: Path) -> Iterator[EngineClient]:
    client = EngineClient(OPTIONS, null_engine, limits=PATIENT)
    yield client
    client.close()
    assert not is_running(client.pid)


@pytest.fixture
def playing(engine: EngineClient, picture: Path) -> EngineClient:
    engine.wait_ready()
    engine.setImage(str(picture))
    return engine


def pixels(frame: Frame) -> Any:
    data = string_at(frame.address, frame.width * frame.height * 4)
    return np.frombuffer(data, np.uint8).reshape(frame.height, frame.width, 4)


def column(frame: Frame) -> float:
    """Where the figure's middle is, in pixels from the left."""
    return float(np.nonzero(pixels(frame)[..., 3])[1].mean())


def frame_files() -> "set[str]":
    return {path.name for folder in FrameFile.folders() for path in folder.glob(f"ezvtb-{os.getpid()}-*.frames")}


def test_a_pose_comes_back_as_the_picture_moved(playing: EngineClient) -> None:
    pose = [0.0] * 45
    (still,) = playing.inference(pose)
    assert (still.width, still.height) == (512, 512)
    assert tuple(pixels(still)[256, 256]) == (0, 0, 255, 255)  # BGRA: the disc is red
    assert tuple(pixels(still)[0, 0]) == (0, 0, 0, 0)
    pose[40] = 1.0
    (turned,) = playing.inference(pose)
    assert column(turned) - column(still) == pytest.approx(64, abs=1)


def test_the_last_call_s_frame_stays_while_the_next_is_drawn(playing: EngineClient) -> None:
    (first,) = playing.inference([0.0] * 45)
    before = pixels(first).copy()
    playing.inference([0.5] * 45)
    assert np.array_equal(pixels(first), before)


def test_ready_tells_components_and_devices(playing: EngineClient) -> None:
    assert playing.ready["report"][0]["backend"] == "null"
    assert isinstance(playing.ready["devices"], list)
    assert playing.progress


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the name of a file that is open")
def test_no_name_is_left_in_the_memory_folder_once_it_plays(playing: EngineClient) -> None:
    assert not frame_files()
    playing.inference([0.0] * 45)


def test_a_refused_picture_leaves_the_last_one(playing: EngineClient, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(PictureError) as caught:
        playing.setImage(str(broken))
    assert caught.value.remedy
    (frame,) = playing.inference([0.0] * 45)
    assert pixels(frame)[256, 256, 3] == 255


def test_a_crash_is_an_engine_error_with_the_signal(playing: EngineClient) -> None:
    kill(playing.pid)
    with pytest.raises(EngineError, match=KILLED):
        while True:
            playing.inference([0.0] * 45)


@pytest.mark.parametrize(
    ("code", "how"),
    [(0, "exit code 0."), (3, "exit code 3."), (-11, "signal 11."), (0xC0000005, "exit code 0xc0000005.")],
)
def test_an_obituary_names_the_code_as_it_is_known(
    code: int, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = EngineProcess.__new__(EngineProcess)
    ended.log = tmp_path / "engine.log"
    ended.log.touch()
    monkeypatch.setattr(EngineProcess, "_exit_code", lambda *_: code)
    assert ended.obituary().endswith(how)


@needs_sigstop
def test_a_hang_is_noticed(playing: EngineClient) -> None:
    playing.inference([0.0] * 45)
    playing._limits = PATIENT._replace(pose=1.5)
    os.kill(playing.pid, signal.SIGSTOP)
    started = time.perf_counter()
    with pytest.raises(EngineError, match="hangs"):
        playing.inference([0.0] * 45)
    assert 1.4 < time.perf_counter() - started < 30


@needs_sigstop
def test_a_hanging_start_is_noticed(null_engine: Path) -> None:
    client = EngineClient(OPTIONS, null_engine, limits=Limits(start=1))
    os.kill(client.pid, signal.SIGSTOP)
    with pytest.raises(EngineError, match="hangs"):
        client.wait_ready()
    client.close()
    assert not is_running(client.pid)
    assert not frame_files()


@needs_sigstop
def test_waiting_can_be_interrupted(null_engine: Path) -> None:
    flag = threading.Event()
    wake = threading.Condition()
    client = EngineClient(OPTIONS, null_engine, wake, flag.is_set)
    os.kill(client.pid, signal.SIGSTOP)
    threading.Timer(0.1, flag.set).start()
    with pytest.raises(Interrupted):
        client.wait_ready()
    client.close()


def test_closing_ends_the_engine_which_needs_not_be_killed(
    playing: EngineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "_GRACE_SECONDS", 60.0)
    playing.close()
    assert playing.process._exit_code(0) == 0
    assert not is_running(playing.pid)
    playing.close()  # again does nothing


def test_poses_and_frames_alternate(playing: EngineClient) -> None:
    playing.submit([0.0] * 45)
    with pytest.raises(ProtocolError):
        playing.submit([0.0] * 45)
    while playing.collect(1) is None:
        pass
    with pytest.raises(ProtocolError):
        playing.collect(0)


def test_another_version_is_refused_with_a_remedy(null_engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "VERSION", 999)
    client = EngineClient(OPTIONS, null_engine)
    with pytest.raises(EngineError, match="999"):
        client.wait_ready()
    client.close()


def test_a_missing_environment_is_told(null_engine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EZVTB_PYTHON", str(tmp_path / "nowhere"))
    with pytest.raises(EngineError) as caught:
        EngineClient(OPTIONS, null_engine)
    assert "install" in caught.value.remedy
    assert not frame_files()


def test_a_killed_client_leaves_no_engine_and_no_file(null_engine: Path, picture: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from ezvtb_obs.engine_client import EngineClient
client = EngineClient({OPTIONS}, Path({str(null_engine)!r}))
client.wait_ready()
client.setImage({str(picture)!r})
print(client.pid, flush=True)
while True:
    client.inference([0.0] * 45)
"""
    script = CORE.parent / "obs_script"
    environment = {**os.environ, "PYTHONPATH": f"{CORE}{os.pathsep}{script}"}
    client = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    assert client.stdout
    engine = int(client.stdout.readline())
    client.kill()
    client.wait()
    client.stdout.close()
    until(lambda: not is_running(engine))
    assert not [left for folder in FrameFile.folders() for left in folder.glob(f"ezvtb-{client.pid}-*")]


def test_a_failure_becomes_the_error_it_names() -> None:
    for during in ("picture", "pose"):
        error = engine_client._failure({"code": "backend", "message": "m.", "remedy": "r.", "during": during})
        assert type(error) is BackendError
        assert (error.message, error.remedy) == ("m.", "r.")
    # of all that can go wrong while a picture is set, only this is the picture's fault
    assert type(engine_client._failure({"code": "picture", "message": "m.", "during": "picture"})) is PictureError
    assert type(engine_client._failure({"code": "MemoryError", "during": "picture"})) is EngineError
    assert type(engine_client._failure({"code": "??", "message": "m."})) is EngineError


def test_the_last_exception_of_a_log_is_quoted() -> None:
    log = "loading\nTraceback (most recent call last):\n  File x\nImportError: no y\nFatal error: z\n<no frame>\n"
    assert last_words(log) == "ImportError: no y"
    assert last_words("a\nb\n\nc\nd\n") == "b / c / d"
    assert last_words("") == ""


def test_a_log_s_name_holds_nothing_odd() -> None:
    assert re.fullmatch(r"engine-Mein_Avatar-[0-9a-f]{8}\.log", log_path("../Mein Avatar/ä").name)


def test_each_source_has_a_log_of_its_own_whatever_its_name() -> None:
    names = ["Avatar", "Avatär", "アバター", "配信用", "x" * 300, "x" * 301, "A B", "A_B", "", "a/b", "..", "\udc80"]
    logs = [log_path(name).name for name in names]
    assert len(set(logs)) == len(names)
    assert all(log.isascii() and len(log) < 100 and "/" not in log for log in logs)
