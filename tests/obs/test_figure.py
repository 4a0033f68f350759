"""The whole figure moves with the head in a real OBS, on a canvas on which nothing of it is cut off."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.placement import canvas
from ezvtb.setup.headless_obs import Xvfb
from ezvtb.tracking.figure import SETTLE_SECONDS, FigureOptions, placement, reach
from tracking.protocols import encoders

from .stage import AVATAR, Pixels, Stage, until, visible_stage

SIDE = 512
WIDTH, HEIGHT = canvas(SIDE)


class Phone:
    """iFacialMocap in front of somebody who moves. A context manager; meanwhile it sends 50 times a second."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._turn: tuple[float, ...] = ()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> "Phone":
        self._thread.start()
        self.at()
        time.sleep(SETTLE_SECONDS + 1.5)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def at(self, right: float = 0.0, up: float = 0.0, towards: float = 0.0, *, roll: float = 0.0) -> None:
        """The head is there: cm from its rest, and degrees."""
        # x to the person's left, the camera at 0
        self._turn = 0, 0, roll, -right / 100, up / 100, towards / 100 - 0.55

    def leave(self) -> None:
        """Nothing is sent, until somebody is to be seen again."""
        self._turn = ()

    def _send(self) -> None:
        count = 0
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            while not self._over.wait(0.02):
                count += 1
                shapes = {"jawOpen": count % 2}  # living faces tremble
                if self._turn:
                    sender.sendto(encoders.text(shapes, self._turn), ("127.0.0.1", self._stage.port))


def centre(pixels: Pixels) -> "tuple[float, float]":
    """The figure's centre of mass: right of and above the middle of the lower edge."""
    alpha = pixels[..., 3].astype(float)
    rows, columns = np.mgrid[0 : alpha.shape[0], 0 : alpha.shape[1]] + 0.5
    total = alpha.sum()
    return float((columns * alpha).sum() / total - WIDTH / 2), float(HEIGHT - (rows * alpha).sum() / total)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("figure") / "home"
    with visible_stage(folder, server, picture, idle=False, figure=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def phone(stage: Stage) -> Iterator[Phone]:
    """Of somebody whose head's rest is known."""
    with Phone(stage) as opened:
        yield opened


def test_the_figure_goes_where_the_head_goes_and_nothing_is_cut_off(stage: Stage, phone: Phone, figure: Any) -> None:
    phone.at()
    until(lambda: is_at_rest(stage, figure), "it doesn't rest")
    rest = centre(standing(figure))
    for moved in ((10.0, 0.0, 0.0), (-10.0, 3.0, 0.0), (0.0, -3.0, 0.0), (4.0, 0.0, 9.0), (30.0, 30.0, 0.0)):
        wanted = placement(reach(moved, 0.0, FigureOptions()))
        place = tuple(SIDE * at + wanted.scale * here for at, here in zip((wanted.x, wanted.y), rest, strict=True))
        size = pytest.approx(wanted.scale**2 * figure[..., 3].astype(float).sum(), rel=0.01)

        def is_there(place: Any = place, size: Any = size) -> bool:
            pixels = stage.pixels()
            assert pixels is not None
            assert not np.concatenate([pixels[0, :, 3], pixels[:, 0, 3], pixels[:, -1, 3]]).any()
            return bool(centre(pixels) == pytest.approx(place, abs=0.7) and pixels[..., 3].sum() == size)

        phone.at(*moved)
        until(is_there, f"it doesn't go where the head goes, to {moved}")
        time.sleep(0.3)
        assert is_there(), f"nor stays there, at {moved}"


def standing(figure: Any) -> Any:
    """The figure where it rests: on the lower edge, in the middle."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    left = (WIDTH - SIDE) // 2
    pixels[HEIGHT - SIDE :, left : left + SIDE] = figure
    return pixels


def is_at_rest(stage: Stage, figure: Any) -> bool:
    """Whether it stands there to the pixel."""
    pixels = stage.pixels()
    return pixels is not None and np.array_equal(pixels, standing(figure))


def is_elsewhere(stage: Stage, figure: Any) -> bool:
    """Whether it is plainly not there."""
    pixels = stage.pixels()
    return pixels is not None and bool(np.abs(pixels.astype(int) - standing(figure)).max() > 100)


MOVES = {"figure_move": {"right": 8.0, "up": 4.0}, "figure_tilt": {"roll": 12.0}, "figure_zoom": {"towards": 8.0}}


@pytest.mark.parametrize("name", MOVES)
def test_each_row_is_about_its_part(stage: Stage, phone: Phone, figure: Any, name: str) -> None:
    def follow(**percent: int) -> None:
        stage.obs.websocket.set_input_settings(AVATAR, percent, True)

    follow(head_gain=0, **dict.fromkeys(MOVES, 0))  # nothing but the figure follows the head
    phone.at(**MOVES[name])
    until(lambda: is_at_rest(stage, figure), "it doesn't rest")
    follow(**dict.fromkeys(MOVES, 100))
    until(lambda: is_elsewhere(stage, figure), "it doesn't follow")
    follow(**{name: 0})
    until(lambda: is_at_rest(stage, figure), "it follows though it shall not")
    phone.at(**{way: size for each in MOVES.values() for way, size in each.items()})
    until(lambda: is_elsewhere(stage, figure), "it doesn't follow the other parts")
    follow(head_gain=100, **{name: 100})


def test_it_goes_back_when_nobody_is_seen_and_switching_it_off_gives_the_picture_s_size(
    stage: Stage, phone: Phone, figure: Any
) -> None:
    phone.at(10.0)
    until(lambda: is_elsewhere(stage, figure), "it doesn't follow")
    phone.leave()
    until(lambda: is_at_rest(stage, figure), "it stayed where the head had been")
    stage.obs.websocket.set_input_settings(AVATAR, {"figure": False}, True)
    small = until(lambda: resized(stage), "it stayed large")
    assert np.array_equal(small, figure)
    assert stage.loads == 1
    assert len(stage.engines()) == 1  # the same one
    stage.obs.websocket.set_input_settings(AVATAR, {"figure": True}, True)


def resized(stage: Stage) -> Any:
    """What the avatar looks like if it has the picture's size."""
    pixels = stage.pixels()
    return pixels if pixels is not None and pixels.shape[:2] == (SIDE, SIDE) else None
