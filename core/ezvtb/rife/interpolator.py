"""The frames between two poser frames: nothing where they are equal, a blend where they are close, else RIFE."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ezvtb.backends.base import HOST, Backend, Graph, TensorSpec, passed_on
from ezvtb.backends.frame import Frame
from ezvtb.rife.blend import CLOSE, blend, change

SIZE = 512
"""Width and height of a frame, pixels."""

WIDTHS = (320, 512)
"""Pixels: the windows that there are graphs for (`ezvtb.models.rife.WIDTHS`), cheapest first."""

STEP = 16
"""Pixels: a window begins at a multiple of this. The network's second block works on cells of this size; with the cells
where the whole frame has them a window gives the whole frame's picture, elsewhere it is up to 1 dB off either way.
"""

MARGIN = 16
"""Pixels that a window needs on either side of what moves: 8 to show where the figure ends, 8 to begin at a `STEP`."""


def width_for(left: int, right: int, widths: Iterable[int] = WIDTHS) -> int:
    """Pixels: the first of `widths` that holds what moves from column `left` up to `right`; else a whole frame's."""
    return next((each for each in widths if right - left + 2 * MARGIN <= each), SIZE)


class _Window:
    """RIFE on `width` columns: its two graphs in a row, or a user's own one, and their buffers."""

    def __init__(self, backend: Backend, graphs: Mapping[str, Path], scale: int, width: int) -> None:
        names = (f"flow_{width}", f"x{scale}_{width}")
        self._chain: list[Graph] = [backend.load(graphs[name]) for name in names if name in graphs]
        specs: dict[str, TensorSpec] = {}
        for graph in self._chain:
            specs |= {**graph.inputs, **graph.outputs}
        on_device = passed_on(self._chain)
        self._buffers: dict[str, Any] = {
            name: backend.allocate_on_device(spec) if name in on_device else backend.memory.allocate(spec)
            for name, spec in specs.items()
        }
        self._memory = backend.memory

    def between(self, before: Any, after: Any) -> Any:
        """(scale - 1, 512, width, 4): the frames between two of (512, width, 4), all in the backend's memory."""
        for name, part in (("before", before), ("after", after)):
            self._memory.copy(self._buffers[name][0, :, :], part)
        for graph in self._chain:
            graph.run(self._buffers)
        return self._buffers["between"]


class Interpolator:
    """In-between frames of two consecutive frames on one backend: `scale - 1` of them (`scale` is 2, 3 or 4).

    `graphs` are those of an installed "rife40", of a user's "rife_imported" (whole frames only), or the null backend's.
    """

    def __init__(self, backend: Backend, graphs: Mapping[str, Path], scale: int) -> None:
        self._scale = scale
        self._times = [i / scale for i in range(1, scale)]
        self._windows = {
            width: _Window(backend, graphs, scale, width) for width in WIDTHS if f"x{scale}_{width}" in graphs
        }
        self.memory = backend.memory
        """Where frames are read and drawn."""
        self._frames = [Frame(SIZE, SIZE, self.memory) for _ in self._times]
        self.statistics = {"equal": 0, "blended": 0, "interpolated": 0}
        """How many pairs of frames needed nothing, were blended, and went through the network."""

    def between(self, before: Frame, after: Frame, equal: bool = False) -> list[Frame]:
        """The frames at 1/scale, 2/scale … of the way from `before` to `after`, 512x512 all.

        `equal`: the caller knows that the two show the same pose. The frames are the interpolator's own, which the next
        call draws anew, or `after` itself.
        """
        if equal or before is after:
            return self._same(after)
        strength, left, right = change(before.host, after.host)
        if not right:
            return self._same(after)
        window = self._place(left, right)
        if strength <= CLOSE:
            self.statistics["blended"] += 1
            self._blend(before, after, window)
        else:
            self.statistics["interpolated"] += 1
            self._interpolate(before, after, window)
        return list(self._frames)

    def _interpolate(self, before: Frame, after: Frame, window: slice) -> None:
        memory = self.memory
        old, new = before.on(memory), after.on(memory)
        made = self._windows[window.stop - window.start].between(old[0, :, window], new[0, :, window])
        for number, frame in enumerate(self._frames):
            canvas = frame.canvas(memory)
            memory.copy(canvas, new)  # outside the window nothing visible changed
            memory.copy(canvas[0, :, window], made[number, :, :])
            frame.drawn(memory)

    def _blend(self, before: Frame, after: Frame, window: slice) -> None:
        """On the host, which has just looked at both."""
        for frame, time in zip(self._frames, self._times):
            frame.host[...] = after.host
            blend(before.host[:, window], after.host[:, window], time, frame.host[:, window])
            frame.drawn(HOST)

    def _same(self, after: Frame) -> list[Frame]:
        self.statistics["equal"] += 1
        return [after] * (self._scale - 1)

    def _place(self, left: int, right: int) -> slice:
        """The columns of the narrowest window around the changed ones, which are about in its middle."""
        width = width_for(left, right, self._windows)
        start = min(max(round((left + right - width) / (2 * STEP)) * STEP, 0), SIZE - width)
        return slice(start, start + width)
