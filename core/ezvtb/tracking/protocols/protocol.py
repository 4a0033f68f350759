"""What there is to know of a tracker's protocol."""

from collections.abc import Callable
from typing import NamedTuple, Optional

from ezvtb.tracking.face import Face


class Request(NamedTuple):
    """What a phone must be sent before it sends, and again and again to keep it sending."""

    port: int
    """The phone's UDP port."""
    message: bytes
    seconds: float
    """Between two of them."""
    always: bool = False
    """Whether it is repeated while packets come, too: some phones stop after a time. Else only while there are none."""


class Protocol(NamedTuple):
    """One tracker's way to send faces over UDP."""

    name: str
    """As a streamer knows it."""
    parse: "Callable[[bytes], Face]"
    """The face in a packet; ParseError for what isn't this protocol's, and never another error."""
    ports: tuple[int, ...]
    """Where its senders send by default."""
    requests: "Optional[Callable[[int], tuple[Request, ...]]]" = None
    """Our port -> what must be sent to the phone; None where the sender needs none."""
    by_choice: bool = False
    """Whether it is only for users who name it: another protocol's packets, for which the phone connects by TCP."""
