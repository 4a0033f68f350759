"""Looks at a recording of the avatar: how long it is, and how many of its pictures are new ones."""

from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from ezvtb.errors import SetupError
from ezvtb.setup.scene import Place

NEW_PICTURE = 0.15
"""Mean difference of two decoded pictures, in levels, from which on the second counts as new. Of a repeated picture
x264 leaves up to 0.01, and its pictures around a change differ by 0.05 to 0.13; the avatar's movements by 0.2 to 4."""


class Motion(NamedTuple):
    """What a part of a recording shows."""

    seconds: float
    pictures: int
    distinct: int
    """How many differ from the one before."""


def measure(path: Path, part: Place) -> Motion:
    """Decodes a recording and counts the pictures whose `part` is new. SetupError if it can't be decoded."""
    pictures = distinct = 0
    seconds = 0.0
    last: np.ndarray[tuple[int, ...], np.dtype[np.int16]] | None = None
    try:
        with av.open(str(path)) as container:
            rate = float(container.streams.video[0].average_rate or 30)
            for frame in container.decode(video=0):
                luma = frame.to_ndarray(format="gray")[part.top : part.top + part.height]
                now = luma[:, part.left : part.left + part.width].astype(np.int16)
                if last is None or float(np.abs(now - last).mean()) > NEW_PICTURE:
                    distinct += 1
                last = now
                pictures += 1
            seconds = pictures / rate
    except (av.FFmpegError, IndexError) as error:
        raise SetupError(f"{path} can't be decoded: {error}.", "OBS's log beside it says more.") from error
    return Motion(seconds, pictures, distinct)
