"""Any setting, changed to anything at any moment while OBS records: OBS never stalls, and the avatar neither.

EZVTB_SEED=7 plays another sequence. A sequence that fails is printed.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ezvtb.setup.headless_obs import Xvfb, free_port
from ezvtb.tracking.expressions import EXPRESSIONS
from ezvtb_obs.settings import DEFAULTS, RANGES, TRACKERS

from .heartbeat import Heartbeat
from .journal import JOURNAL, Journal, stalls
from .stage import AVATAR, CONTROL, SCRIPT, Stage, until, visible_stage

SEED = int(os.environ.get("EZVTB_SEED", "6"))
LONGEST_STALL = 1.0
"""Seconds."""


def texts(stage: Stage, folder: Path, picture: Path) -> "dict[str, list[str]]":
    """What the settings that are words may be, good and bad."""
    broken = folder / "broken.png"
    broken.write_bytes(b"this is no picture")
    expressions = ["", *EXPRESSIONS, "mouth_smirk=1, eye_wink_left=0.8", "grin"]
    return {
        # mostly good ones: without any nothing is drawn
        "picture": [*[str(picture), str(picture.with_name("other.png"))] * 3, str(broken), str(folder / "no.png"), ""],
        "tracker": [*TRACKERS, "Telepathy"],
        "address": ["127.0.0.1", "localhost", "0.0.0.0", "::1", "phone"],
        "phone": ["", "127.0.0.1", "phone"],
        "calibration": ["", "{}", "nonsense"],
        "microphone": ["", "Voice"],
        "cache_path": ["", str(folder / "one.db"), str(folder / "absent" / "two.db"), str(folder)],
        **{f"expression_{slot}": expressions for slot in range(1, 5)},
    }


def numbers(name: str, random_: random.Random) -> Any:
    """What a setting that is a number may be; now and then what it may not be."""
    limits, default = RANGES[name], DEFAULTS[name]
    if isinstance(default, bool):
        return random_.random() < 0.5
    if limits.choices and random_.random() < 0.9:
        return random_.choice(limits.choices)
    if isinstance(default, str):
        return "nonsense"
    if random_.random() < 0.1:
        return type(default)(random_.choice((-1, 0, 10**6)))
    highest = min(limits.highest, 4 * max(default, 1))
    return type(default)(random_.uniform(limits.lowest, highest))


def changes(stage: Stage, folder: Path, picture: Path, count: int) -> "Iterator[tuple[str, Any, float]]":
    """Settings, their new values, and the pauses after them."""
    random_ = random.Random(SEED)
    words = texts(stage, folder, picture)
    ports = (0, stage.port, stage.port, free_port(), 80)
    for _ in range(count):
        name = random_.choice(list(DEFAULTS))
        if name == "port":
            value: Any = random_.choice(ports)
        elif name in words:
            value = random_.choice(words[name])
        else:
            value = numbers(name, random_)
        yield name, value, random_.choice((0.0, 0.0, 0.05, 0.2, 0.4, 1.2))


@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=pytest.mark.long)])
def test_obs_and_the_avatar_go_on_through_random_changes(
    tmp_path: Path, server: Xvfb, picture: Path, count: int
) -> None:
    picture.with_name("other.png").write_bytes(picture.read_bytes())
    scripts = (JOURNAL, SCRIPT, CONTROL)
    with visible_stage(tmp_path / "home", server, picture, scripts=scripts) as stage:
        journal, websocket = Journal(stage), stage.obs.websocket
        before = websocket.get_input_settings(AVATAR).input_settings
        websocket.start_record()
        time.sleep(1)
        begin, longest_answer = time.monotonic(), 0.0
        with stage.swinging(), Heartbeat(stage) as heart:
            for number, (name, value, pause) in enumerate(changes(stage, tmp_path, picture, count)):
                print(f"{time.monotonic() - begin:7.2f} s  {name} = {value!r}")
                websocket.set_input_settings(AVATAR, {name: value}, True)
                time.sleep(pause)
                if number % 10 == 9:  # the panel, which OBS's own window waits for
                    asked = time.monotonic()
                    stage.status()
                    longest_answer = max(longest_answer, time.monotonic() - asked)
            websocket.set_input_settings(AVATAR, {**DEFAULTS, **before}, True)
            until(lambda: "Alive: " in stage.status(), "it doesn't live any more")
            time.sleep(1.5)
        websocket.stop_record()
        entries, now = journal.entries(), time.monotonic()
        stood = [f"{length:.2f} s at {moment - begin:.2f} s" for moment, length in stalls(entries, LONGEST_STALL)]
        engines = sum(each.what == "ready" for each in entries)
        pushes = sum(each.what == "push" for each in entries)
        print(f"{count} changes in {time.monotonic() - begin:.0f} s, {engines} engines, {pushes} frames")
        print(f"OBS {heart}; the panel took {longest_answer:.2f} s at most; the avatar stood still: {stood}")
        print(stage.obs.statistics())
        assert not heart.error
        assert max(heart.longest.values()) < LONGEST_STALL
        assert not stood
        assert entries[-1].moment > now - LONGEST_STALL
        assert stage.is_moving()
        # OBS 30.2 crashes when it ends meanwhile, without any script too
        until(lambda: not websocket.get_record_status().output_active, "the recording doesn't end")
        assert "A fault in the script" not in stage.obs.log_text()
