"""Sends recorded poses over UDP: `python -m ezvtb.replay poses.npy --to 127.0.0.1:39570 --fps 20`.

Recordings of a tracker's packets are sent by `python -m ezvtb.track --replay`.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from ezvtb.errors import EzvtbError, ParseError
from ezvtb.track.replay import DEFAULT_TO, Sent, address
from ezvtb.track.replay import send as send_packets
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


def send(poses: "np.ndarray[tuple[int, int], np.dtype[np.float32]]", to: "tuple[str, int]", fps: float) -> Sent:
    """Sends every pose at its moment, `fps` a second; TrackingError if the address can't be sent to."""
    return send_packets(((number / fps, raw.encode(pose.tolist())) for number, pose in enumerate(poses)), to)


def main(arguments: "list[str] | None" = None) -> int:
    """The command; 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser("python -m ezvtb.replay", description="Send recorded poses to the avatar.")
    parser.add_argument("recording", type=Path, help="an .npy file of (n, 45) poses")
    parser.add_argument("--to", type=address, default=DEFAULT_TO, metavar="HOST:PORT")
    parser.add_argument("--fps", type=float, default=20.0, help="poses a second (default 20)")
    parser.add_argument("--loop", action="store_true", help="again and again, until Ctrl+C")
    chosen = parser.parse_args(arguments)
    if not 0 < chosen.fps < 10000:
        parser.error("--fps must be above 0 and below 10000")
    try:
        poses = load(chosen.recording)
        while True:
            sent = send(poses, chosen.to, chosen.fps)
            print(f"{sent.packets} poses sent to {chosen.to[0]}:{chosen.to[1]}.")
            if not chosen.loop:
                return 0
    except KeyboardInterrupt:
        return 0
    except EzvtbError as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
