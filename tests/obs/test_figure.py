"""The whole figure moves with the head in a real OBS, on a canvas on which nothing of it is cut off."""

import socket
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
    """iFacialMocap in front of somebody who moves."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._count = 0

    def seen(
        self, right: float = 0.0, up: float = 0.0, towards: float = 0.0, *, roll: float = 0.0, seconds: float = 1.5
    ) -> Pixels:
        """What the avatar looks like once the head has been there for a while: cm from its rest, and degrees."""
        metres = -right / 100, up / 100, towards / 100 - 0.55  # x to the person's left, the camera at 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._count += 1
            shapes = {"jawOpen": self._count % 2}  # living faces tremble
            packet = encoders.text(shapes, (0, 0, roll, *metres))
            self._socket.sendto(packet, ("127.0.0.1", self._stage.port))
            time.sleep(0.02)
        return np.asarray(until(self._stage.pixels, 5, "nothing is to be seen"))

    def close(self) -> None:
        self._socket.close()


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


def test_the_figure_goes_where_the_head_goes_and_nothing_is_cut_off(stage: Stage, figure: Any) -> None:
    phone = Phone(stage)
    rest = phone.seen(seconds=SETTLE_SECONDS + 1)
    assert rest.shape == (HEIGHT, WIDTH, 4)
    for moved in ((10.0, 0.0, 0.0), (-10.0, 3.0, 0.0), (0.0, -3.0, 0.0), (4.0, 0.0, 9.0), (30.0, 30.0, 0.0)):
        pixels = phone.seen(*moved)
        wanted = placement(reach(moved, 0.0, FigureOptions()))
        x, y = (SIDE * at + wanted.scale * here for at, here in zip((wanted.x, wanted.y), centre(rest), strict=True))
        assert centre(pixels) == pytest.approx((x, y), abs=0.7)
        assert pixels[..., 3].sum() == pytest.approx(wanted.scale**2 * figure[..., 3].astype(float).sum(), rel=0.01)
        assert not np.concatenate([pixels[0, :, 3], pixels[:, 0, 3], pixels[:, -1, 3]]).any()
    phone.close()


MOVES = {"figure_move": {"right": 8.0, "up": 4.0}, "figure_tilt": {"roll": 12.0}, "figure_zoom": {"towards": 8.0}}


@pytest.mark.parametrize("name", MOVES)
def test_each_row_is_about_its_part(stage: Stage, name: str) -> None:
    # nothing but the figure follows the head
    stage.obs.websocket.set_input_settings(AVATAR, {"head_gain": 0, **dict.fromkeys(MOVES, 100)}, True)
    phone = Phone(stage)
    rest = phone.seen(seconds=SETTLE_SECONDS + 1)
    whole = {way: size for each in MOVES.values() for way, size in each.items()}
    pixels = phone.seen(**MOVES[name])
    assert np.abs(pixels.astype(int) - rest).max() > 100
    stage.obs.websocket.set_input_settings(AVATAR, {name: 0}, True)
    assert np.array_equal(phone.seen(**MOVES[name]), rest)
    assert np.abs(phone.seen(**whole).astype(int) - rest).max() > 100
    phone.close()
    stage.obs.websocket.set_input_settings(AVATAR, {"head_gain": 100, name: 100}, True)
    time.sleep(2.5)


def test_it_goes_back_when_nobody_is_seen_and_switching_it_off_gives_the_picture_s_size(
    stage: Stage, figure: Any
) -> None:
    phone = Phone(stage)
    phone.seen(seconds=SETTLE_SECONDS + 1)
    phone.seen(right=10.0)
    phone.close()
    time.sleep(2.5)
    back = np.asarray(until(stage.pixels, 5, "nothing is to be seen"))
    left = (WIDTH - SIDE) // 2
    assert np.array_equal(back[HEIGHT - SIDE :, left : left + SIDE], figure)
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
