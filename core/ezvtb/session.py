"""One avatar's session in the engine process: a core behind the protocol, in a thread of its own.

The runtimes release the GIL, and what Python has to do for a pose takes less than a millisecond: sessions hardly
hinder each other.
"""

import contextlib
import dataclasses
import gc
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ezvtb import protocol
from ezvtb.errors import EngineError, EzvtbError
from ezvtb.placement import REST, Placement, between
from ezvtb.protocol import FrameFile, Layout, Message
from ezvtb.turns import Turns

_STATISTICS_SECONDS = 1.0
_WAITING_TEXT = "Another avatar loads its models first."

_loading = Turns()
"""Cores are made one after the other: what one has loaded serves the next, and no runtime is started twice at once."""

Say = Callable[[int, bytes | dict[str, Any]], None]
"""Sends an answer of this session: its kind and its payload."""


class Session:
    """Answers one client's messages until it is told to stop."""

    def __init__(
        self, number: int, say: Say, leave: Callable[[int], NoReturn], count: Callable[[], int] = lambda: 1
    ) -> None:
        """Starts its thread. `leave` ends the process with that exit code; `count` tells how many sessions it has."""
        self._say, self._leave, self._count = say, leave, count
        self._inbox: queue.Queue[Message] = queue.Queue()
        self._stopped = False
        self._frames: FrameFile | None = None
        self._core: Any = None
        self._device: Any = None
        self._shown: Any = None
        self._path = ""
        self._placement: Placement | None = None
        """Of the last frame."""
        self._sequence = 0
        self._told = 0.0
        self._told_of_build = False
        """Whether the client last heard that a build runs: it shall hear of the end, too."""
        self._steps = {
            protocol.START: ("start", self._start),
            protocol.PICTURE: ("picture", self._picture),
            protocol.LAYOUT: ("layout", self._layout),
            protocol.POSE: ("pose", self._pose),
            protocol.EMPTY_CACHE: ("emptying the cache", self._empty_cache),
            protocol.BUILD: ("build", self._build),
        }
        threading.Thread(target=self._run, name=f"ezvtb-session-{number}", daemon=True).start()

    def put(self, message: Message) -> None:
        """A message of its client's, to be answered in its turn. Any thread."""
        self._stopped |= message.kind == protocol.STOP
        self._inbox.put(message)

    def unlink(self) -> None:
        """Lets go of its frame file and takes its name away, if it is still there. Any thread."""
        if self._frames is not None:
            self._frames.close()  # first: Windows deletes no file that is open
            with contextlib.suppress(OSError):  # the file may be gone, or still be held by a client on Windows
                self._frames.unlink()

    def _run(self) -> None:
        try:
            while (message := self._next()).kind != protocol.STOP:
                self._serve(message)
            self._close()
            self._say(protocol.STOPPED, {})
        except BrokenPipeError:
            self._leave(0)  # the client is gone, and with it everybody who could be told
        except Exception:  # noqa: BLE001 (a session that can't even fail is of no use to anybody)
            traceback.print_exc()
            self._leave(1)

    def _serve(self, message: Message) -> None:
        during, step = self._steps[message.kind]
        try:
            step(message)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is, the client hears of it and decides)
            lost = self._lost(error)
            if lost is not None:
                print(error, file=sys.stderr, flush=True)
            self._fail(during, lost or error)
            if lost is not None:
                self._leave(1)

    def _close(self) -> None:
        """Frees what it has: another session goes on in this process."""
        if self._core is not None:
            self._core.close()
        if self._device is not None:
            self._device.close()
        if self._shown is not None:
            self._shown.close()
        self._core = self._device = self._shown = None
        self.unlink()
        gc.collect()

    def _next(self) -> Message:
        """The next message. While none comes, because nobody looks, a build of engines still tells how it goes."""
        while True:
            building = self._told_of_build or (self._core is not None and self._core.builds.running)
            try:
                return self._inbox.get(timeout=_STATISTICS_SECONDS if building else None)
            except queue.Empty:
                self._tell()

    def _start(self, message: Message) -> None:
        order = message.json()
        if order.get("version") != protocol.VERSION:
            raise EngineError(
                f"The script in OBS speaks version {order.get('version')}, the engine {protocol.VERSION}.",
                "Reload the script in OBS, or restart OBS, after an update.",
            )
        started = time.perf_counter()
        self._frames = FrameFile.open(Path(order["frames"]))
        with _loading.turn(lambda: self._say(protocol.PROGRESS, {"text": _WAITING_TEXT})):
            if self._stopped:
                return  # while it waited
            self._say(protocol.PROGRESS, {"text": "Loading the models."})
            self._load(order["options"])
        poser, *others = self._core.report
        poser = dataclasses.replace(poser, why=" ".join(filter(None, (self._device.trouble, poser.why))))
        self._say(
            protocol.READY,
            {
                "report": [dataclasses.asdict(component) for component in (poser, *others)],
                "devices": self._core.devices,
                "limits": self._core.limits,
                "size": self._core.size,
                "scale": self._core.scale,
                "seconds": time.perf_counter() - started,
            },
        )

    def _load(self, options: "dict[str, Any]") -> None:
        from ezvtb.chosen_device import ChosenDevice  # noqa: PLC0415
        from ezvtb.core import Core  # noqa: PLC0415 (takes a second, after which there is a progress text)
        from ezvtb.options import Options  # noqa: PLC0415
        from ezvtb.shown_picture import ShownPicture  # noqa: PLC0415
        from ezvtb.usage import Usage  # noqa: PLC0415

        self._usage = Usage()
        self._shown = ShownPicture()
        self._device = ChosenDevice(options.pop("device_name", ""))
        self._core = Core(Options.from_dict({**options, **self._device.options}))
        self._device.watch()

    def _picture(self, message: Message) -> None:
        from ezvtb import picture  # noqa: PLC0415

        self._started()
        order = message.json()
        self._shown.open(picture.read(order["path"]), Layout(**order.get("layout", {})))
        self._show(order["path"])

    def _layout(self, message: Message) -> None:
        if not self._path:
            raise EngineError("The engine was asked to lay out a picture before it had one.")
        self._shown.lay_out(Layout(**message.json()["layout"]))
        self._show(self._path)

    def _show(self, path: str) -> None:
        core, pixels = self._started(), self._shown.fresh_avatar()
        if pixels is not None:
            core.setImage(pixels)
        self._path = path
        self._say(protocol.PICTURE_SET, {"path": path, "note": self._shown.note})

    def _pose(self, message: Message) -> None:
        call, values, placement = protocol.unpack_pose(message.payload)
        core, file = self._started(), self._frames
        assert file is not None
        start = time.perf_counter()
        view = self._shown.view(core.size)
        if view is None:
            frames = self._placed(core.inference(np.array([values], np.float32)), placement)
        else:
            frames = self._placed([view], placement and REST)  # on the same canvas, and still
        bank = call % 2 * (file.slots // 2)
        for slot, frame in enumerate(frames, bank):
            self._sequence += 1
            file.write(slot, self._sequence, frame.shape[1], frame.shape[0], frame.data)
        milliseconds = (time.perf_counter() - start) * 1e3
        if start - self._told >= _STATISTICS_SECONDS:
            self._told = start
            self._tell()
        answer = protocol.Frames(call, bank, len(frames), milliseconds)
        self._say(protocol.FRAMES, protocol.pack_frames(answer))

    def _build(self, message: Message) -> None:
        builds = self._started().builds
        if message.json()["go_on"]:
            builds.start()
        else:
            builds.cancel()
        self._tell()

    def _tell(self) -> None:
        """How the core does."""
        core = self._started()
        build = core.builds.facts
        self._told_of_build = build.get("state") == "running"
        better = {
            "engines_ready": core.builds.ready,
            "models_ready": core.awaited.came,
            "device_back": self._device.is_back,
        }
        more = {**self._usage.percent(), "avatars": self._count(), "notes": core.notes, "build": build, **better}
        self._say(protocol.STATISTICS, {**core.statistics, **more, **self._shown.news()})

    def _empty_cache(self, _message: Message) -> None:
        self._say(protocol.CACHE_EMPTIED, {"bytes": self._started().empty_cache()})

    def _placed(self, frames: "list[Any]", placement: "Placement | None") -> "list[Any]":
        """The frames on the canvas, if the figure moves, on its way from where it was."""
        before, self._placement = self._placement or placement, placement
        if before is None or placement is None:
            return frames
        from ezvtb import canvas  # noqa: PLC0415 (not everyone needs it)

        return [canvas.draw(frame, at) for frame, at in zip(frames, between(before, placement, len(frames)))]

    def _started(self) -> Any:
        if self._core is None:
            raise EngineError("The engine was asked for something before it was started.")
        return self._core

    def _fail(self, during: str, error: Exception) -> None:
        if isinstance(error, EzvtbError):
            code, message, remedy = error.code, error.message, error.remedy
        else:
            code, message, remedy = type(error).__name__, f"{type(error).__name__}: {error}.", ""
            traceback.print_exc()
        print(f"{during}: {error}", file=sys.stderr, flush=True)
        self._say(protocol.FAILED, {"code": code, "message": message, "remedy": remedy, "during": during})

    def _lost(self, error: Exception) -> "EzvtbError | None":
        """What is to be said of a device that is lost while it was in use; None if none is."""
        from ezvtb.backends import loss  # noqa: PLC0415

        devices = dict.fromkeys(line.device for line in self._core.report if line.device) if self._core else ()
        return loss.explained(error, " or ".join(devices)) if devices else None
