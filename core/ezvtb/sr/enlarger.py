"""The enlarger: runs a super resolution graph where a frame has something to see."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ezvtb.backends.base import Array, Backend, Memory, TensorSpec
from ezvtb.backends.frame import Frame
from ezvtb.sr.shapes import (
    ANIMEVIDEO,
    ANIMEVIDEO_WINDOW,
    ENLARGED,
    FACE_AND_SHOULDERS,
    FRAME,
    MARGIN,
    TILE,
    UPCONV7,
    WINDOW,
    WINDOW_MARGIN,
    WINDOW_TOP,
    Area,
)

ALPHA_REACH = 4
"""Pixels: how far from a visible pixel the enlarged alpha can be more than 0 (`enlarged_alpha` in the graphs)."""

GRID = 8
"""Pixels: tiles and windows begin at multiples of this, which the graphs' colour pyramid has as its coarsest cells. So
a tile's pixels are the same wherever it begins."""


def model_for(sr_x4: bool, sr_noise: int) -> tuple[str, str]:
    """The manifest's name of the model for these options, and the name of its graph."""
    return ("realesr_animevideov3", "face_x4") if sr_x4 else ("waifu2x_upconv7", f"noise{sr_noise}_x2")


class Enlarger:
    """Enlarges the frames of one avatar, on one backend; not safe for use by several threads at a time.

    A frame is 512x512 and becomes 1024x1024: all of it at twice the size, or the face and the shoulders at four times.
    What is empty is left out, and a frame that is as the one before it costs next to nothing.
    """

    def __init__(self, backend: Backend, graphs: Mapping[str, Path], name: str) -> None:
        """`graphs` are an installed model's and `name` is one of them: see `model_for`.

        A user's own graph takes the whole frame, where ours takes tiles or has a smaller one beside it.
        """
        face = name == "face_x4"
        self.memory = backend.memory
        """Where frames are read and enlarged."""
        self._graph = _SizedGraph(backend, graphs[name])
        self._tiled = self._graph.given == UPCONV7.given
        self._window: _SizedGraph | None = None
        if self._tiled:
            self._framed = self._allocate(FRAME + 2 * MARGIN)  # the frame with a margin
        elif face and "face_window_x4" in graphs:
            self._window = _SizedGraph(backend, graphs["face_window_x4"])
        self._enlarged = self._allocate(ENLARGED)
        # what the result depends on, of the last frame: None where that isn't known
        self._watched = ANIMEVIDEO.filled.slices if face else Area(0, 0, FRAME, FRAME).slices
        self._last: Array | None = None
        self.backend_seconds = 0.0
        """How long the backend's runs for the last frame took."""
        self.statistics = {"sr_runs": 0, "sr_skipped": 0}
        """How often a graph ran, several times a frame where it takes tiles; how many frames were as the last one."""

    def allocate_frame(self) -> Frame:
        """A place for an enlarged frame."""
        return Frame(ENLARGED, ENLARGED, self.memory)

    def enlarge(self, frame: Frame, out: Frame) -> None:
        """A frame of 512x512 into one of 1024x1024. BackendError if the runtime fails."""
        self.backend_seconds = 0.0
        watched = frame.host[self._watched]
        if self._last is not None and np.array_equal(watched, self._last):
            self.statistics["sr_skipped"] += 1
        else:
            self._last = None  # if a run fails, the result is part of one frame and part of another
            whole, alpha = frame.on(self.memory), frame.host[..., 3]
            if self._tiled:
                self._enlarge_in_tiles(whole, alpha)
            else:
                self._enlarge_at_once(whole, alpha)
            self._last = watched.copy()
        out.take(self.memory, self._enlarged)

    def _enlarge_in_tiles(self, frame: Any, alpha: Array) -> None:
        self.memory.copy(self._framed[0, MARGIN:-MARGIN, MARGIN:-MARGIN], frame[0, :, :])
        _mirror(self._framed, self.memory)
        self.memory.clear(self._enlarged)
        for tile in _tiles(alpha):
            given = Area(0, 0, *UPCONV7.size).moved(tile.top, tile.left)
            self._put(self._graph, _part(self._framed, given), tile.times(UPCONV7.scale))

    def _enlarge_at_once(self, frame: Any, alpha: Array) -> None:
        window = _window(alpha) if self._window else None
        if self._window is None or window is None:
            self._put(self._graph, frame[0, :, :], Area(0, 0, ENLARGED, ENLARGED))
        else:
            given = Area(0, 0, *ANIMEVIDEO_WINDOW.size).moved(window.top - WINDOW_MARGIN, window.left - WINDOW_MARGIN)
            self.memory.clear(self._enlarged)
            target = window.inside(FACE_AND_SHOULDERS).times(ANIMEVIDEO_WINDOW.scale)
            self._put(self._window, _part(frame, given), target)

    def _put(self, graph: "_SizedGraph", part: Any, target: Area) -> None:
        """Run `graph` on a part of the frame; `target` is where the result goes."""
        start = time.perf_counter()
        large = graph.run(part)
        self.backend_seconds += time.perf_counter() - start
        self.statistics["sr_runs"] += 1
        self.memory.copy(_part(self._enlarged, target), large)

    def _allocate(self, side: int) -> Any:
        return self.memory.allocate(TensorSpec((1, side, side, 4), np.dtype(np.uint8)))


class _SizedGraph:
    """A super resolution graph with its memory."""

    def __init__(self, backend: Backend, path: Path) -> None:
        self._graph = backend.load(path)
        (self.given,) = self._graph.inputs
        self._memory = backend.memory
        self._buffers: dict[str, Any] = {
            name: self._memory.allocate(spec) for name, spec in {**self._graph.inputs, **self._graph.outputs}.items()
        }

    def run(self, part: Any) -> Any:
        """What the graph makes of `part`, both where the backend's pictures are: the next run overwrites it."""
        self._memory.copy(self._buffers[self.given][0, :, :], part)
        self._graph.run(self._buffers)
        return self._buffers["enlarged"][0, :, :]


def _part(picture: Any, area: Area) -> Any:
    rows, columns = area.slices
    return picture[0, rows, columns]


def _tiles(alpha: Array) -> Iterator[Area]:
    """Tiles that show everything that is visible in a frame with this alpha: in bands, from the first column that has
    something to the last. They may overlap where the last of them would stick out."""
    height, width = TILE
    for top in range(0, FRAME, height):
        columns = _columns(alpha[max(top - ALPHA_REACH, 0) : top + height + ALPHA_REACH])
        if columns is None:
            continue
        for left in range(max(columns[0], 0) // GRID * GRID, min(columns[1], FRAME), width):
            begin = min(left, FRAME - width)
            yield Area(top, begin, top + height, begin + width)


def _window(alpha: Array) -> Area | None:
    """The window that shows everything of the face and the shoulders that is visible; None where none does."""
    _, left, bottom, right = FACE_AND_SHOULDERS
    if alpha[: WINDOW_TOP + ALPHA_REACH, left - ALPHA_REACH : right + ALPHA_REACH].any():
        return None
    # the figure goes on below
    columns = _columns(alpha[: bottom + ALPHA_REACH, left - ALPHA_REACH : right + ALPHA_REACH])
    first, last = (columns[0] + left - ALPHA_REACH, columns[1] + left - ALPHA_REACH) if columns else (left, left)
    begin = min(max(first, left) // GRID * GRID, right - WINDOW[1])
    return Area(WINDOW_TOP, begin, bottom, begin + WINDOW[1]) if min(last, right) <= begin + WINDOW[1] else None


def _columns(alpha: Array) -> tuple[int, int] | None:
    """From which column and up to which the enlarged alpha can be more than 0; both may lie outside."""
    columns = np.flatnonzero(alpha.any(axis=0))
    return (int(columns[0]) - ALPHA_REACH, int(columns[-1]) + ALPHA_REACH + 1) if columns.size else None


def _mirror(framed: Any, memory: Memory) -> None:
    """Fill the margin of `framed` with its inside's mirror image, as waifu2x does."""
    every, first, last = slice(None), slice(MARGIN), slice(-MARGIN, None)
    after_first, before_last = slice(2 * MARGIN, MARGIN, -1), slice(-MARGIN - 2, -2 * MARGIN - 2, -1)
    for margin, inside in ((first, after_first), (last, before_last)):
        memory.copy(framed[0, margin, every], framed[0, inside, every])
    for margin, inside in ((first, after_first), (last, before_last)):
        memory.copy(framed[0, every, margin], framed[0, every, inside])
