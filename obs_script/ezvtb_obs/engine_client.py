"""The core as seen from OBS: the two methods of the public interface, carried out by the engine process."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from ezvtb import errors, protocol
from ezvtb.errors import EngineError, EzvtbError, ProtocolError
from ezvtb.placement import Placement, canvas
from ezvtb.protocol import FrameFile, Frames, Layout, Message
from ezvtb_obs.engine_process import EngineProcess
from ezvtb_obs.engines import ANYWHERE, Engines, Place

_INTERRUPT_SECONDS = 0.5
"""How often a long waiting asks `interrupted` by itself."""
_STUCK_SECONDS = 2.0
"""A pose that takes this long hangs, if its avatar doesn't want to wait for it any more."""


class Limits(NamedTuple):
    """How many seconds the engine may be silent before it counts as hanging."""

    start: float = 120.0
    """Since the last PROGRESS: loading a model or building an engine says how it goes."""
    picture: float = 30.0
    pose: float = 10.0


class Frame(NamedTuple):
    """One frame in the engine's memory, BGRA; valid until the call after next."""

    address: int
    width: int
    height: int


class Interrupted(Exception):
    """The waiting was cut short because `wanted` said so."""


class EngineClient:
    """One session of an engine process: start it, give it a picture, ask for frames.

    One thread calls; a second one of its own reads the answers. `wake` is notified at each of them, and whoever
    wants the calling thread back notifies it too, after making `interrupted` true.
    """

    def __init__(
        self,
        options: "dict[str, Any]",
        log: Path,
        wake: Optional[threading.Condition] = None,
        interrupted: Callable[[], bool] = lambda: False,
        *,
        place: Place = ANYWHERE,
        engines: Optional[Engines] = None,
        limits: Limits = Limits(),  # noqa: B008 (a NamedTuple can't change)
    ) -> None:
        """Asks a process to load; `wait_ready` waits. EngineError if that can't be.

        `engines` are the processes that it may share with others; without them it has one of its own. `place` says
        which of them serve. One that is started writes into `log`, unless one of them already does.
        """
        self.ready: dict[str, Any] = {}
        """READY's content, once it came."""
        self.progress = ""
        self.statistics: dict[str, Any] = {}
        self.milliseconds = 0.0
        """How long the core took for its last pose."""
        self._limits = limits
        self._interrupted = interrupted
        self._wake = wake or threading.Condition()
        self._answer: Optional[Message] = None
        self._ended: Optional[EzvtbError] = None
        self._closing = self._hangs = False
        self._last_sign = time.perf_counter()
        self._call = 0
        self._asked_at: Optional[float] = None
        self._silent_since: Optional[float] = None
        side = 1024 if options.get("use_sr") else 512
        self._scale = int(options.get("interpolation_scale", 2)) if options.get("use_interpolation", True) else 1
        width, height = canvas(side)  # the figure may begin to move at any pose
        self._frames = FrameFile.create(2 * self._scale, width * height * 4)
        try:
            self._session = (engines or Engines()).open(log, place, self._note, self._end)
        except EngineError:
            self._frames.close()
            self._frames.unlink()
            raise
        start = {"version": protocol.VERSION, "frames": str(self._frames.path), "options": options}
        try:
            self._send(protocol.START, start)
        except EngineError:
            self.close()
            raise

    @property
    def process(self) -> EngineProcess:
        """Where it is; others may be there too."""
        return self._session.process

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid

    @property
    def silent_seconds(self) -> float:
        """For how long a picture or a pose has been waiting for its answer; 0: nothing waits."""
        since = self._silent_since
        return 0.0 if since is None else time.perf_counter() - since

    @property
    def scale(self) -> int:
        """Frames a pose."""
        return int(self.ready.get("scale", self._scale))

    def wait_ready(self) -> None:
        """Waits until the models are loaded. The engine's own error, EngineError, or Interrupted."""
        self.ready = self._await(protocol.READY, self._limits.start, "loads its models").json()
        self._frames.unlink()  # both sides have it open: nothing is left behind, however they end

    def setImage(self, path: str, layout: Layout = Layout()) -> str:  # noqa: B008, N802 (the public interface's name)
        """Shows the engine another picture: what it did to make it fit, or "". PictureError if it can't serve.

        Any other error leaves the engine between two pictures: it must be closed.
        """
        return self._picture(protocol.PICTURE, {"path": path, "layout": layout._asdict()})

    def lay_out(self, layout: Layout) -> str:
        """Shows the same picture in another layout; answers and errors are those of `setImage`."""
        return self._picture(protocol.LAYOUT, {"layout": layout._asdict()})

    def _picture(self, kind: int, order: "dict[str, Any]") -> str:
        self._send(kind, order)
        answer = self._await(protocol.PICTURE_SET, self._limits.picture, "reads a picture").json()
        return str(answer.get("note") or "")

    def inference(self, pose: Sequence[float]) -> "list[Frame]":
        """The frames of a pose; they are overwritten by the call after next."""
        self.submit(pose)
        while True:
            frames = self.collect(self._limits.pose)
            if frames is not None:
                return frames

    def submit(self, pose: Sequence[float], placement: Optional[Placement] = None) -> None:
        """Asks for the frames of a pose, on a canvas with a placement; `collect` gets them. One pose at a time."""
        if self._asked_at is not None:
            raise ProtocolError("A pose was submitted before the last one's frames were collected.")
        self._call = (self._call + 1) & 0xFFFFFFFF
        self._asked_at = time.perf_counter()
        self._send(protocol.POSE, protocol.pack_pose(self._call, list(pose), placement))

    def empty_cache(self) -> int:
        """Has the engine forget its finished frames: how many bytes they took."""
        self._send(protocol.EMPTY_CACHE, {})
        return int(self._await(protocol.CACHE_EMPTIED, self._limits.picture, "empties its cache").json()["bytes"])

    @property
    def busy(self) -> bool:
        """Whether a pose is on its way."""
        return self._asked_at is not None

    def collect(self, timeout: float) -> "Optional[list[Frame]]":
        """The frames of the submitted pose, or None if they didn't come within `timeout` seconds."""
        if self._asked_at is None:
            raise ProtocolError("Frames were collected before a pose was submitted.")
        deadline = time.perf_counter() + timeout
        late = self._asked_at + self._limits.pose
        with self._wake:
            while self._answer is None and self._ended is None:
                if self._interrupted():
                    raise Interrupted
                now = time.perf_counter()
                if now >= late:
                    raise self._hanging(self._limits.pose, "draws a pose")
                if now >= deadline:
                    return None
                self._wake.wait(min(deadline, late) - now)
            answer = self._take(protocol.FRAMES)
        self._asked_at = None
        return self._located(protocol.unpack_frames(answer.payload))

    def build(self, *, go_on: bool) -> None:
        """Stops the build of TensorRT's engines, or has it go on: `statistics` tells what came of it."""
        self._write(protocol.BUILD, {"go_on": go_on})

    def close(self) -> None:
        """Ends the session, and its process if nobody else uses it or if it hangs. Frees the memory of its frames.

        Idempotent.
        """
        if self._closing:
            return
        self._closing = True
        stuck = self._asked_at is not None and time.perf_counter() - self._asked_at > _STUCK_SECONDS
        self._session.close(hangs=self._hangs or stuck)
        self._frames.close()
        self._frames.unlink()  # Windows lets go of the name only now

    def _located(self, frames: Frames) -> "list[Frame]":
        last = frames.first_slot + frames.count
        if frames.call != self._call or frames.count < 1 or last > self._frames.slots:
            raise ProtocolError(f"The engine answered pose {self._call} with {frames}.", "Update both sides.")
        self.milliseconds = frames.milliseconds
        located = []
        for slot in range(frames.first_slot, last):
            _, width, height = self._frames.read_slot(slot)
            if not 0 < width * height * 4 <= self._frames.capacity:
                raise ProtocolError(f"Slot {slot} claims to hold a frame of {width}x{height}.", "Update both sides.")
            located.append(Frame(self._frames.address(slot), width, height))
        return located

    def _send(self, kind: int, payload: "bytes | dict[str, Any]") -> None:
        self._answer = None
        self._last_sign = time.perf_counter()
        self._silent_since = self._last_sign if kind != protocol.START else None
        self._write(kind, payload)

    def _write(self, kind: int, payload: "bytes | dict[str, Any]") -> None:
        try:
            self._session.send(kind, payload)
        except EngineError as error:
            raise self._ended or error from None

    def _await(self, kind: int, limit: float, doing: str) -> Message:
        """The answer of that kind, `limit` seconds after the last sign of life at the latest."""
        with self._wake:
            while self._answer is None and self._ended is None:
                if self._interrupted():
                    raise Interrupted
                left = self._last_sign + limit - time.perf_counter()
                if left <= 0:
                    raise self._hanging(limit, doing)
                self._wake.wait(min(left, _INTERRUPT_SECONDS))
            return self._take(kind)

    def _take(self, kind: int) -> Message:
        """The answer that has come; FAILED and the process's end are raised. Called under `wake`."""
        answer, self._answer = self._answer, None
        if answer is None:
            assert self._ended is not None
            raise self._ended
        if answer.kind == protocol.FAILED:
            raise _failure(answer.json())
        if answer.kind != kind:
            raise ProtocolError(f"The engine sent message {answer.kind} instead of {kind}.", "Update both sides.")
        return answer

    def _hanging(self, limit: float, doing: str) -> EngineError:
        self._hangs = True
        return EngineError(f"The engine hangs: for {limit:.0f} s it {doing} without an answer.", "It is restarted.")

    def _end(self, error: EzvtbError) -> None:
        """The session is over. The process's reading thread calls, or another avatar's."""
        with self._wake:
            self._ended = self._ended or error
            self._wake.notify_all()

    def _note(self, message: Message) -> None:
        """A message has come. The process's reading thread calls."""
        if message.kind == protocol.STATISTICS:
            self.statistics = message.json()
            return
        with self._wake:
            if message.kind == protocol.PROGRESS:
                self.progress = str(message.json().get("text", ""))
                self._last_sign = time.perf_counter()
            else:
                self._answer, self._silent_since = message, None
            self._wake.notify_all()


def _failure(content: "dict[str, Any]") -> EzvtbError:
    """The error that a FAILED names, of the class with that code."""
    message, remedy = str(content.get("message", "")), str(content.get("remedy", ""))
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, EzvtbError)]
    for kind in classes:
        if kind.code == content.get("code"):
            return kind(message, remedy)
    return EngineError(message, remedy)
