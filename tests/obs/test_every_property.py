"""Each row of the properties panel does what it says, in a real OBS: what is sent to the engine, shown, or told."""

import json
import socket
import threading
import time
import wave
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from ezvtb.setup.headless_obs import Xvfb, free_port
from ezvtb.tracking import pose
from ezvtb.tracking.protocols import vtubestudio
from ezvtb_obs.presets import PRESETS
from ezvtb_obs.properties import GROUPS, STATUS, TOP
from ezvtb_obs.settings import DEFAULTS
from tracking.protocols import encoders

from .journal import JOURNAL, Journal
from .stage import AVATAR, CONTROL, SCENE, SCRIPT, Stage, until, visible_stage

Pose = dict[str, float]

SHAPES = {
    "eyeBlinkLeft": 0.45,  # so much more than the right one's is a wink
    "eyeBlinkRight": 0.0,
    "browOuterUpLeft": 0.4,
    "browDownRight": 0.2,
    "mouthSmileLeft": 0.3,
    "mouthSmileRight": 0.3,
    "eyeLookUpLeft": 0.3,
    "eyeLookUpRight": 0.3,
    "jawOpen": 0.0,
}
ROTATION = (-4.0, -6.0, 3.0)
"""VTube Studio's. 4 degrees to the person's right, 6 up, 3 tilted."""


class Person:
    """Somebody whom VTube Studio sees, 30 times a second, always with the same face."""

    def __init__(self, host: str, port: int) -> None:
        self.there(host, port)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def there(self, host: str, port: int) -> None:
        """Is seen there, and turned as usual."""
        self.to = (host, port)
        self.rotation = ROTATION
        self.is_there = True

    def _send(self) -> None:
        shapes = {encoders.pascal(name): value for name, value in SHAPES.items()}
        count = 0
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            while not self._over.wait(1 / 30):
                count += 1
                # never quite the same: that would be a frozen tracker
                yaw, pitch, roll = self.rotation
                if self.is_there:
                    sender.sendto(encoders.vtubestudio(shapes, (yaw, pitch, roll + count % 2 / 1000)), self.to)

    def close(self) -> None:
        self._over.set()
        self._thread.join()


class Set(NamedTuple):
    """The avatar, and what the rows ask of it."""

    stage: Stage
    journal: Journal
    person: Person
    folder: Path

    def choose(self, **values: Any) -> None:
        self.stage.obs.websocket.set_input_settings(AVATAR, values, True)

    def settings(self) -> "dict[str, Any]":
        found: dict[str, Any] = self.stage.obs.websocket.get_input_settings(AVATAR).input_settings
        return found

    def press(self, button: str) -> None:
        self.stage.obs.websocket.press_input_properties_button(AVATAR, button)

    def hotkey(self, name: str) -> None:
        self.stage.obs.websocket.trigger_hot_key_by_name(f"ezvtb_avatar.{name}")

    def pose(self, fits: "Callable[[Pose], bool]" = lambda _: True, seconds: float = 6) -> Pose:
        """The next pose for the engine that fits."""

        def named(values: "list[float]") -> Pose:
            return dict(zip(pose.NAMES, values))

        return named(self.journal.wait("pose", lambda values: fits(named(values)), seconds))

    def poses(self, seconds: float) -> "list[Pose]":
        """All poses for the engine of that time from now on."""
        self.journal.entries()
        time.sleep(seconds)
        return [dict(zip(pose.NAMES, each.content)) for each in self.journal.entries() if each.what == "pose"]

    def told(self, words: str, seconds: float = 6) -> None:
        """Waits for these words in the status."""
        until(lambda: words in self.stage.status(), seconds, f"the status doesn't say {words!r}")


BASE = {"idle": False, "responsiveness": 100, "fps_limit": 30}


@pytest.fixture(scope="module")
def avatar(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Path) -> Iterator[Set]:
    folder = tmp_path_factory.mktemp("properties")
    with visible_stage(folder / "home", server, picture, scripts=(JOURNAL, SCRIPT, CONTROL), **BASE) as stage:
        person = Person("127.0.0.1", stage.port)
        try:
            yield Set(stage, Journal(stage), person, folder)
        finally:
            person.close()


@pytest.fixture
def rest(avatar: Set) -> Iterator[Pose]:
    """The pose while all is as it was."""

    def rests(now: Pose) -> bool:
        return now["head_y"] == pytest.approx(0.4, abs=0.002) and now["eyebrow_raised_left"] > 0.3

    yield avatar.pose(rests)
    before = {**DEFAULTS, **BASE, "picture": avatar.settings()["picture"], "port": avatar.stage.port}
    avatar.choose(**{**before, "interpolation": 1, "cache": "off"})
    avatar.press("forget_straight_ahead")
    avatar.person.there("127.0.0.1", avatar.stage.port)


class Follows(NamedTuple):
    """A setting that changes what is made of a face."""

    value: Any
    parameter: str
    """Of the pose."""
    expected: "Callable[[Pose], float]"
    """Its value, from the pose before."""
    within: float = 0.03


def _half(parameter: str, value: Any = 50) -> Follows:
    return Follows(value, parameter, lambda before: before[parameter] / 2)


_OF_PART = {
    "eyes": "eye_wink_left",
    "eyebrows": "eyebrow_raised_left",
    "mouth": "mouth_raised_corner_left",
    "gaze": "iris_rotation_x",
    "head": "head_y",
}
FOLLOWED = {
    **{f"{part}_gain": _half(parameter) for part, parameter in _OF_PART.items()},
    **{f"{part}_dead_zone": Follows(50, parameter, lambda _: 0.0) for part, parameter in _OF_PART.items()},
    "mirror": Follows(True, "head_y", lambda before: -before["head_y"]),
    "head_pitch": _half("head_x", 30),
    "head_yaw": _half("head_y", 20),
    "head_roll": _half("neck_z", 30),
    "body": _half("body_y"),
    "eyebrows": Follows("troubled", "eyebrow_troubled_right", lambda before: before["eyebrow_angry_right"]),
    "link_eyes": Follows(True, "eye_wink_right", lambda before: before["eye_wink_left"]),
    "iris_small": Follows(40, "iris_small_left", lambda _: 0.4),
    # "gaming" gives both eyes what lies between them, in tenths
    "simplify": Follows(8, "eye_wink_right", lambda before: before["eye_wink_left"] / 2, within=0.06),
}


def cases(names: "Collection[str]") -> "list[Any]":
    """Each name; those whose like is in the table, too, are left to the long tests."""
    return [pytest.param(name, marks=pytest.mark.long if name in ALIKE else ()) for name in names]


ALIKE = {
    *(f"{part}_{what}" for part in ("eyebrows", "mouth", "gaze") for what in ("gain", "dead_zone")),
    *("head_pitch", "head_roll", "head_dead_zone", "expression_2", "expression_3", "expression_4"),
    *("microphone_sensitivity", "preset_light", "preset_balanced"),
}


@pytest.mark.parametrize("name", cases(FOLLOWED))
def test_a_face_is_followed_otherwise(avatar: Set, rest: Pose, name: str) -> None:
    value, parameter, expected, within = FOLLOWED[name]
    wanted = expected(rest)
    assert abs(rest[parameter] - wanted) > 0.06, "before, it is as it shall become"
    avatar.choose(**{name: value})
    avatar.pose(lambda now: now[parameter] == pytest.approx(wanted, abs=within))


ENGINE: "dict[str, tuple[Any, dict[str, Any]]]" = {
    "device": (1, {"device_id": 1}),
    "interpolation": (3, {"use_interpolation": True, "interpolation_scale": 3}),
    "interpolation_half": (False, {"interpolation_half": False}),
    "cache": ("database", {"use_cacher": True, "cacher_on_database": True}),
    "cache_gb": (0.75, {"cacher_ram_size": 0.75}),
    "cache_quality": (40, {"cacher_quality": 40}),
    "cache_path": ("frames.db", {"cacher_db_path": "frames.db"}),
    "sr": ("x2", {"use_sr": True, "sr_x4": False}),
    "sr_half": (False, {"sr_half": False}),
    "sr_noise": (3, {"sr_noise": 3}),
    "tensorrt": (False, {"use_tensorrt": False}),
    "model": ("standard", {"model_seperable": False}),
    "half": (False, {"model_half": False}),
    "stages": ("ram", {"model_cache": True, "model_vram_cache": False}),
    "stages_gb": (0.5, {"model_cache_size": 0.5}),
}
"""Settings, and the options of `get_core` that they become."""


def test_the_next_engine_has_all_its_options_and_obeys(avatar: Set, rest: Pose) -> None:
    database = avatar.folder / "frames.db"
    wanted = {name: value for name, (value, _) in ENGINE.items()} | {"cache_path": str(database)}
    options = {option: value for _, given in ENGINE.values() for option, value in given.items()}
    avatar.choose(**wanted)
    started = avatar.journal.wait("engine")
    assert {option: started.get(option) for option in options} == options | {"cacher_db_path": str(database)}
    assert set(started) == set(options)  # an option that no row sets would be one too few here
    pushes = avatar.journal.wait("push", lambda size: size == [1024, 1024])
    assert pushes == [1024, 1024]
    avatar.told("Frames kept in: Database")
    until(database.exists, 5, "there is no database")
    avatar.journal.entries()
    time.sleep(1.5)
    entries = [each.what for each in avatar.journal.entries()]
    assert entries.count("push") / entries.count("pose") == pytest.approx(3, rel=0.35)


QUIET = {"blinks": False, "breaths": 0, "gaze_drift": 0, "head_drift": 0}
LIVELY = {"blinks": True, "breaths": 60, "breath_depth": 50, "gaze_drift": 200, "head_drift": 0}
LIFE: "dict[str, tuple[Callable[[list[Pose]], bool], Callable[[list[Pose]], bool]]]" = {
    "idle": (
        lambda poses: all(each == poses[0] for each in poses),
        lambda poses: any(each != poses[0] for each in poses),
    ),
    "blinks": (
        lambda poses: greatest(poses, "eye_wink_left") == 0,
        lambda poses: greatest(poses, "eye_wink_left") > 0.3,
    ),
    "breaths": (lambda poses: len({each["breathing"] for each in poses}) == 1, lambda poses: 4 <= breaths(poses) <= 8),
    "breath_depth": (lambda _: True, lambda poses: greatest(poses, "breathing") == pytest.approx(0.5, abs=0.02)),
    "gaze_drift": (
        lambda poses: greatest(poses, "iris_rotation_y") == 0,
        lambda poses: greatest(poses, "iris_rotation_y") > 0.1,
    ),
    "head_drift": (lambda poses: greatest(poses, "head_y") == 0, lambda poses: greatest(poses, "head_y") == 0),
}
"""What six seconds show with QUIET, without "idle", and with LIVELY."""


def greatest(poses: "list[Pose]", name: str) -> float:
    return max(abs(each[name]) for each in poses)


def breaths(poses: "list[Pose]") -> int:
    chest = np.array([each["breathing"] for each in poses]) > 0.25
    return int((chest[1:] & ~chest[:-1]).sum())


@pytest.mark.long
def test_it_lives_by_itself_as_the_rows_say(avatar: Set, rest: Pose) -> None:
    avatar.person.is_there = False
    avatar.pose(lambda now: now == dict(zip(pose.NAMES, pose.neutral())))
    quiet = avatar.poses(1)
    avatar.choose(**LIVELY, idle=True)
    time.sleep(1.5)
    lively = avatar.poses(6)
    avatar.choose(**QUIET, idle=True)
    time.sleep(1.5)
    hushed = avatar.poses(3)
    avatar.choose(head_drift=200)
    avatar.pose(lambda now: abs(now["head_y"]) + abs(now["head_x"]) > 0.05)
    for name, (in_quiet, in_life) in LIFE.items():
        assert in_quiet(quiet), name
        assert in_quiet(hushed), name
        assert in_life(lively), name


# Rows that need words of their own


def picture(avatar: Set) -> None:
    before, other = avatar.settings()["picture"], avatar.folder / "red.png"
    image = Image.new("RGBA", (512, 512))
    image.paste((255, 0, 0, 255), (100, 100, 400, 500))
    image.save(other)
    avatar.choose(picture=str(other))
    until(lambda: tuple(avatar.stage.pixels()[256, 256]) == (255, 0, 0, 255), 6, "it isn't red")
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
        asked.settimeout(6)
        avatar.person.is_there = False
        avatar.choose(phone="127.0.0.7", tracker="VTube Studio")
        request = json.loads(asked.recv(4096))
    assert request["messageType"] == "iOSTrackingDataRequest"
    assert avatar.stage.port in request["ports"]


def straight_ahead(avatar: Set) -> None:
    avatar.press("straight_ahead")
    avatar.pose(lambda now: abs(now["head_y"]) < 0.02)
    until(lambda: "VTube Studio" in avatar.settings().get("calibration", ""), 3, "it isn't saved")


def forget_straight_ahead(avatar: Set) -> None:
    avatar.press("straight_ahead")
    avatar.pose(lambda now: abs(now["head_y"]) < 0.02)
    avatar.press("forget_straight_ahead")
    avatar.pose(lambda now: now["head_y"] > 0.3)


def responsiveness(avatar: Set) -> None:
    """How many poses lie between the two ends of a leap."""

    def between() -> int:
        avatar.pose(lambda now: now["head_y"] > 0.38)
        avatar.person.rotation = (4.0, *ROTATION[1:])
        poses = avatar.poses(1.5)
        assert poses[-1]["head_y"] < -0.25
        return sum(abs(each["head_y"]) < 0.25 for each in poses)

    assert between() <= 2
    avatar.person.rotation = ROTATION
    avatar.pose(lambda now: now["head_y"] > 0.39)  # while it is quick to be back
    avatar.choose(responsiveness=0)
    assert between() >= 4


def microphone(avatar: Set) -> None:
    speak(avatar)
    avatar.choose(microphone="Voice", microphone_too=True)
    avatar.told("Microphone: Voice, -20 dB")
    avatar.pose(mouth_is_open)


def microphone_sensitivity(avatar: Set) -> None:
    speak(avatar)
    avatar.choose(microphone="Voice", microphone_too=True)
    avatar.pose(mouth_is_open)
    avatar.choose(microphone_sensitivity=0)
    avatar.pose(lambda now: not mouth_is_open(now))


def microphone_too(avatar: Set) -> None:
    speak(avatar)
    avatar.choose(microphone="Voice")
    avatar.told("Microphone: Voice, -20 dB")
    assert not any(map(mouth_is_open, avatar.poses(0.5)))
    avatar.choose(microphone_too=True)
    avatar.pose(mouth_is_open)


def speak(avatar: Set) -> None:
    """A source "Voice" with a steady tone of -20 dB."""
    websocket, path = avatar.stage.obs.websocket, avatar.folder / "voice.wav"
    if path.exists():
        return
    sine = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes((sine * 32767).astype("<i2").tobytes())
    media = {"local_file": str(path), "is_local_file": True, "looping": True, "close_when_inactive": False}
    websocket.create_input(SCENE, "Voice", "ffmpeg_source", media, True)


def mouth_is_open(now: Pose) -> bool:
    return max(value for name, value in now.items() if name in _VOWELS) > 0.2


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
    time.sleep(2)
    pushes = sum(each.what == "push" for each in avatar.journal.entries())
    assert 8 <= pushes <= 22


def empty_cache(avatar: Set) -> None:
    avatar.choose(cache="ram")
    avatar.told(" % of the poses were known.")
    avatar.press("empty_cache")
    avatar.told("Cache emptied: ")


def fit_y(avatar: Set) -> None:
    avatar.person.is_there = False
    avatar.pose(lambda now: now["head_y"] == 0)
    time.sleep(0.3)
    before = highest(avatar)
    avatar.choose(fit_y=-30)
    until(lambda: highest(avatar) == pytest.approx(before - 30, abs=2), 6, "it didn't go up")


def highest(avatar: Set) -> int:
    """The first row where something is."""
    return int((avatar.stage.pixels()[..., 3] > 128).any(axis=1).argmax())


def remove_background(avatar: Set) -> None:
    before, plain = avatar.settings()["picture"], avatar.folder / "plain.png"
    image = Image.new("RGB", (512, 512), (255, 255, 255))
    image.paste((200, 0, 0), (156, 90, 356, 512))
    image.save(plain)
    avatar.choose(picture=str(plain))
    until(lambda: tuple(avatar.stage.pixels()[300, 256, :3]) == (200, 0, 0), 6, "the picture isn't taken")
    assert avatar.stage.pixels()[..., 3].mean() < 200
    avatar.choose(remove_background=False)
    until(lambda: avatar.stage.pixels()[..., 3].mean() > 200, 6, "the background doesn't stay")
    avatar.choose(picture=before)


def preset(name: str) -> "Callable[[Set], None]":
    """Its button sets what the table of presets says."""

    def choose(avatar: Set) -> None:
        avatar.press(name)
        until(lambda: avatar.settings().items() >= PRESETS[name].items(), 3, "it set something else")
        limit = min(PRESETS[name]["fps_limit"], avatar.stage.obs.home.fps)
        avatar.told(f"at most {limit} frames a second", 15)

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
ELSEWHERE = {
    "expressions_hold": "test_hotkeys.py",
    **dict.fromkeys(("face_box", "fit_scale", "fit_x"), "test_picture_fit.py"),
    **dict.fromkeys(("figure", "figure_move", "figure_tilt", "figure_zoom"), "test_figure.py"),
    **dict.fromkeys(("stop_building", "go_on_building"), "tests/obs_script/test_handover.py, without a card"),
}
"""Rows that other tests are about."""


@pytest.mark.parametrize("name", cases(SPECIAL))
def test_the_row_does_what_it_says(avatar: Set, rest: Pose, name: str) -> None:
    SPECIAL[name](avatar)


def test_every_row_of_the_panel_is_in_a_table() -> None:
    rows = {each.name for each in (*TOP, *(each for group in GROUPS.values() for each in group))} - {STATUS}
    tables = [set(table) for table in (FOLLOWED, ENGINE, LIFE, SPECIAL, ELSEWHERE)]
    assert set.union(*tables) == rows
    assert sum(map(len, tables)) == len(rows), "some row is in two tables"
