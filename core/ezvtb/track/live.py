"""Shows what arrives, as it arrives."""

import queue
import time
from typing import Callable, Optional, TextIO

from ezvtb.errors import TrackingError
from ezvtb.track import terminal, view
from ezvtb.track.recording import Recorder
from ezvtb.tracking.face import Face
from ezvtb.tracking.motion import Motion
from ezvtb.tracking.receiver import Receiver

FRAME_SECONDS = 0.05
"""Between two drawings of the screen."""
LINE_SECONDS = 1.0
"""Between two lines where there is no screen."""


class Live:
    """What one receiver hears and one avatar would make of it, recorded if a recorder is given."""

    def __init__(self, receiver: Receiver, recorder: Optional[Recorder] = None) -> None:
        self._receiver = receiver
        self._motion = Motion()
        self._recorder = recorder
        self._recording = ""
        self._heard: queue.SimpleQueue[tuple[bytes, str, float]] = queue.SimpleQueue()
        self._newest = 0
        self._face: Optional[Face] = None
        if recorder is not None:
            self._recording = f"Recording to {recorder.path}."
            receiver.on_packet = lambda *packet: self._heard.put(packet)

    def moment(self, now: float) -> view.Moment:
        """What is to be shown at `now`, in seconds of `time.perf_counter`."""
        self._record()
        for received in self._receiver.faces(self._newest):
            self._newest, self._face = received.number, received.face
            self._motion.feed(received.face, received.sender, received.protocol, received.moment)
        face = self._face if self._receiver.live_protocol(now) else None
        return view.Moment(self._receiver.status(now), face, self._motion.pose(now), self._recording)

    def close(self) -> str:
        """Ends the recording; a sentence about it, empty where there was none."""
        self._record()
        if self._recorder is not None:
            self._recorder.close()
        return self._recording

    def _record(self) -> None:
        """Writes what has come. The receiver must not wait for a disk, so this is done by whoever draws."""
        while self._recorder is not None and not self._heard.empty():
            try:
                self._recorder.write(*self._heard.get())
            except TrackingError as error:
                self._recorder, self._receiver.on_packet = None, None
                self._recording = str(error)
            else:
                self._recording = (
                    f"Recording to {self._recorder.path}: "
                    f"{self._recorder.packets} packets, {self._recorder.seconds:.0f} s."
                )


def show(moment: "Callable[[float], view.Moment]", stream: TextIO) -> None:
    """Draws until Ctrl+C: a screen on a terminal, a line a second on anything else."""
    if terminal.is_screen(stream):
        style = terminal.style_of(stream)
        with terminal.screen(stream):
            while True:
                columns, rows = terminal.size()
                terminal.draw(stream, view.screen(moment(time.perf_counter()), columns, rows, style), rows)
                time.sleep(FRAME_SECONDS)
    due = time.perf_counter() + LINE_SECONDS
    while True:
        now = time.perf_counter()
        seen = moment(now)  # as often as on a screen: smoothing and the recording want every face
        if now >= due:
            due = now + LINE_SECONDS
            stream.write(f"{time.strftime('%H:%M:%S')} {view.line(seen)}\n")
            stream.flush()
        time.sleep(FRAME_SECONDS)
