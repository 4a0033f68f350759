"""`python -m ezvtb.track`: shows, records and replays what a tracker sends."""

import argparse
import errno
import ipaddress
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from ezvtb.errors import EzvtbError, TrackingError
from ezvtb.setup.console import accept_any_character
from ezvtb.track import recording, replay
from ezvtb.track.live import Live, show
from ezvtb.tracking.endpoint import ANY_TRACKER, THIS_COMPUTER, USUAL_PORTS, Endpoint
from ezvtb.tracking.protocols import PROTOCOLS
from ezvtb.tracking.receiver import Receiver

PORT_TAKEN = (
    "If that is the avatar in OBS: close OBS or remove the avatar meanwhile, or let the tracker send to another port "
    "and give that one with --port."
)

_NOBODY_READS = {errno.EPIPE, errno.EINVAL} if os.name == "nt" else {errno.EPIPE}
"""What the system says of a pipe then."""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    accept_any_character()
    try:
        if options.replay:
            return _replay(options.replay, options.to, options.speed, options.loop)
        return _show(Endpoint(options.address, options.port, options.tracker, options.phone or ""), options.record)
    except KeyboardInterrupt:
        return 0
    except EzvtbError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename or error.errno not in _NOBODY_READS:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read what is printed has gone: `| head`
        return 0


def _show(endpoint: Endpoint, record: Optional[Path]) -> int:
    receiver = Receiver(endpoint)
    try:
        receiver.open()
    except TrackingError as error:
        raise TrackingError(f"{error.message} {PORT_TAKEN}") if "used by" in error.message else error from None
    try:
        live = Live(receiver, recording.Recorder(record) if record else None)
        try:
            show(live.moment, sys.stdout)
        finally:
            receiver.close()
            if said := live.close():
                print(said, file=sys.stderr)
    finally:
        receiver.close()
    return 0


def _replay(path: Path, to: replay.Address, speed: float, loop: bool) -> int:
    while True:
        sent = replay.send(((packet.seconds, packet.data) for packet in recording.read(path)), to, speed)
        print(f"{sent} sent to {to[0]}:{to[1]}.", flush=True)
        if not (loop and sent.packets):
            return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m ezvtb.track", description=__doc__, allow_abbrev=False)
    listen = parser.add_argument_group("what to listen to")
    listen.add_argument(
        "--address", default=THIS_COMPUTER, help=f"0.0.0.0: other computers too (default {THIS_COMPUTER})"
    )
    listen.add_argument("--port", type=_port, default=USUAL_PORTS, help="UDP port (default: those that trackers use)")
    names = [protocol.name for protocol in PROTOCOLS]
    listen.add_argument("--tracker", choices=names, default=ANY_TRACKER, metavar="NAME",
                        help=f"only this one: {', '.join(names)} (default: whichever sends)")  # fmt: skip
    listen.add_argument("--phone", type=_phone, metavar="ADDRESS", help="ask this phone to send")
    listen.add_argument("--record", type=Path, metavar="FILE", help="write all packets, as they come, to a new file")
    again = parser.add_argument_group("instead: send a recording again")
    again.add_argument("--replay", type=Path, metavar="FILE", help="a file that --record has written")
    again.add_argument("--to", type=replay.address, default=replay.DEFAULT_TO, metavar="HOST:PORT",
                       help="where to (default {}:{})".format(*replay.DEFAULT_TO))  # fmt: skip
    again.add_argument("--speed", type=_speed, default=1.0, help="2 is twice as fast (default 1)")
    again.add_argument("--loop", action="store_true", help="again and again, until Ctrl+C")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return int(text)


def _phone(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no address, such as 192.168.1.20") from None


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed from 0.001 to 1000")
    return speed


if __name__ == "__main__":
    sys.exit(main())
