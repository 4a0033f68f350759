"""Recordings of what trackers sent: the packets as they came, and when.

A recording is a text file of JSON objects, one a line. The first is the header, `{"ezvtb_packets": 1, "recorded":
"2026-11-22T12:00:00Z"}`, where 1 is the format's version and `recorded` is for people. Every other line is a packet:
`{"t": 0.0167, "from": "192.168.1.20:49983", "data": "SGVsbG8="}`: seconds since the first packet, never falling; the
sender; the packet in base64. A last line without its end was cut off and doesn't count.
"""

import base64
import json
import os
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple, Optional

from ezvtb.errors import ParseError, TrackingError

VERSION = 1
_MARK = "ezvtb_packets"
_LONGEST_LINE = 200_000
"""Characters: the largest UDP packet, 65507 bytes, has 87344 in base64."""
_MOST_SECONDS = 1e7
"""Four months: no recording lasts longer, and no clock overflows."""


class Packet(NamedTuple):
    """One datagram of a recording."""

    seconds: float
    """Since the first."""
    sender: str
    data: bytes


class Recorder:
    """Writes a recording. Every packet is in the file when `write` returns: what ends the program costs none."""

    def __init__(self, path: Path) -> None:
        """Begins the file. TrackingError if it exists or can't be written."""
        self.path = path
        self.packets = 0
        self.seconds = 0.0
        """Between the first packet and the last."""
        self._start: Optional[float] = None
        try:
            self._file = FileIO(str(path), "xb")
        except FileExistsError:
            raise TrackingError(f"{path} exists already.", "Delete it, or choose another name.") from None
        except OSError as error:
            raise TrackingError(f"{path} can't be written: {error.strerror}.", "Choose another place.") from error
        self._whole = 0
        try:
            self._line({_MARK: VERSION, "recorded": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
        except TrackingError:
            self._file.close()
            path.unlink()
            raise

    def write(self, data: bytes, sender: str, moment: float) -> None:
        """Adds a packet that came at `moment`, in seconds of a monotonic clock.

        TrackingError if it can't be written, a full disk for example; the file is then closed, and a recording of
        all packets before.
        """
        start = moment if self._start is None else self._start
        seconds = max(self.seconds, round(moment - start, 6))
        self._line({"t": seconds, "from": sender, "data": base64.b64encode(data).decode("ascii")})
        self._start, self.seconds = start, seconds
        self.packets += 1

    def close(self) -> None:
        """Ends the file."""
        self._file.close()

    def _line(self, content: "dict[str, Any]") -> None:
        rest = json.dumps(content, separators=(",", ":")).encode("ascii") + b"\n"
        length = len(rest)
        try:
            while rest:  # a disk that is nearly full takes a part and says nothing
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            with self._file:
                os.truncate(self._file.fileno(), self._whole)
            raise TrackingError(
                f"{self.path} can't be written any further: {error.strerror}.",
                f"It holds the {self.packets} packets until here.",
            ) from error
        self._whole += length


def read(path: Path) -> "Iterator[Packet]":
    """The packets of a recording, one by one. ParseError, naming the line, where the file is something else."""
    try:
        with path.open("r", encoding="ascii", newline="\n") as file:
            lines = _lines(path, file)
            _check_header(path, next(lines, (0, "")))
            before = 0.0
            for number, line in lines:
                packet = _packet(path, number, line)
                if packet.seconds < before:
                    raise _broken(path, number, "its time is before the line before")
                before = packet.seconds
                yield packet
    except UnicodeDecodeError:
        raise _foreign(path) from None
    except OSError as error:
        raise ParseError(f"{path} can't be read: {error.strerror}.", "Check the name.") from error


def _lines(path: Path, file: Any) -> "Iterator[tuple[int, str]]":
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if line.endswith("\n"):
            yield number, line
        elif len(line) == _LONGEST_LINE:
            raise _foreign(path) if number == 1 else _broken(path, number, "it is too long for a packet")


def _check_header(path: Path, first: "tuple[int, str]") -> None:
    try:
        header = json.loads(first[1])
    except (ValueError, RecursionError):
        raise _foreign(path) from None
    version = header.get(_MARK) if isinstance(header, dict) else None
    if type(version) is not int:
        raise _foreign(path)
    if version != VERSION:
        raise ParseError(
            f"{path} is a recording of version {version}; this program reads version {VERSION}.",
            "Use the program that made it, or a newer one.",
        )


def _packet(path: Path, number: int, line: str) -> Packet:
    try:
        content = json.loads(line)
        seconds, sender = float(content["t"]), str(content["from"])
        data = base64.b64decode(content["data"], validate=True)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise _broken(path, number, "it is no packet") from None
    if not 0 <= seconds < _MOST_SECONDS:
        raise _broken(path, number, "its time is no number of seconds")
    return Packet(seconds, sender, data)


def _foreign(path: Path) -> ParseError:
    return ParseError(f"{path} is no recording of packets.", "Record one with `python -m ezvtb.track --record FILE`.")


def _broken(path: Path, number: int, why: str) -> ParseError:
    return ParseError(f"Line {number} of {path} is broken: {why}.", "Delete this line, or record anew.")
