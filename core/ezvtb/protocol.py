"""What the two processes say to each other: messages over the engine's pipes, pixels in one memory-mapped file.

Standard library only, Python 3.9 and up: OBS's own Python imports this file.

A message is `<length: u24 LE> <session: u8> <kind: u8> <payload: length bytes>`. Most payloads are JSON objects; the
two of the hot path, POSE and FRAMES, are packed structs. Each avatar has a session of its own, which begins with START
and knows nothing of the others; one process serves several.

    client (in OBS)                                engine
    START    {version, frames, options}  ───────▶  opens the frame file, loads the models; the options are those of
                                                   `get_core`, and `device_name` goes before `device_id`
                                         ◀───────  PROGRESS {text}, any number of times
                                         ◀───────  READY {report, devices, limits, size, scale}
    PICTURE  {path, layout}              ───────▶
                                         ◀───────  PICTURE_SET {path, note}  or FAILED
    LAYOUT   {layout}, of that picture   ───────▶
                                         ◀───────  PICTURE_SET {path, note}  or FAILED
    POSE     call, 45 floats, and 4 more ───────▶
             where the figure moves
                                         ◀───────  FRAMES call, first slot, count, ms  or FAILED
                                         ◀───────  STATISTICS {…}, about once a second while poses come
                                                   a FAILED because of a lost device is its last word
    BUILD    {go_on}                     ───────▶  stops the build of TensorRT's engines, or has it go on
                                         ◀───────  STATISTICS {…}, at once, and while it goes on
    EMPTY_CACHE                          ───────▶  forgets the finished frames
                                         ◀───────  CACHE_EMPTIED {bytes}  or FAILED
    STOP                                 ───────▶  ends the session: its number may be used again after the answer
                                         ◀───────  STOPPED
    (the closing of the pipe)            ───────▶  ends all sessions and the process, at once

A client sends one request at a time; BUILD has no answer and may come at any time after READY. The frames of call
n lie in the slots of bank n % 2, so the client may still show those of call n - 1 while the engine draws the next.
"""

import ctypes
import json
import mmap
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Optional

from ezvtb.errors import EngineError, ProtocolError
from ezvtb.placement import Placement

VERSION = 3
POSE_SIZE = 45
LARGEST_MESSAGE = 1 << 20
"""Bytes. No message comes near it; a longer one means that the two sides are out of step."""

START, PICTURE, POSE, STOP, EMPTY_CACHE, LAYOUT, BUILD = 1, 2, 3, 4, 5, 6, 7
REQUESTS = (START, PICTURE, POSE, STOP, EMPTY_CACHE, LAYOUT, BUILD)
READY, PICTURE_SET, FRAMES, STATISTICS, PROGRESS, FAILED, CACHE_EMPTIED, STOPPED = 65, 66, 67, 68, 69, 70, 71, 72
SESSIONS = 256
"""More are not told apart."""

_HEAD = struct.Struct("<IB")  # the session was the length's highest byte in version 2, always 0: both understand START
_SESSION_SHIFT = 24
_POSE = struct.Struct(f"<I{POSE_SIZE}f")
_PLACEMENT = struct.Struct("<4f")
_FRAMES = struct.Struct("<IHHf")


class Message(NamedTuple):
    """One message: its kind, its raw payload, and the session that it belongs to."""

    kind: int
    payload: bytes
    session: int = 0

    def json(self) -> "dict[str, Any]":
        """The payload as a JSON object; ProtocolError if it isn't one."""
        try:
            value = json.loads(self.payload)
        except ValueError as error:
            raise ProtocolError(f"The payload of message {self.kind} is no JSON: {error}.") from error
        if not isinstance(value, dict):
            raise ProtocolError(f"The payload of message {self.kind} is no JSON object.")
        return value


class Layout(NamedTuple):
    """How a picture is put into the 512x512 pixels: corrections of how it is fitted by itself."""

    scale: int = 100
    """Percent, about the middle of the face box."""
    x: int = 0
    y: int = 0
    """Pixels of the 512, to the right and down."""
    face_box: bool = False
    """Whether the picture is shown, with the face box over it, instead of what the poser makes of it."""
    remove_background: bool = True
    """Whether a picture without transparency has its background taken away."""


@dataclass(frozen=True)
class Frames:
    """The answer to a pose: which slots hold its frames, and how long the core took for them."""

    call: int
    first_slot: int
    count: int
    milliseconds: float


def write_message(stream: BinaryIO, kind: int, payload: "bytes | dict[str, Any]" = b"", session: int = 0) -> None:
    """Writes one message and flushes. A dict is sent as JSON."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    stream.write(_HEAD.pack(len(data) | session << _SESSION_SHIFT, kind) + data)
    stream.flush()


def read_message(stream: BinaryIO) -> Optional[Message]:
    """The next message; None when the other side has closed its end. ProtocolError on a broken one."""
    head = _read_exactly(stream, _HEAD.size)
    if head is None:
        return None
    both, kind = _HEAD.unpack(head)
    session, length = divmod(both, 1 << _SESSION_SHIFT)
    if length > LARGEST_MESSAGE:
        raise ProtocolError(f"A message claims to have {length} bytes.", "Both sides must be of one version.")
    payload = _read_exactly(stream, length)
    return None if payload is None else Message(kind, payload, session)


def _read_exactly(stream: BinaryIO, count: int) -> Optional[bytes]:
    parts = b""
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            return None
        parts += part
    return parts


def pack_pose(call: int, pose: "list[float]", placement: Optional[Placement] = None) -> bytes:
    """POSE's payload: the call's number (wraps at 2^32), the 45 values, and where the figure is if it is to have a
    canvas."""
    return _POSE.pack(call & 0xFFFFFFFF, *pose) + (_PLACEMENT.pack(*placement) if placement else b"")


def unpack_pose(payload: bytes) -> "tuple[int, tuple[float, ...], Optional[Placement]]":
    """The call's number, the 45 values and the placement of a POSE."""
    if len(payload) not in (_POSE.size, _POSE.size + _PLACEMENT.size):
        raise ProtocolError(f"A pose message has {len(payload)} bytes instead of {_POSE.size}.")
    call, *pose = _POSE.unpack_from(payload)
    placed = len(payload) > _POSE.size
    return call, tuple(pose), Placement(*_PLACEMENT.unpack_from(payload, _POSE.size)) if placed else None


def pack_frames(frames: Frames) -> bytes:
    """FRAMES's payload."""
    return _FRAMES.pack(frames.call, frames.first_slot, frames.count, frames.milliseconds)


def unpack_frames(payload: bytes) -> Frames:
    """The content of a FRAMES."""
    if len(payload) != _FRAMES.size:
        raise ProtocolError(f"A frames message has {len(payload)} bytes instead of {_FRAMES.size}.")
    return Frames(*_FRAMES.unpack(payload))


class FrameFile:
    """The memory-mapped file of frame slots, BGRA, 4 bytes a pixel, rows without gaps.

    `header: magic 8s, version u32, slots u32, capacity u32` (bytes a slot), then one `sequence u64, width u32,
    height u32` a slot, then the pixels from the next page on. The client makes the file and the engine opens
    it. A slot's sequence number says which frame it holds: a reader that wants frame n checks for n.
    """

    MAGIC = b"EZVTBFRM"
    _HEADER = struct.Struct("<8sIII")
    _SLOT = struct.Struct("<QII")
    _PAGE = 4096

    def __init__(self, path: Path, mapped: mmap.mmap, slots: int, capacity: int) -> None:
        self.path = path
        self.slots = slots
        self.capacity = capacity
        self._mapped: Optional[mmap.mmap] = mapped
        self._first_pixel = self._page_up(self._HEADER.size + slots * self._SLOT.size)
        self._base: Any = (ctypes.c_char * len(mapped)).from_buffer(mapped)

    @classmethod
    def create(cls, slots: int, capacity: int, folder: Optional[Path] = None) -> "FrameFile":
        """A new file of `slots` slots of `capacity` bytes each (rounded up to pages), empty."""
        capacity = cls._page_up(capacity)
        size = cls._page_up(cls._HEADER.size + slots * cls._SLOT.size) + slots * capacity
        path, mapped = cls._map_new(size, [folder] if folder else cls.folders())
        mapped[: cls._HEADER.size] = cls._HEADER.pack(cls.MAGIC, VERSION, slots, capacity)
        return cls(path, mapped, slots, capacity)

    @classmethod
    def _map_new(cls, size: int, folders: "list[Path]") -> "tuple[Path, mmap.mmap]":
        """A new file of that size in the first folder that has room for it; EngineError if none has."""
        refusals = []
        for folder in folders:
            cls._sweep(folder)
            try:
                descriptor, name = tempfile.mkstemp(".frames", f"ezvtb-{os.getpid()}-", folder)
            except OSError as error:
                refusals.append(f"{folder} ({error.strerror})")
                continue
            try:
                # a file that is merely long would have no room yet: a full folder would kill OBS by SIGBUS later on
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(descriptor, 0, size)
                else:
                    os.ftruncate(descriptor, size)
                mapped = mmap.mmap(descriptor, size)
            except OSError as error:
                refusals.append(f"{folder} ({error.strerror})")
            else:
                return Path(name), mapped
            finally:
                os.close(descriptor)
            Path(name).unlink()  # only now: Windows deletes no file that is open
        raise EngineError(
            f"No room for {size >> 20} MB of frames in {' or '.join(refusals)}.", "Free some space there."
        )

    @classmethod
    def open(cls, path: Path) -> "FrameFile":
        """The file that the other side made; ProtocolError if it is something else."""
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size < cls._PAGE:
                raise ProtocolError(f"{path.name} is no frame file: it has {size} bytes.")
            mapped = mmap.mmap(file.fileno(), size)
        magic, version, slots, capacity = cls._HEADER.unpack_from(mapped)
        wanted = cls._page_up(cls._HEADER.size + slots * cls._SLOT.size) + slots * capacity
        if (magic, version, size) != (cls.MAGIC, VERSION, wanted):
            mapped.close()
            raise ProtocolError(f"{path.name} is no frame file of version {VERSION}.")
        return cls(path, mapped, slots, capacity)

    @staticmethod
    def folders() -> "list[Path]":
        """Where the file may lie: in memory where the system has such a folder, else among the temporary files."""
        shared = Path("/dev/shm")
        temporary = Path(tempfile.gettempdir())
        # in Windows such a path means a folder of the drive one happens to be on
        return [shared, temporary] if os.name == "posix" and os.access(shared, os.W_OK) else [temporary]

    @staticmethod
    def _sweep(folder: Path) -> None:
        """Deletes the files of clients that were killed before they could do it."""
        for left in folder.glob("ezvtb-*-*.frames"):
            owner = left.name.split("-")[1]
            try:
                if os.name == "posix" and owner.isdigit():
                    os.kill(int(owner), 0)  # asks only whether the process is there
                    continue
                left.unlink()  # on Windows a file that is in use refuses
            except ProcessLookupError:
                left.unlink(missing_ok=True)
            except OSError:
                continue  # somebody else's, or in use

    def write(self, slot: int, sequence: int, width: int, height: int, pixels: memoryview) -> None:
        """Copies one frame into a slot and then names it there."""
        mapped = self._open()
        size = width * height * 4
        if not (0 <= slot < self.slots and size <= self.capacity and pixels.nbytes == size):
            raise ProtocolError(f"A frame of {width}x{height}, {pixels.nbytes} bytes, doesn't fit slot {slot}.")
        first = self._first_pixel + slot * self.capacity
        mapped[first : first + size] = pixels.cast("B")
        self._SLOT.pack_into(mapped, self._HEADER.size + slot * self._SLOT.size, sequence, width, height)

    def read_slot(self, slot: int) -> "tuple[int, int, int]":
        """(sequence number, width, height) of what a slot holds."""
        sequence, width, height = self._SLOT.unpack_from(self._open(), self._HEADER.size + slot * self._SLOT.size)
        return sequence, width, height

    def address(self, slot: int) -> int:
        """The address of a slot's pixels, for C; valid until `close`."""
        self._open()
        return ctypes.addressof(self._base) + self._first_pixel + slot * self.capacity

    def pixels(self, slot: int) -> bytes:
        """A copy of a slot's pixels."""
        _, width, height = self.read_slot(slot)
        first = self._first_pixel + slot * self.capacity
        return self._open()[first : first + width * height * 4]

    def unlink(self) -> None:
        """Takes the file's name away. On POSIX the mappings live on; on Windows it works once all are closed."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            pass  # the other side was faster
        except PermissionError:
            if os.name != "nt":
                raise

    def close(self) -> None:
        """Unmaps the file; addresses given out before are invalid from then on."""
        self._base = None
        mapped, self._mapped = self._mapped, None  # first: another thread may close it too, as the engine ends
        if mapped is not None:
            mapped.close()

    def _open(self) -> mmap.mmap:
        if self._mapped is None:
            raise ProtocolError("The frame file is closed.")
        return self._mapped

    @classmethod
    def _page_up(cls, count: int) -> int:
        return -(-count // cls._PAGE) * cls._PAGE
