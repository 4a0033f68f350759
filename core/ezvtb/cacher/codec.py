"""One frame as bytes: colour as JPEG, alpha without loss; or all of it as it is.

`checksum u32 of what follows, kind u8, width and height of the frame u16, left, top, right and bottom of the figure
u16, length of the colour u32`, the colour, the alpha. Outside the figure everything is 0.

Chosen by measurement, on two cores of an AMD EPYC, for a hard frame of 512x512 (41 kB of colour, 9 kB of alpha):

* simplejpeg and PyTurboJPEG are the same libjpeg-turbo: equal bytes, equal pixels, 0.56 ms to decode and 0.68 ms to
  encode, within 3 % of each other. simplejpeg's wheel brings the library; PyTurboJPEG looks for the system's, which
  Windows lacks, and from 2.0 on refuses the one of Debian 12 (2.1). So it is simplejpeg.
* alpha through zstandard, level 1: 9 kB, 0.08 ms and back in 0.04 ms; zlib: 11 kB, 0.32 ms and 0.32 ms. Level 9 saves
  7 % of it for 13 times the time.
* 4:4:4: 4:2:0 halves the colour of thin lines, which is most of what a drawing's face is made of.
"""

import struct
import zlib

import numpy as np
import simplejpeg
import zstandard
from numpy.typing import NDArray

from ezvtb.errors import CacheError

Frame = NDArray[np.uint8]

LOSSLESS = 100
"""The quality at which nothing is compressed."""

_CHECKSUM = struct.Struct("<I")
_HEADER = struct.Struct("<BHHHHHHI")
_START = _CHECKSUM.size + _HEADER.size
_RAW, _JPEG = 0, 1
_BLOCK = 8
"""Pixels: JPEG transforms squares of this side; what is in one doesn't bleed into another."""
_OPAQUE_FROM = np.uint32(1 << 24)
"""A pixel read as one little-endian number holds alpha in its highest byte: below this it is transparent."""


def jpeg_quality(quality: int) -> int:
    """The quality that libjpeg is told for `cacher_quality`: two fifths nearer to 100, so 85 becomes 91, 0 becomes 40.

    libjpeg's own 85 leaves 37.4 dB in the sample picture's hardest frames even where no edge is near: thin lines of
    saturated colour are what its chroma tables serve worst. 91 leaves 38.4 dB and costs a quarter more bytes.
    """
    return quality + round(0.4 * (LOSSLESS - quality))


def encode(frame: Frame, quality: int) -> bytes:
    """The bytes of an (H, W, 4) uint8 BGRA frame, C-contiguous, H and W multiples of 8.

    `quality` is 0..100, and 100 is bit-exact. Below it the colour of transparent pixels is lost, in `frame` too: it is
    filled where the frame lies.
    """
    height, width = frame.shape[:2]
    if quality >= LOSSLESS:
        kind, box, colour, alpha = _RAW, (0, 0, width, height), frame.tobytes(), b""
    else:
        _fill(frame)
        kind, box, colour, alpha = _JPEG, _box(frame), b"", b""
        left, top, right, bottom = box
        if left < right:  # else nothing is to be seen
            figure = np.ascontiguousarray(frame[top:bottom, left:right])
            colour = simplejpeg.encode_jpeg(figure, jpeg_quality(quality), "BGRX", "444", fastdct=False)
            alpha = zstandard.ZstdCompressor(level=1).compress(figure[..., 3].tobytes())
    rest = _HEADER.pack(kind, width, height, *box, len(colour)) + colour + alpha
    return _CHECKSUM.pack(zlib.crc32(rest)) + rest


def decode(data: bytes, out: Frame) -> None:
    """Writes the frame into `out`, (H, W, 4) uint8, C-contiguous.

    CacheError if the bytes are damaged or of another size; flipped or missing ones are found before it is touched.
    """
    height, width = size(data)
    if (height, width, 4) != out.shape:
        raise CacheError(f"A cached frame is {width}x{height}, not {out.shape[1]}x{out.shape[0]}.")
    rest = memoryview(data)
    kind, _, _, left, top, right, bottom, length = _HEADER.unpack_from(rest, _CHECKSUM.size)
    colour, alpha = rest[_START : _START + length], rest[_START + length :]
    try:
        if kind == _RAW:
            out[:] = np.frombuffer(colour, np.uint8).reshape(out.shape)
        elif kind == _JPEG and left <= right <= width and top <= bottom <= height:
            out[:top] = 0
            out[bottom:] = 0
            rows = out[top:bottom]
            rows[:, :left] = 0
            rows[:, right:] = 0
            if left < right:
                rows[:, left:right] = _figure(colour, alpha, bottom - top, right - left)
        else:
            raise CacheError("A cached frame is malformed.")
    except (ValueError, zstandard.ZstdError) as error:
        raise CacheError(f"A cached frame is malformed: {error}.") from error


def _figure(colour: memoryview, alpha: memoryview, height: int, width: int) -> Frame:
    if simplejpeg.decode_jpeg_header(colour)[:2] != (height, width):
        raise CacheError("A cached frame is malformed.")
    figure: Frame = simplejpeg.decode_jpeg(colour, "BGRA", fastdct=False)
    levels = zstandard.ZstdDecompressor().decompress(alpha, max_output_size=height * width)
    figure[..., 3] = np.frombuffer(levels, np.uint8).reshape(height, width)
    return figure


def size(data: bytes) -> tuple[int, int]:
    """Height and width in pixels of an encoded frame. CacheError if a byte of it is damaged or missing."""
    rest = memoryview(data)
    if len(rest) < _START or zlib.crc32(rest[_CHECKSUM.size :]) != _CHECKSUM.unpack_from(rest)[0]:
        raise CacheError("A cached frame is damaged.")
    _, width, height, *_ = _HEADER.unpack_from(rest, _CHECKSUM.size)
    return height, width


def _box(frame: Frame) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what isn't transparent, in whole blocks; all 0 if everything is.

    Decoding takes the longer the more pixels there are, and a figure leaves half of the frame empty.
    """
    seen = frame[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    left, top = int(columns[0]) // _BLOCK * _BLOCK, int(rows[0]) // _BLOCK * _BLOCK
    return left, top, (int(columns[-1]) // _BLOCK + 1) * _BLOCK, (int(rows[-1]) // _BLOCK + 1) * _BLOCK


def _fill(frame: Frame) -> None:
    """Gives transparent pixels a colour: next to the figure its own, so that it costs little; elsewhere black.

    In a block that is half figure, half nothing each transparent pixel takes the nearest visible one on its left (or
    the first on its right), then row by row from above (or below). The mean of the block, which looks smoother, puts a
    light ground behind a dark outline and loses 0.5 dB.
    """
    height, width = frame.shape[:2]
    pixels = frame.view("<u4")[..., 0]
    visible = pixels >= _OPAQUE_FROM
    np.multiply(pixels, visible, out=pixels)
    # Eight booleans in a row read as one number: eight rows of those are a block.
    octets = visible.view(np.uint64).reshape(height // _BLOCK, _BLOCK, width // _BLOCK)
    some = np.bitwise_or.reduce(octets, axis=1) != 0
    every = np.bitwise_and.reduce(octets, axis=1) == np.uint64(0x0101010101010101)
    rows, columns = np.nonzero(some & ~every)
    tiles = (height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    blocks = pixels.reshape(tiles)[rows, :, columns]
    seen = visible.reshape(tiles)[rows, :, columns]
    blocks = np.take_along_axis(blocks, _source(seen), axis=2)
    blocks = np.take_along_axis(blocks, _source(seen.any(axis=2))[..., None], axis=1)
    blocks &= _OPAQUE_FROM - np.uint32(1)
    blocks |= pixels.reshape(tiles)[rows, :, columns] & ~(_OPAQUE_FROM - np.uint32(1))
    pixels.reshape(tiles)[rows, :, columns] = blocks


def _source(seen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Along the last axis: at each place the last place up to it that is seen, else the first that is."""
    places = np.arange(seen.shape[-1], dtype=np.intp)
    last = np.maximum.accumulate(np.where(seen, places, 0), axis=-1)
    first: NDArray[np.intp] = seen.argmax(axis=-1)[..., None]
    return np.maximum(last, first)
