"""Open Sound Control 1.0, as far as trackers use it: bundles of messages of numbers and strings.

Format: opensoundcontrol.stanford.edu/spec-1_0. Everything is in units of 4 bytes, big-endian; a string ends with 1 to 4
zero bytes; a message is its address, its types (",sf") and its arguments; a bundle is "#bundle", a time and its
elements, each behind its size.
"""

import struct

from ezvtb.errors import ParseError

BUNDLE = b"#bundle\0"

_BUNDLE_HEADER = 16
_SLASH = ord("/")
_MOST_DEPTH = 4
"""Of bundles in bundles; nobody is known to send any."""

_SIZE = struct.Struct(">i")
_NUMBERS = {ord("f"): "f", ord("i"): "i", ord("d"): "d", ord("h"): "q"}
_FLOATS = tuple(struct.Struct(f">{count}f") for count in range(10))


def messages(packet: bytes, depth: int = 0) -> "list[bytes]":
    """The messages of a packet, in order. ParseError for one that is damaged."""
    if not packet.startswith(BUNDLE):
        if not packet.startswith(b"/") or len(packet) % 4:
            raise ParseError("The packet is no OSC message.")
        return [packet]
    if depth == _MOST_DEPTH:
        raise ParseError("The packet nests OSC bundles too deeply.")
    found = []
    size, stop, end = _SIZE.unpack_from, _BUNDLE_HEADER, len(packet)
    try:
        while stop < end:
            start = stop + 4
            stop = start + size(packet, stop)[0]
            if not start < stop <= end:
                raise ParseError(f"An OSC message of {stop - start} bytes doesn't fit into its packet.")
            element = packet[start:stop]
            if element[0] == _SLASH and not stop - start & 3:
                found.append(element)
            else:
                found += messages(element, depth + 1)
    except struct.error as error:
        raise ParseError("The packet ends within the size of an OSC message.") from error
    if stop > end:
        raise ParseError("The packet ends within an OSC bundle's time.")
    return found


def padded(string: bytes) -> bytes:
    """A string as it stands in a message."""
    return string + bytes(4 - len(string) % 4)


def last_float(message: bytes) -> float:
    """The float at the end of a message."""
    return float(_FLOATS[1].unpack_from(message, len(message) - 4)[0])


def string(message: bytes, start: int) -> "tuple[bytes, int]":
    """The string at `start`, and the place behind it."""
    end = message.find(0, start)
    if end < 0:
        raise ParseError("The packet ends within an OSC string.")
    return message[start:end], (end + 4) & ~3


def numbers(message: bytes, start: int, types: bytes, least: int) -> "tuple[float, ...]":
    """The numbers at `start`, at least so many; `types` are their letters of "fidh"."""
    if len(types) < least:
        raise ParseError("An OSC message has fewer numbers than its address promises.")
    try:
        if types == b"f" * len(types) and len(types) < len(_FLOATS):
            return _FLOATS[len(types)].unpack_from(message, start)
        layout = ">" + "".join(_NUMBERS[letter] for letter in types)
        return tuple(map(float, struct.unpack_from(layout, message, start)))
    except (KeyError, struct.error) as error:
        raise ParseError("An OSC message has not the numbers that its address promises.") from error
