"""Sessions of one process: each answers for itself, and what one had is free once it is stopped."""

import gc
import json
import os
import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ezvtb import core, protocol, session, turns
from ezvtb.protocol import FrameFile, Frames, Message
from ezvtb.session import Session

OPTIONS = {"use_interpolation": False, "use_cacher": False}


class Client:
    """The other side of a session, in this very process."""

    def __init__(self, number: int, folder: Path) -> None:
        self.file = FrameFile.create(4, 512 * 512 * 4, folder)
        self.said: queue.Queue[tuple[int, Any]] = queue.Queue()
        self.left: list[int] = []
        self.session = Session(number, lambda kind, payload: self.said.put((kind, payload)), self.left.append)  # type: ignore[arg-type]

    def tell(self, kind: int, payload: Any = b"") -> None:
        self.session.put(Message(kind, payload if isinstance(payload, bytes) else json.dumps(payload).encode()))

    def answer(self) -> "tuple[int, Any]":
        """The next answer that isn't beside the point."""
        while True:
            kind, payload = self.said.get(timeout=60)
            if kind not in (protocol.PROGRESS, protocol.STATISTICS):
                return kind, payload

    def start(self, **options: Any) -> None:
        order = {"version": protocol.VERSION, "frames": str(self.file.path), "options": {**OPTIONS, **options}}
        self.tell(protocol.START, order)

    def pose(self, call: int) -> Frames:
        self.tell(protocol.POSE, protocol.pack_pose(call, [call / 100] * 45))
        kind, payload = self.answer()
        assert kind == protocol.FRAMES, payload
        return protocol.unpack_frames(payload)


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Client]]:
    monkeypatch.setenv("EZVTB_BACKEND", "null")
    made: list[Client] = []

    def make() -> Client:
        made.append(Client(len(made), tmp_path))
        return made[-1]

    yield make
    for client in made:
        client.tell(protocol.STOP)
        client.file.unlink()
        client.file.close()


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> "list[weakref.ref[core.Core]]":
    """The cores that are made."""
    made: list[weakref.ref[core.Core]] = []

    class Watched(core.Core):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(weakref.ref(self))

    monkeypatch.setattr(core, "Core", Watched)
    return made


def test_a_stopped_session_frees_its_core_and_the_other_plays_on(
    clients: Callable[[], Client], cores: "list[weakref.ref[core.Core]]", avatar_file: Path
) -> None:
    first, second = clients(), clients()
    for client in (first, second):
        client.start()
        assert client.answer()[0] == protocol.READY
        client.tell(protocol.PICTURE, {"path": str(avatar_file)})
        assert client.answer()[0] == protocol.PICTURE_SET
        client.pose(0)
    first.tell(protocol.STOP)
    assert first.answer() == (protocol.STOPPED, {})
    gc.collect()
    assert [each() is None for each in cores] == [True, False]
    if os.name != "nt":  # where only who has it last can delete it
        assert not first.file.path.exists()
    assert second.pose(1).call == 1


def test_while_one_loads_the_other_plays(
    clients: Callable[[], Client], monkeypatch: pytest.MonkeyPatch, avatar_file: Path
) -> None:
    playing, loading = clients(), clients()
    playing.start()
    assert playing.answer()[0] == protocol.READY
    playing.tell(protocol.PICTURE, {"path": str(avatar_file)})
    assert playing.answer()[0] == protocol.PICTURE_SET
    begun, go_on = threading.Event(), threading.Event()

    class Slow(core.Core):
        def __init__(self, *arguments: Any) -> None:
            begun.set()
            assert go_on.wait(60)
            super().__init__(*arguments)

    monkeypatch.setattr(core, "Core", Slow)
    loading.start()
    assert begun.wait(60)
    assert [playing.pose(call).call for call in range(20)] == list(range(20))
    assert all(kind == protocol.PROGRESS for kind, _ in list(loading.said.queue))
    go_on.set()
    assert loading.answer()[0] == protocol.READY


def test_who_waits_for_another_s_models_says_so_and_may_leave_without_loading(
    clients: Callable[[], Client], cores: "list[weakref.ref[core.Core]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "SIGN_SECONDS", 0.05)
    waiting = clients()
    with session._loading.turn(lambda: None):
        waiting.start()
        kind, payload = waiting.said.get(timeout=60)
        assert (kind, payload) == (protocol.PROGRESS, {"text": "Another avatar loads its models first."})
        waiting.tell(protocol.STOP)
    assert waiting.answer()[0] == protocol.STOPPED
    assert not cores


def test_who_waits_falls_silent_when_a_turn_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SIGN_SECONDS", 0.01)
    monkeypatch.setattr(turns, "LONGEST_SECONDS", -1.0)
    loading, signs = turns.Turns(), []
    over = threading.Event()

    def wait() -> None:
        with loading.turn(lambda: signs.append(1)):
            over.set()

    with loading.turn(lambda: None):
        thread = threading.Thread(target=wait)
        thread.start()
        assert not over.wait(0.1)
    thread.join(60)
    assert over.is_set()
    assert not signs


def test_what_fails_in_one_is_told_to_its_client_alone(clients: Callable[[], Client]) -> None:
    first, second = clients(), clients()
    first.start(interpolation_scale=9)
    second.start()
    kind, payload = first.answer()
    assert (kind, "interpolation_scale" in payload["message"]) == (protocol.FAILED, True)
    assert second.answer()[0] == protocol.READY
    assert not first.left
    assert not second.left
