"""Frames as a video with alpha, by PyAV (FFmpeg)."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Optional

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from PIL import Image

from ezvtb.errors import OutputError
from ezvtb.play.pictures import image_of, unwritable
from ezvtb.play.stage import Pixels


class Format(NamedTuple):
    """How a kind of file is encoded."""

    codec: str
    pixels: str
    """FFmpeg's name of a pixel format with alpha."""
    options: Mapping[str, str]
    subsampled: bool
    """Whether the colour of pixels that aren't seen gets into their neighbours'."""


FORMATS = {
    # for browsers, OBS and messengers. `auto-alt-ref` has to be off for alpha. A frame of 512x512 takes 10 ms of one
    # core. A better crf only makes the file larger: nearly all that is lost is the colour's resolution, by 4:2:0
    ".webm": Format(
        "libvpx-vp9",
        "yuva420p",
        {"crf": "10", "b": "0", "deadline": "realtime", "cpu-used": "7", "row-mt": "1", "auto-alt-ref": "0"},
        subsampled=True,
    ),
    # for video editors: ProRes 4444, nothing visible is lost
    ".mov": Format("prores_ks", "yuva444p10le", {"profile": "4444", "alpha_bits": "8"}, subsampled=False),
}
"""By the file's suffix."""

_BLOCKS = (64, 16, 4)
"""Pixels: the sides of the squares whose mean colour goes where nothing is seen, the better ones last."""
_SEEN = [0] + [255] * 255
_SURE = [0] * 16 + [255] * 240
"""A square needs that much alpha on average: of less, eight bits hold no colour."""


class Video:
    """A `Film` in one file, of whichever of FORMATS its name says."""

    def __init__(self, path: Path, fps: int) -> None:
        """The file is made with the first picture."""
        self._path, self._fps = path, fps
        self._format = FORMATS[path.suffix.lower()]
        self._stream: Optional[VideoStream] = None
        self._count = 0
        self._container = av.open(str(path), "w")

    def add(self, pixels: Pixels, count: int) -> None:
        """Encodes the picture so many times; all must have one size. OutputError if the file can't be written."""
        try:
            stream = self._stream = self._stream or self._begin(pixels)
            picture = self._convert(pixels)
            for number in range(self._count, self._count + count):
                picture.pts = number
                picture.time_base = Fraction(1, self._fps)
                self._container.mux(stream.encode(picture))
        except OSError as error:  # PyAV's errors are such
            raise unwritable(self._path, error) from error
        self._count += count

    def close(self) -> str:
        """Ends the file; its path."""
        try:
            if self._stream is not None:
                self._container.mux(self._stream.encode())
            self._container.close()
        except OSError as error:
            raise unwritable(self._path, error) from error
        return str(self._path)

    def _begin(self, pixels: Pixels) -> VideoStream:
        try:
            stream = self._container.add_stream(self._format.codec, rate=self._fps, options=dict(self._format.options))
        except ValueError as error:  # UnknownCodecError
            raise OutputError(f"This FFmpeg has no {self._format.codec}.", "Install PyAV anew with pip.") from error
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = self._format.pixels
        # said in the file: players guess otherwise, and guess differently for 512 and 1024 lines
        stream.codec_context.colorspace = Colorspace.ITU709
        stream.codec_context.color_primaries = ColorPrimaries.BT709
        stream.codec_context.color_trc = ColorTrc.BT709
        stream.codec_context.color_range = ColorRange.MPEG
        return stream

    def _convert(self, pixels: Pixels) -> av.VideoFrame:
        if self._format.subsampled:
            frame = av.VideoFrame.from_ndarray(np.asarray(spread(image_of(pixels))), format="rgba")
        else:
            frame = av.VideoFrame.from_ndarray(pixels, format="bgra")
        return frame.reformat(
            format=self._format.pixels, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )


def spread(image: Image.Image) -> Image.Image:
    """The RGBA picture with the colours of its edge spread over the pixels beside it that aren't seen.

    Those are black, and with half the colour's resolution they would darken the edge: by 2.2 of 255 on average, with
    this by 0.5 (the demo's character in VP9, drawn over black and over white).
    """
    under = Image.new("RGB", image.size)
    weighted = image.convert("RGBa")
    for block in _BLOCKS:
        mean = weighted.reduce(block).convert("RGBA").resize(image.size, Image.Resampling.NEAREST)
        under.paste(mean.convert("RGB"), mask=mean.getchannel("A").point(_SURE))
    alpha = image.getchannel("A")
    under.paste(image.convert("RGB"), mask=alpha.point(_SEEN))
    under.putalpha(alpha)
    return under
