"""Each row of the properties panel does what it says, in a real OBS: what is sent to the engine, shown, or told."""

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from ezvtb.setup.headless_obs import Xvfb
from ezvtb.tracking import pose
from ezvtb_obs.properties import GROUPS, STATUS, TOP, TROUBLE
from ezvtb_obs.settings import DEFAULTS

from .journal import JOURNAL, Journal
from .person import Pose, Set, seen
from .special_rows import SPECIAL
from .stage import CONTROL, SCRIPT, until, visible_stage

BASE = {"idle": False, "responsiveness": 100, "fps_limit": 30}


@pytest.fixture(scope="module")
def avatar(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Path) -> Iterator[Set]:
    folder = tmp_path_factory.mktemp("properties")
    opened = visible_stage(folder / "home", server, picture, scripts=(JOURNAL, SCRIPT, CONTROL), **BASE)
    with opened as stage, seen("127.0.0.1", stage.port) as person:
        yield Set(stage, Journal(stage), person, folder)


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
    until(database.exists, "there is no database")
    avatar.journal.entries()
    entries: list[str] = []

    def enough() -> bool:
        entries.extend(each.what for each in avatar.journal.entries())
        return entries.count("pose") > 15

    until(enough, "no poses are asked for")
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


ELSEWHERE = {
    **dict.fromkeys((f"expression_{slot}_hold" for slot in range(1, 5)), "test_hotkeys.py"),
    **dict.fromkeys(("face_box", "fit_scale", "fit_x"), "test_picture_fit.py"),
    **dict.fromkeys(("figure", "figure_move", "figure_tilt", "figure_zoom"), "test_figure.py"),
    **dict.fromkeys(("stop_building", "go_on_building"), "tests/obs_script/test_handover.py, without a card"),
}
"""Rows that other tests are about."""


@pytest.mark.parametrize("name", cases(SPECIAL))
def test_the_row_does_what_it_says(avatar: Set, rest: Pose, name: str) -> None:
    SPECIAL[name](avatar)


def test_every_row_of_the_panel_is_in_a_table() -> None:
    rows = {each.name for each in (*TOP, *(each for group in GROUPS.values() for each in group))} - {TROUBLE, STATUS}
    tables = [set(table) for table in (FOLLOWED, ENGINE, LIFE, SPECIAL, ELSEWHERE)]
    assert set.union(*tables) == rows
    assert sum(map(len, tables)) == len(rows), "some row is in two tables"
