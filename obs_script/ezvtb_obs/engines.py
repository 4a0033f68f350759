"""The engine processes of one OBS: as few as serve all its avatars, and each as long as it has one.

A process has the runtimes, the models and, on a graphics card, CUDA's context once for all its avatars. Measured with
OpenVINO on a CPU of two cores and the default options: 670 MB for four of them instead of 1850, 1.0 to 1.07 times as
many frames a second as in one process each, and as much work of the processor for each. What ends a process ends all
sessions in it; they come back together in a new one.
"""

import contextlib
import threading
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from ezvtb import protocol
from ezvtb.errors import BystanderError, EngineError, EzvtbError, ProtocolError
from ezvtb.protocol import Message
from ezvtb_obs.engine_process import EngineProcess

_READER_SECONDS = 2.0

Hear = Callable[[Message], None]
End = Callable[[EzvtbError], None]


class Place(NamedTuple):
    """Which processes serve."""

    avoided: "tuple[str, ...]" = ()
    """What it is to try last (see `unreliable`)."""
    alone: bool = False
    """Whether no other avatar may be there."""
    besides: Optional[EngineProcess] = None
    """Any but this one."""


ANYWHERE = Place()


class Session:
    """One avatar's in a process."""

    def __init__(self, engine: "Engine", number: int, hear: Hear, end: End) -> None:
        self.number = number
        self.hear, self.end = hear, end
        self.asked: Optional[int] = None
        """The kind of the request that has no answer yet."""
        self._engine = engine

    @property
    def process(self) -> EngineProcess:
        """Where it is."""
        return self._engine.process

    def send(self, kind: int, payload: "bytes | dict[str, Any]") -> None:
        """Sends a message. EngineError if the process is gone."""
        if kind != protocol.BUILD:
            self.asked = kind
        self._engine.send(self.number, kind, payload)

    def close(self, *, hangs: bool) -> None:
        """Ends it; and the process, if it was the last there or `hangs`: nothing else ends what a runtime is at."""
        self._engine.leave(self, hangs)


class Engine:
    """A running process with its sessions. Any thread may call."""

    def __init__(self, log: Path, place: Place) -> None:
        """Starts it. EngineError if that can't be."""
        self.place = place._replace(besides=None)
        self.process = EngineProcess(log, place.avoided)
        self.open = True
        """Whether it may get sessions: it has not ended, nor is it about to."""
        self._sessions: dict[int, Session] = {}
        self._stopping: set[int] = set()
        """The numbers of sessions that are over, but not yet for the process."""
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._reader = threading.Thread(target=self._read, name="ezvtb-engine-answers", daemon=True)
        self._reader.start()

    def join(self, hear: Hear, end: End) -> Optional[Session]:
        """A new session in it, whose messages `hear` gets, and `end` why it is over; None if it takes none."""
        with self._lock:
            taken = {*self._sessions, *self._stopping}
            number = next((number for number in range(protocol.SESSIONS) if number not in taken), None)
            if not self.open or number is None:
                return None
            session = self._sessions[number] = Session(self, number, hear, end)
            return session

    def send(self, number: int, kind: int, payload: "bytes | dict[str, Any]") -> None:
        """Writes a message. EngineError if the process is gone."""
        try:
            with self._writing:
                protocol.write_message(self.process.requests, kind, payload, number)
        except (OSError, ValueError) as error:  # ValueError: the pipe is closed
            self.open = False
            self._reader.join(_READER_SECONDS)  # it tells each session what became of it
            raise self._death() from error

    def leave(self, session: Session, hangs: bool) -> None:
        """Ends that session. The process ends with its last one, and if it hangs."""
        with self._lock:
            self._sessions.pop(session.number, None)
            others = list(self._sessions.values())
            goes_on = self.open and bool(others) and not hangs
            if goes_on:
                self._stopping.add(session.number)
            self.open = goes_on
        if goes_on:
            with contextlib.suppress(EngineError):  # it died: the others hear of it
                self.send(session.number, protocol.STOP, {})
            return
        if hangs:
            for other in others:
                other.end(BystanderError("The engine was restarted because another avatar's hung."))
        if hangs or not others:
            self._end()

    def _end(self) -> None:
        self.process.end()
        self._reader.join(_READER_SECONDS)
        if not self._reader.is_alive():
            self.process.close_answers()

    def _read(self) -> None:
        """The reading thread: until the pipe closes."""
        ended: EzvtbError
        try:
            while (message := protocol.read_message(self.process.answers)) is not None:
                self._hand_out(message)
            self.open = False
            ended = self._death()
        except ProtocolError as error:
            ended = error
        except (OSError, ValueError) as error:
            ended = EngineError(f"The engine's pipe broke: {error}.")
        with self._lock:
            self.open = False
            sessions = list(self._sessions.values())
        suspects = _suspects(sessions)
        for session in sessions:
            session.end(ended if session in suspects else BystanderError(ended.message, ended.remedy))

    def _hand_out(self, message: Message) -> None:
        with self._lock:
            if message.kind == protocol.STOPPED:
                self._stopping.discard(message.session)
            session = self._sessions.get(message.session)
        if session is None:
            return  # it is over: what it asked for last comes too late
        if message.kind not in (protocol.PROGRESS, protocol.STATISTICS):
            session.asked = None
        try:
            session.hear(message)
        except ProtocolError as error:  # this message's trouble, and nobody else's
            session.end(error)

    def _death(self) -> EngineError:
        return EngineError(self.process.obituary(), f"Its log is {self.process.log}.")


class Engines:
    """The processes that avatars share. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engines: list[Engine] = []

    def open(self, log: Path, place: Place, hear: Hear, end: End) -> Session:
        """A session in a process that serves, which is started if there is none. EngineError if that can't be.

        `log` is for a new process's words, or its neighbour where another process writes into it. See `Engine.join`.
        """
        with self._lock:
            self._engines = [each for each in self._engines if each.open]
            fitting = [each for each in self._engines if _serves(each, place)]
            for engine in reversed(fitting):
                session = engine.join(hear, end)
                if session is not None:
                    return session
            engine = Engine(_free(log, {each.process.log for each in self._engines}), place)
            session = engine.join(hear, end)
            assert session is not None
            self._engines.append(engine)
            return session


def _serves(engine: Engine, place: Place) -> bool:
    shared = not (place.alone or engine.place.alone)
    return shared and engine.place.avoided == place.avoided and engine.process is not place.besides


def _free(log: Path, taken: "set[Path]") -> Path:
    """That file, or one beside it that is none of these."""
    names = (log, *(log.with_name(f"{log.stem}-{number}{log.suffix}") for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _suspects(sessions: "list[Session]") -> "list[Session]":
    """For which of them the process died: for those that load or change pictures, else for those that draw.

    The rarer the work, the more likely it was that. Where there is neither, it may have been any.
    """
    for kinds in ((protocol.START, protocol.PICTURE, protocol.LAYOUT), (protocol.POSE,)):
        found = [session for session in sessions if session.asked in kinds]
        if found:
            return found
    return sessions
