"""What OBS does with a source beside showing it: studio mode, scenes, groups, filters, transforms."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ezvtb.setup.headless_obs import Xvfb

from .heartbeat import Heartbeat
from .journal import JOURNAL, Entry, Journal
from .stage import AVATAR, BACKGROUND, CONTROL, LEFT, SCENE, SCRIPT, Stage, until, visible_stage
from .test_recording import frames, place_on_green, shows_it


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("scenes") / "home"
    with visible_stage(folder, server, picture, scripts=(JOURNAL, SCRIPT, CONTROL), idle=False) as opened:
        engines = opened.engines()
        yield opened
        assert opened.engines() == engines  # none of this needs another


@pytest.fixture
def other(stage: Stage) -> Iterator[str]:
    """A second scene, with background and avatar as in the first."""
    websocket, name = stage.obs.websocket, f"Scene {time.monotonic()}"  # OBS is not done with one at once
    websocket.create_scene(name)
    for source in (BACKGROUND, AVATAR):
        websocket.create_scene_item(name, source)
    websocket.set_scene_item_transform(name, item_of(stage, scene=name), {"positionX": float(LEFT)})
    yield name
    websocket.set_current_program_scene(SCENE)
    websocket.remove_scene(name)


def item_of(stage: Stage, name: str = AVATAR, scene: str = SCENE) -> int:
    return int(stage.obs.websocket.get_scene_item_id(scene, name).scene_item_id)


@pytest.fixture
def still(stage: Stage, figure: Any) -> Any:
    """The avatar at rest, as its picture has it."""

    def rests() -> Any:
        pixels = stage.pixels()
        return pixels if pixels is not None and np.array_equal(pixels[..., 3], figure[..., 3]) else None

    return until(rests, "it doesn't rest")


def moves(stage: Stage, name: str) -> bool:
    """Whether the figure moves on that scene, at the pace of poses: within 12 looks, on a busy computer within some."""

    def is_moving() -> bool:
        places = set()
        for _ in range(12):
            pixels = stage.pixels(name)
            assert pixels is not None
            places.add(place_on_green(pixels))
            time.sleep(0.05)
        return len(places) > 4

    with stage.swinging():
        return bool(until(is_moving, f"it doesn't move on {name}"))


@pytest.fixture
def studio_mode(stage: Stage, other: str) -> Iterator[str]:
    """With a transition that takes its time; the scene of `other`."""
    websocket = stage.obs.websocket
    websocket.set_studio_mode_enabled(True)
    websocket.set_current_scene_transition("Fade")
    websocket.set_current_scene_transition_duration(300)
    yield other
    websocket.set_studio_mode_enabled(False)
    websocket.set_current_scene_transition("Cut")


def go_over(stage: Stage, scene: str) -> None:
    """Shows that scene in the preview, and then by a transition in the program."""
    websocket = stage.obs.websocket
    websocket.set_current_preview_scene(scene)
    until(lambda: websocket.get_current_preview_scene().current_preview_scene_name == scene, f"no preview of {scene}")
    time.sleep(0.2)
    websocket.trigger_studio_mode_transition()
    until(lambda: websocket.get_current_program_scene().current_program_scene_name == scene, f"{scene} never came")
    until(lambda: websocket.get_current_scene_transition_cursor().transition_cursor == 1, "the transition never ends")
    time.sleep(0.3)


def test_studio_mode_shows_it_in_preview_and_program_and_through_transitions(stage: Stage, studio_mode: str) -> None:
    websocket = stage.obs.websocket
    websocket.start_record()
    with stage.swinging(), Heartbeat(stage) as heart:
        time.sleep(0.3)
        for scene in (studio_mode, SCENE, studio_mode):
            go_over(stage, scene)
    path = Path(websocket.stop_record().output_path)
    until(lambda: not websocket.get_record_status().output_active, "it still records")
    seen = list(frames(path))
    assert len(seen) > 50
    assert all(map(shows_it, seen)), "a transition swallowed it"
    assert len(set(map(place_on_green, seen))) > 5, "it hardly moves"  # how often is the computer's affair
    assert heart.longest["render"] < 1


def test_scenes_switched_at_speed_neither_stop_it_nor_stall_obs(stage: Stage, other: str) -> None:
    with stage.swinging(), Heartbeat(stage) as heart:
        for number in range(100):
            stage.obs.websocket.set_current_program_scene((other, SCENE)[number % 2])
            time.sleep(0.01)
    assert heart.longest["render"] < 1, str(heart)
    assert moves(stage, SCENE)


def test_in_two_scenes_and_twice_in_one_it_is_drawn_once(stage: Stage, other: str) -> None:
    websocket, journal = stage.obs.websocket, Journal(stage)
    copy = websocket.duplicate_scene_item(SCENE, item_of(stage), other).scene_item_id  # "Paste (Reference)"
    websocket.set_current_program_scene(other)
    journal.entries()
    drawn: list[Entry] = []

    def enough() -> bool:
        drawn.extend(each for each in journal.entries() if each.what == "push")
        return len(drawn) > 30

    until(enough, "it isn't drawn")
    assert len({each.whom for each in drawn}) == 1
    assert len(drawn) < 45 * (drawn[-1].moment - drawn[0].moment)  # 30 a second, and not twice that
    assert moves(stage, other)
    websocket.remove_scene_item(other, copy)


def test_a_duplicate_of_source_or_scene_is_the_avatar_itself(stage: Stage) -> None:
    """Otherwise a copy of every scene in studio mode would start another engine, and listen to the same port."""
    assert stage.command("duplicate", [AVATAR, SCENE]) == [True, True]
    inputs = stage.obs.websocket.get_input_list("ezvtb_avatar").inputs
    assert [each["inputName"] for each in inputs] == [AVATAR]
    assert moves(stage, SCENE)


def test_a_scene_within_a_scene_shows_it(stage: Stage) -> None:
    websocket = stage.obs.websocket
    websocket.create_scene("Outer")
    websocket.create_scene_item("Outer", SCENE)
    websocket.set_current_program_scene("Outer")
    assert moves(stage, "Outer")
    websocket.set_current_program_scene(SCENE)
    websocket.remove_scene("Outer")


def test_a_group_shows_it(stage: Stage, other: str) -> None:
    assert stage.command("group", [AVATAR, other]) is True
    stage.obs.websocket.set_current_program_scene(other)
    assert moves(stage, other)
    assert moves(stage, "Group")


FILTERS: "dict[str, tuple[str, dict[str, Any]]]" = {
    "crop": ("crop_filter", {"left": 100, "top": 50, "right": 20, "bottom": 0, "relative": True}),
    "opacity": ("color_filter_v2", {"opacity": 0.5}),
    "colour key": ("color_key_filter_v2", {"key_color_type": "custom", "key_color": 0xE6F0FA, "similarity": 300}),
    "chroma key": ("chroma_key_filter_v2", {"key_color_type": "green"}),
}


@pytest.mark.parametrize(
    "name", ["crop", "colour key", *(pytest.param(name, marks=pytest.mark.long) for name in ("opacity", "chroma key"))]
)
def test_a_filter_filters_it_and_leaves_no_fringe(stage: Stage, still: Any, name: str) -> None:
    websocket, columns = stage.obs.websocket, slice(LEFT, LEFT + 512)
    before = until(lambda: stage.pixels(SCENE), "no scene")[:, columns, :3].astype(int)
    websocket.create_source_filter(AVATAR, name, *FILTERS[name])
    time.sleep(0.3)
    opaque = still[..., 3] == 255

    def is_filtered() -> bool:
        scene, alpha = stage.pixels(SCENE), stage.pixels()
        if scene is None or alpha is None:
            return False
        after, share = scene[:, columns, :3].astype(int), alpha[..., 3].astype(int)
        if name == "crop":
            return bool(np.abs(after[:462, :392] - before[50:, 100:-20]).max() <= 2)
        if name == "opacity":  # the green behind it shines through
            shines = (after[opaque] < before[opaque] - 20)[:, 0].all()
            return bool(shines and np.abs(share - still[..., 3] / 2.0).max() <= 1)
        if name == "colour key":  # the disc's own colour
            return not share[opaque].any()
        return bool(np.abs(after - before)[opaque].max() <= 2)  # nothing is green

    until(is_filtered, "it isn't filtered so")
    websocket.remove_source_filter(AVATAR, name)
    until(lambda: np.array_equal(stage.pixels(), still), "the filter is gone, and its work isn't")


TRANSFORMS: "dict[str, tuple[dict[str, float], tuple[float, float]]]" = {
    "moved": ({"positionX": 100.0, "positionY": -50.0}, (220 - 50, 256 + 100)),
    "half": ({"scaleX": 0.5, "scaleY": 0.5}, (110, LEFT + 128)),
    "mirrored": ({"scaleX": -1.0, "positionX": 512.0 + LEFT}, (220, LEFT + 256)),
    "turned": ({"rotation": 90.0, "positionX": 512.0 + LEFT}, (256, LEFT + 512 - 220)),
    "cropped": ({"cropLeft": 60, "cropTop": 40}, (220 - 40, LEFT + 256 - 60)),
}
"""What is changed, and where the disc's middle is then: row and column."""


@pytest.mark.parametrize(
    "name",
    ["half", "turned", *(pytest.param(name, marks=pytest.mark.long) for name in ("moved", "mirrored", "cropped"))],
)
@pytest.mark.usefixtures("still")
def test_a_transform_puts_it_there(stage: Stage, name: str) -> None:
    websocket, item = stage.obs.websocket, item_of(stage)
    change, (row, column) = TRANSFORMS[name]
    before = {"positionX": float(LEFT), "positionY": 0.0, "scaleX": 1.0, "scaleY": 1.0, "rotation": 0.0}

    def is_there() -> bool:
        pixels = stage.pixels(SCENE)
        assert pixels is not None
        bright = (pixels[..., 0] > 240).nonzero()  # the disc without its soft edge and the bar
        return bool((np.mean(bright[0]), np.mean(bright[1])) == pytest.approx((row, column), abs=3))

    websocket.set_scene_item_transform(SCENE, item, change)
    until(is_there, f"it isn't {name}")
    websocket.set_scene_item_transform(SCENE, item, {**before, "cropLeft": 0, "cropTop": 0})


@pytest.mark.parametrize("seconds", [5, pytest.param(20, marks=pytest.mark.long)])
def test_hidden_it_costs_nothing_and_shown_again_it_goes_on_at_once(stage: Stage, seconds: int) -> None:
    """Less than 1 % of one processor: the engine, and our threads in OBS."""
    websocket, item = stage.obs.websocket, item_of(stage)
    websocket.set_scene_item_enabled(SCENE, item, False)
    until(lambda: "Paused" in stage.status(), "it isn't paused")
    ours = [number for name, number in stage.command("threads") if name.startswith("ezvtb")]
    assert len(ours) >= 4  # driver, answers, tracker, discovery
    tasks = [Path(f"/proc/{stage.engines()[-1]}"), *(Path(f"/proc/{stage.obs.pid}/task/{each}") for each in ours)]
    with stage.swinging():
        time.sleep(1.5)  # for a second after the last pose the tracker reads on
        for _ in range(3):  # the quietest span counts: beside other work the same instructions take longer
            before = [processor_seconds(each) for each in tasks]
            time.sleep(seconds)
            used = [(now - then) / seconds for now, then in zip(map(processor_seconds, tasks), before)]
            engine, threads = used[0], sum(used[1:])
            print(f"hidden: the engine used {engine:.2%}, our threads in OBS {threads:.2%}")
            if max(engine, threads) < 0.01:
                break
    assert engine < 0.01
    assert threads < 0.01
    journal = Journal(stage)
    journal.entries()
    websocket.set_scene_item_enabled(SCENE, item, True)
    journal.wait("push", seconds=10)
    assert moves(stage, SCENE)


def processor_seconds(process: Path) -> float:
    """What a process or a thread has used so far."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_projector_shows_it_though_no_scene_does(stage: Stage) -> None:
    """Comes last: no request closes a projector."""
    websocket, journal = stage.obs.websocket, Journal(stage)
    websocket.set_scene_item_enabled(SCENE, item_of(stage), False)
    until(lambda: "Paused" in stage.status(), "it isn't paused")
    websocket.send("OpenSourceProjector", {"sourceName": AVATAR, "monitorIndex": -1})
    journal.wait("push")
    mix = {"videoMixType": "OBS_WEBSOCKET_VIDEO_MIX_TYPE_PROGRAM", "monitorIndex": -1}
    websocket.send("OpenVideoMixProjector", mix)
    websocket.set_scene_item_enabled(SCENE, item_of(stage), True)
    assert moves(stage, SCENE)
