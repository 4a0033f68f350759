"""Sends recorded poses over UDP: `python -m ezvtb.replay poses.npy --to 127.0.0.1:39570 --fps 20`."""

import argparse
import socket
import sys
import time
from pathlib import Path

import numpy as np

from ezvtb.errors import EzvtbError, ParseError
from ezvtb.tracking.pose import SIZE
from ezvtb.tracking.protocols import raw


def load(path: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """A recording as (n, 45) float32; ParseError if the file is something else."""
    try:
        poses = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no .npy file of numbers"
        raise ParseError(f"{path} can't be read as a recording: {why}.", "Record poses as NumPy's .npy.") from error
    if not isinstance(poses, np.ndarray) or poses.ndim != 2 or poses.shape[1] != SIZE or not len(poses):
        shape = getattr(poses, "shape", "an archive")
        raise ParseError(f"{path} holds {shape}, not (n, {SIZE}) poses.", "Record poses in THA3's order.")
    return poses.astype(np.float32)


def address(text: str) -> "tuple[str, int]":
    """(host, port) of `host:port`."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT, such as 127.0.0.1:{raw.DEFAULT_PORT}")
    return host, int(port)


def send(poses: "np.ndarray[tuple[int, int], np.dtype[np.float32]]", to: "tuple[str, int]", fps: float) -> int:
    """Sends every pose at its moment, `fps` a second; returns how many were sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        start = time.monotonic()
        for number, values in enumerate(poses):
            time.sleep(max(0.0, start + number / fps - time.monotonic()))
            sock.sendto(raw.encode(values.tolist()), to)
    return len(poses)


def main(arguments: "list[str] | None" = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser("python -m ezvtb.replay", description="Send recorded poses to the avatar.")
    parser.add_argument("recording", type=Path, help="an .npy file of (n, 45) poses")
    parser.add_argument("--to", type=address, default=("127.0.0.1", raw.DEFAULT_PORT), metavar="HOST:PORT")
    parser.add_argument("--fps", type=float, default=20.0, help="poses a second (default 20)")
    parser.add_argument("--loop", action="store_true", help="again and again, until Ctrl+C")
    chosen = parser.parse_args(arguments)
    if not 0 < chosen.fps < 10000:
        parser.error("--fps must be above 0 and below 10000")
    try:
        poses = load(chosen.recording)
        while True:
            count = send(poses, chosen.to, chosen.fps)
            print(f"{count} poses sent to {chosen.to[0]}:{chosen.to[1]}.")
            if not chosen.loop:
                return 0
    except KeyboardInterrupt:
        return 0
    except EzvtbError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        host, port = chosen.to
        print(f"Nothing can be sent to {host}:{port}: {error.strerror}. Check the address.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
