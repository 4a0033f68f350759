"""The rows of the properties panel whose effect needs words of its own."""

import json
import socket
import time
import wave
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from ezvtb.setup.headless_obs import free_port
from ezvtb.tracking.protocols import vtubestudio
from ezvtb_obs import presets
from ezvtb_obs.presets import PRESETS

from .person import ROTATION, Pose, Set
from .stage import SCENE, until


def picture(avatar: Set) -> None:
    before, other = avatar.settings()["picture"], avatar.folder / "red.png"
    image = Image.new("RGBA", (512, 512))
    image.paste((255, 0, 0, 255), (100, 100, 400, 500))
    image.save(other)
    avatar.choose(picture=str(other))
    until(lambda: tuple(avatar.stage.pixels()[256, 256]) == (255, 0, 0, 255), "it isn't red")
    avatar.choose(picture=before)


def refresh(avatar: Set) -> None:
    avatar.press("refresh")
    avatar.told("Alive: ")


def tracker(avatar: Set) -> None:
    avatar.choose(tracker="VMC")
    avatar.pose(lambda now: now["head_y"] == 0)
    avatar.choose(tracker="VTube Studio")
    avatar.pose(lambda now: now["head_y"] > 0.3)


def address(avatar: Set) -> None:
    avatar.choose(address="127.0.0.2")
    avatar.told(f"127.0.0.2:{avatar.stage.port}")
    avatar.person.to = ("127.0.0.2", avatar.stage.port)
    avatar.pose(lambda now: now["head_y"] > 0.3)


def port(avatar: Set) -> None:
    other = free_port()
    avatar.choose(port=other)
    avatar.told(f"127.0.0.1:{other}")
    avatar.person.to = ("127.0.0.1", other)
    avatar.pose(lambda now: now["head_y"] > 0.3)


def phone(avatar: Set) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as asked:
        asked.bind(("127.0.0.7", vtubestudio.PORT))
        asked.settimeout(60)
        avatar.person.is_there = False
        avatar.choose(phone="127.0.0.7", tracker="VTube Studio")
        request = json.loads(asked.recv(4096))
    assert request["messageType"] == "iOSTrackingDataRequest"
    assert avatar.stage.port in request["ports"]


def straight_ahead(avatar: Set) -> None:
    avatar.press("straight_ahead")
    avatar.pose(lambda now: abs(now["head_y"]) < 0.02)
    until(lambda: "VTube Studio" in avatar.settings().get("calibration", ""), "it isn't saved")


def forget_straight_ahead(avatar: Set) -> None:
    avatar.press("straight_ahead")
    avatar.pose(lambda now: abs(now["head_y"]) < 0.02)
    avatar.press("forget_straight_ahead")
    avatar.pose(lambda now: now["head_y"] > 0.3)


def responsiveness(avatar: Set) -> None:
    """How many poses lie between the two ends of a leap: on a busy computer, of several."""

    def between() -> int:
        avatar.person.rotation = ROTATION
        avatar.pose(lambda now: now["head_y"] > 0.39)
        avatar.person.rotation = (4.0, *ROTATION[1:])
        poses = avatar.poses(1.5)
        until(lambda: poses[-1]["head_y"] <= -0.25 or poses.extend(avatar.poses(0.5)), "it doesn't get there")
        return sum(abs(each["head_y"]) < 0.25 for each in poses)

    until(lambda: between() <= 2, "it doesn't leap")
    avatar.choose(responsiveness=0)
    until(lambda: between() >= 4, "it doesn't take its time")


def microphone(avatar: Set) -> None:
    speak(avatar)
    avatar.choose(microphone="Voice", microphone_too=True)
    avatar.told("Microphone: Voice, -20 dB")
    avatar.pose(mouth_is_open)


def microphone_sensitivity(avatar: Set) -> None:
    speak(avatar)
    avatar.choose(microphone="Voice", microphone_too=True)
    avatar.pose(lambda now: opening(now) > 0.9)
    avatar.choose(microphone_sensitivity=0)
    time.sleep(0.5)
    assert 0.2 < max(map(opening, avatar.poses(2))) < 0.7


def microphone_too(avatar: Set) -> None:
    speak(avatar)
    avatar.choose(microphone="Voice")
    avatar.told("Microphone: Voice, -20 dB")
    time.sleep(0.5)  # while a mouth from before closes
    assert not any(map(mouth_is_open, avatar.poses(1)))
    avatar.choose(microphone_too=True)
    avatar.pose(mouth_is_open)


def speak(avatar: Set) -> None:
    """A source "Voice" with a tone of -20 dB, again and again, and pauses: what has none is the noise of the room."""
    websocket, path = avatar.stage.obs.websocket, avatar.folder / "voice.wav"
    if path.exists():
        return
    sine = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes((np.append(sine, sine * 0) * 32767).astype("<i2").tobytes())
    media = {"local_file": str(path), "is_local_file": True, "looping": True, "close_when_inactive": False}
    websocket.create_input(SCENE, "Voice", "ffmpeg_source", media, True)


def mouth_is_open(now: Pose) -> bool:
    return opening(now) > 0.2


def opening(now: Pose) -> float:
    """Of the mouth, all vowels together."""
    return sum(value for name, value in now.items() if name in _VOWELS)


_VOWELS = {f"mouth_{vowel}" for vowel in ("aaa", "iii", "uuu", "eee", "ooo")}


def expression(slot: int) -> "Callable[[Set], None]":
    """What is written there is put on by its hotkey, and taken off by it."""

    def put_on(avatar: Set) -> None:
        avatar.choose(**{f"expression_{slot}": f"iris_small_left=0.{slot}"})
        time.sleep(0.5)
        avatar.hotkey(f"expression_{slot}")
        avatar.pose(lambda now: now["iris_small_left"] == pytest.approx(slot / 10, abs=0.01))
        time.sleep(0.6)  # obs-websocket releases nothing: OBS presses again only after a while
        avatar.hotkey(f"expression_{slot}")
        avatar.pose(lambda now: now["iris_small_left"] == 0)

    return put_on


def fps_limit(avatar: Set) -> None:
    avatar.choose(fps_limit=10)
    avatar.told("at most 10 frames a second")
    avatar.journal.entries()
    moments: list[float] = []

    def enough() -> bool:
        moments.extend(each.moment for each in avatar.journal.entries() if each.what == "push")
        return len(moments) > 15

    until(enough, "no frames come")
    assert len(moments) - 3 <= 10 * (moments[-1] - moments[0])


def empty_cache(avatar: Set) -> None:
    avatar.choose(cache="ram")
    avatar.told(" % of the poses were known.")
    avatar.press("empty_cache")
    avatar.told("Cache emptied: ")


def fit_y(avatar: Set) -> None:
    avatar.person.is_there = False
    avatar.pose(lambda now: now["head_y"] == 0)

    def resting() -> int:
        """`highest`, once it stays; 0 while it doesn't."""
        seen = highest(avatar)
        time.sleep(0.5)
        return seen if seen == highest(avatar) else 0

    before = until(resting, "it never rests")
    avatar.choose(fit_y=-30)
    until(lambda: highest(avatar) == pytest.approx(before - 30, abs=2), "it didn't go up")


def highest(avatar: Set) -> int:
    """The first row where something is."""
    return int((avatar.stage.pixels()[..., 3] > 128).any(axis=1).argmax())


def remove_background(avatar: Set) -> None:
    before, plain = avatar.settings()["picture"], avatar.folder / "plain.png"
    image = Image.new("RGB", (512, 512), (255, 255, 255))
    image.paste((200, 0, 0), (156, 90, 356, 512))
    image.save(plain)
    avatar.choose(picture=str(plain))
    until(lambda: tuple(avatar.stage.pixels()[300, 256, :3]) == (200, 0, 0), "the picture isn't taken")
    assert avatar.stage.pixels()[..., 3].mean() < 200
    avatar.choose(remove_background=False)
    until(lambda: avatar.stage.pixels()[..., 3].mean() > 200, "the background doesn't stay")
    avatar.choose(picture=before)


def preset(name: str) -> "Callable[[Set], None]":
    """Its button sets what the table of presets says."""

    def choose(avatar: Set) -> None:
        avatar.press(name)
        until(lambda: avatar.settings().items() >= presets.values(name).items(), "it set something else")
        limit = min(PRESETS[name]["fps_limit"], avatar.stage.obs.home.fps)
        avatar.told(f"at most {limit} frames a second")

    return choose


SPECIAL: "dict[str, Callable[[Set], None]]" = {
    **{
        each.__name__: each
        for each in (
            picture,
            refresh,
            tracker,
            address,
            port,
            phone,
            straight_ahead,
            forget_straight_ahead,
            responsiveness,
            microphone,
            microphone_sensitivity,
            microphone_too,
            fps_limit,
            empty_cache,
            fit_y,
            remove_background,
        )
    },
    **{f"expression_{slot}": expression(slot) for slot in range(1, 5)},
    **{name: preset(name) for name in PRESETS},
}
"""Setting -> what shows that its row does what it says."""
