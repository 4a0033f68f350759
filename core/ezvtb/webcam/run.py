"""From the camera to the avatar, picture by picture."""

import socket
import sys
import time
from pathlib import Path
from typing import Optional

from ezvtb.errors import TrackingError
from ezvtb.setup.console import say
from ezvtb.setup.system_packages import has_display
from ezvtb.track import terminal, view
from ezvtb.track.replay import Address
from ezvtb.tracking.rate import RateCounter
from ezvtb.webcam import model, packet
from ezvtb.webcam.camera import Source, pictures
from ezvtb.webcam.landmarker import Landmarker
from ezvtb.webcam.opencv import cv2
from ezvtb.webcam.region import Image
from ezvtb.webcam.tracked import Tracked

SAY_SECONDS = 1.0
"""How often it is said what is seen."""
_WINDOW = "EZVTB webcam - Esc ends"
_ESCAPE_KEY = 27


def run(source: Source, to: Address, networks: Optional[Path] = None, preview: bool = False) -> None:
    """Tracks and sends until the file ends, the preview is closed or Ctrl+C.

    TrackingError for a file that is none, ModelError or DownloadError if the networks can't be had.
    """
    if preview and not has_display():
        raise TrackingError("There is no display to show the camera's picture on.", "Leave --preview out.")
    landmarker = Landmarker(model.load(networks))
    sender, teller = Sender(to), Teller(to)
    try:
        for image, lost in pictures(source, teller.say):
            start = time.perf_counter()
            tracked = landmarker.track(image)
            seen = packet.face(tracked)
            failure = sender.send(packet.encode(seen, time.time()))
            now = time.perf_counter()
            teller.tell(failure or view.seen(seen), now, now - start, lost)
            if preview and not show(image, tracked):
                return
    finally:
        teller.end()
        sender.close()


class Sender:
    """A UDP socket that outlives a network that goes away."""

    def __init__(self, to: Address) -> None:
        """TrackingError if there is no such address."""
        try:
            found = socket.getaddrinfo(*to, type=socket.SOCK_DGRAM)[0]
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise TrackingError(f"There is no address {to[0]}:{to[1]}: {why}.", "Check --to.") from error
        self._place = found[4]
        self._socket = socket.socket(*found[:2])

    def send(self, data: bytes) -> str:
        """Sends; a sentence if that failed, to be tried again with the next packet."""
        try:
            self._socket.sendto(data, self._place)
        except OSError as error:
            return f"Nothing can be sent: {error.strerror or error}."
        return ""

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()


class Teller:
    """Says once a second what is seen: over the same line of a terminal, in new lines of anything else."""

    def __init__(self, to: Address) -> None:
        self._to = f"{to[0]}:{to[1]}"
        self._screen = terminal.is_screen(sys.stdout)
        self._rate = RateCounter()
        self._due = time.perf_counter() + SAY_SECONDS
        self._open = False

    def tell(self, seen: str, now: float, took: float, lost: int) -> None:
        """A picture was looked at until `now` and took so many seconds; `lost` ones never came."""
        self._rate.count(now)
        if now < self._due:
            return
        self._due = now + SAY_SECONDS
        rate = f"{self._rate.per_second(now):.0f} pictures a second, {took * 1000:.0f} ms each"
        missing = f", {lost} lost" if lost else ""
        text = f"{seen} {rate}{missing}, sent to {self._to}."
        if self._screen:
            sys.stdout.write(f"\r\x1b[K{text[: terminal.size()[0] - 1]}")
            sys.stdout.flush()
            self._open = True
        else:
            say(text)

    def say(self, text: str) -> None:
        """A sentence of its own, on a line of its own."""
        self.end()
        say(text)

    def end(self) -> None:
        """Leaves the line."""
        if self._open:
            say("")
            self._open = False


def show(image: Image, tracked: Optional[Tracked]) -> bool:
    """The picture with its landmarks, as in a mirror, in a window; False once the user has closed it.

    TrackingError where no window can be shown.
    """
    drawn = image.copy()
    if tracked is not None:
        for x, y in tracked.landmarks[:, :2]:
            cv2.circle(drawn, (round(float(x)), round(float(y))), 1, (0, 255, 0), -1)
    try:
        cv2.namedWindow(_WINDOW, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
        cv2.imshow(_WINDOW, cv2.flip(drawn, 1))
        pressed = cv2.waitKey(1)
        return bool(pressed != _ESCAPE_KEY and cv2.getWindowProperty(_WINDOW, cv2.WND_PROP_VISIBLE) >= 1)
    except cv2.error as error:
        raise TrackingError("No window can be shown here.", "Leave --preview out.") from error
