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


BEGUN_SECONDS, STILL_SECONDS = 0.3, 0.4
"""After the first the figure has begun to move; when nothing has changed for the second it is there."""


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
        time.sleep(SETTLE_SECONDS + 0.5)
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

    def seen(self, *moved: float) -> Pixels:
        """What the avatar looks like once the head has been so far from its rest for a while."""
        self.at(*moved)
        former, since = None, time.monotonic() + BEGUN_SECONDS
        end = since + 10
        while time.monotonic() < end:
            pixels = self._stage.pixels()
            if pixels is None or former is None or not np.array_equal(pixels, former):
                former, since = pixels, max(since, time.monotonic())
            elif time.monotonic() - since > STILL_SECONDS:
                return pixels
        raise AssertionError("it never comes to rest")

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


def test_the_figure_goes_where_the_head_goes_and_nothing_is_cut_off(phone: Phone, figure: Any) -> None:
    rest = phone.seen()
    assert rest.shape == (HEIGHT, WIDTH, 4)
    for moved in ((10.0, 0.0, 0.0), (-10.0, 3.0, 0.0), (0.0, -3.0, 0.0), (4.0, 0.0, 9.0), (30.0, 30.0, 0.0)):
        pixels = phone.seen(*moved)
        wanted = placement(reach(moved, 0.0, FigureOptions()))
        x, y = (SIDE * at + wanted.scale * here for at, here in zip((wanted.x, wanted.y), centre(rest), strict=True))
        assert centre(pixels) == pytest.approx((x, y), abs=0.7)
        assert pixels[..., 3].sum() == pytest.approx(wanted.scale**2 * figure[..., 3].astype(float).sum(), rel=0.01)
        assert not np.concatenate([pixels[0, :, 3], pixels[:, 0, 3], pixels[:, -1, 3]]).any()


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
    until(lambda: is_at_rest(stage, figure), 5, "it doesn't rest")
    follow(**dict.fromkeys(MOVES, 100))
    until(lambda: is_elsewhere(stage, figure), 5, "it doesn't follow")
    follow(**{name: 0})
    until(lambda: is_at_rest(stage, figure), 5, "it follows though it shall not")
    phone.at(**{way: size for each in MOVES.values() for way, size in each.items()})
    until(lambda: is_elsewhere(stage, figure), 5, "it doesn't follow the other parts")
    follow(head_gain=100, **{name: 100})


def test_it_goes_back_when_nobody_is_seen_and_switching_it_off_gives_the_picture_s_size(
    stage: Stage, phone: Phone, figure: Any
) -> None:
    phone.at(10.0)
    until(lambda: is_elsewhere(stage, figure), 5, "it doesn't follow")
    phone.leave()
    until(lambda: is_at_rest(stage, figure), 5, "it stayed where the head had been")
    stage.obs.websocket.set_input_settings(AVATAR, {"figure": False}, True)
    small = until(lambda: resized(stage), 5, "it stayed large")
    assert np.array_equal(small, figure)
    assert stage.loads == 1
    assert len(stage.engines()) == 1  # the same one
    stage.obs.websocket.set_input_settings(AVATAR, {"figure": True}, True)


def resized(stage: Stage) -> Any:
    """What the avatar looks like if it has the picture's size."""
    pixels = stage.pixels()
    return pixels if pixels is not None and pixels.shape[:2] == (SIDE, SIDE) else None
