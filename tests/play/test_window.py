"""The window on a display of its own: looked at, and used by its keys."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from PIL import Image

from ezvtb.errors import SetupError
from ezvtb.play.keys import KEYS, WindowKeys
from ezvtb.play.stage import Pixels, Shown
from ezvtb.play.window import SIDE, Window
from ezvtb.setup.headless_obs import Xvfb


class Shot:
    """The window and the display it is on."""

    def __init__(self, server: Xvfb, path: Path) -> None:
        self.server, self.path = server, path
        self.keys = WindowKeys()
        self.window = Window((0, 0, 255), self.keys)

    def until(self, condition: "Callable[[], Any]", text: str = "") -> None:
        end = time.perf_counter() + 60
        while not condition():
            assert time.perf_counter() < end, "it never happened"
            self.window.refresh(text)
            time.sleep(0.01)

    def pixels(self, text: str = "") -> Any:
        """What the display shows, (700, 900, 3) RGB, after the window was drawn."""
        for _ in range(5):
            self.window.refresh(text)
            time.sleep(0.02)
        self.server.screenshot(self.path)
        with Image.open(self.path) as image:
            return np.asarray(image.convert("RGB")).astype(int)

    def press(self, key: str) -> None:
        subprocess.run(["xdotool", "mousemove", "50", "50", "key", key], check=True)


@pytest.fixture
def shot(server: Xvfb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Shot]":
    monkeypatch.setenv("DISPLAY", server.display)
    made = Shot(server, tmp_path / "shot.png")
    yield made
    if not made.window.closed:
        made.press("Escape")
        made.until(lambda: made.window.closed)


def test_a_frame_is_shown_over_the_colour(shot: Shot, figure: Pixels) -> None:
    def colours() -> Any:
        """In the middle, right of it and in a corner."""
        return shot.pixels()[[256, 256, 4], [256, 370, 4]].tolist()

    orange, blue = [240, 120, 40], [0, 0, 255]
    shot.window.show(Shown(1.0, figure))
    shot.until(lambda: colours() == [orange, orange, blue])
    shot.window.show(Shown(2.0, np.ascontiguousarray(np.roll(figure, -128, axis=1))))
    shot.until(lambda: colours()[1:] == [blue, blue])


def test_text_is_shown_below_and_goes_again(shot: Shot, figure: Pixels) -> None:
    shot.window.show(Shown(1.0, figure))
    shot.until(lambda: shot.pixels()[256, 256].tolist() == [240, 120, 40])
    plain = shot.pixels()

    def is_told() -> bool:
        told = shot.pixels("The engine starts.")
        np.testing.assert_array_equal(told[: SIDE // 2], plain[: SIDE // 2])
        return bool((told != plain)[SIDE - 60 : SIDE, :SIDE].mean() > 0.5)

    shot.until(is_told, "The engine starts.")
    shot.until(lambda: np.array_equal(shot.pixels(), plain))


def test_the_figure_grows_with_the_window(shot: Shot, figure: Pixels) -> None:
    shot.window.show(Shown(1.0, figure))

    def reds() -> int:
        return int((shot.pixels()[..., 0] > 200).sum())

    shot.until(lambda: reds() > 10_000)
    small = reds()
    subprocess.run(["xdotool", "search", "--name", "EZVTB Avatar", "windowsize", "640", "640"], check=True)
    shot.until(lambda: reds() > 1.4 * small)


def test_while_it_is_hidden_nobody_needs_frames(shot: Shot) -> None:
    shot.pixels()
    assert shot.window.showing
    subprocess.run(["xdotool", "search", "--name", "EZVTB Avatar", "windowunmap"], check=True)
    shot.until(lambda: not shot.window.showing)
    subprocess.run(["xdotool", "search", "--name", "EZVTB Avatar", "windowmap"], check=True)
    shot.until(lambda: shot.window.showing)


def test_its_keys_do_what_the_text_says(shot: Shot, figure: Pixels) -> None:
    shot.window.show(Shown(1.0, figure))
    shot.pixels()
    shot.press("s")
    shot.until(lambda: shot.window.status_wanted)
    for key, hotkey in KEYS.items():
        shot.press(key)
        shot.until(lambda hotkey=hotkey: shot.keys.pressed(0.0) == [hotkey])  # type: ignore[misc]
    shot.until(lambda: not shot.keys.held)
    assert shot.window.showing
    shot.press("Escape")
    shot.until(lambda: shot.window.closed)
    assert not shot.window.showing


def test_no_display_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tkinter")
    monkeypatch.setenv("DISPLAY", ":987654")
    with pytest.raises(SetupError, match=r"No window can be shown.*--out"):
        Window(None, WindowKeys())


def test_a_python_without_tkinter_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(SetupError, match=r"no tkinter.*--out"):
        Window(None, WindowKeys())
