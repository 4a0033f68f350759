"""The sentences of the properties panel."""

import pytest

from ezvtb_obs import status
from ezvtb_obs.status import Facts

THA = {"component": "tha", "backend": "OpenVINO", "device": "CPU", "precision": "fp32", "why": ""}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), "Choose a picture"),
        (Facts(phase=status.STARTING, progress="Loading the models."), "Loading the models."),
        (Facts(phase=status.STARTING), "one moment"),
        (
            Facts(phase=status.PLAYING, fps=29.7, fps_limit=30, engine_ms=21.4),
            "30 of at most 30 frames a second, 21 ms",
        ),
        (Facts(phase=status.PAUSED), "no scene shows"),
        (Facts(phase=status.STOPPED), "Paused by its hotkey"),
        (Facts(phase=status.READING), "Reading the picture …"),
        (Facts(phase=status.READING, silent_seconds=4), "Reading the picture … The engine gives no answer for 4 s."),
        (
            Facts(phase=status.PLAYING, fps_limit=30, silent_seconds=3.4, has_avatar=True),
            "The engine gives no answer for 3 s. The last frame stays.",
        ),
        (Facts(phase=status.PLAYING, fps=8, fps_limit=30, silent_seconds=1.9), "8 of at most 30 frames"),
        (Facts(phase=status.WAITING, retry_seconds=3.6, engine_error="It died."), "started again in 4 s"),
    ],
)
def test_the_first_line_says_what_the_avatar_does(facts: Facts, expected: str) -> None:
    assert expected in status.sentences(facts)[0]


def test_each_component_is_named_with_device_precision_and_why() -> None:
    fallback = {**THA, "backend": "ONNX Runtime", "why": "OpenVINO isn't installed."}
    lines = status.sentences(Facts(phase=status.PLAYING, report=(THA, fallback)))
    assert "Figure: OpenVINO on CPU, full precision." in lines
    assert "Figure: ONNX Runtime on CPU, full precision. OpenVINO isn't installed." in lines


@pytest.mark.parametrize(
    ("part", "line"),
    [
        (("rife", "TensorRT", "X", "fp16", ""), "In-between frames: TensorRT on X, half precision."),
        (("sr", "OpenVINO", "X", "bf16", ""), "Super resolution: OpenVINO on X, half precision (bf16)."),
        (("cacher", "RAM", "", "quality 85", ""), "Frames kept in: RAM, quality 85."),
        (("cacher", "database", "", "lossless", ""), "Frames kept in: Database, lossless."),
        (("rife", "absent", "", "", "It is missing."), "In-between frames: not available. It is missing."),
    ],
)
def test_a_component_s_line_is_for_streamers(part: "tuple[str, ...]", line: str) -> None:
    names = ("component", "backend", "device", "precision", "why")
    assert line in status.sentences(Facts(report=(dict(zip(names, part, strict=True)),)))


def test_the_latency_is_told_while_a_tracker_moves_the_avatar() -> None:
    (line, *_) = status.sentences(Facts(phase=status.PLAYING, fps=30, fps_limit=30, latency_ms=123.4))
    assert line == "Alive: 30 of at most 30 frames a second. It follows you after 123 ms."
    assert not any("follows" in line for line in status.sentences(Facts(phase=status.PAUSED, latency_ms=123.4)))


@pytest.mark.parametrize(
    ("fps", "milliseconds", "advised"),
    [(5, 900, True), (9, 200, True), (19, 200, False), (5, 80, False), (0, 0, False)],
)
def test_what_helps_is_said_while_the_computer_is_too_slow(fps: float, milliseconds: float, advised: bool) -> None:
    facts = Facts(phase=status.PLAYING, fps=fps, fps_limit=20, engine_ms=milliseconds)
    assert ("a lighter preset" in status.sentences(facts)[0]) is advised


def test_what_came_of_emptying_the_cache_is_told() -> None:
    assert "Cache emptied: 312 MB." in status.sentences(Facts(cache_note="Cache emptied: 312 MB."))


def test_a_component_that_is_off_is_not_worth_a_line() -> None:
    lines = status.sentences(Facts(phase=status.PLAYING, report=({"component": "sr", "backend": "off"},)))
    assert not any("sr" in line for line in lines)


def test_a_refused_picture_is_told_and_the_last_one_stays() -> None:
    facts = Facts(phase=status.PLAYING, picture_error="x.png is broken. Save it anew.", has_avatar=True)
    assert status.of(facts).trouble == "x.png is broken. Save it anew. The last good picture stays."
    assert status.of(facts).rest.startswith("Alive: ")


def test_restarts_are_counted() -> None:
    for restarts, expected in ((0, "It died."), (1, "restarted once"), (3, "restarted 3 times")):
        facts = Facts(phase=status.PLAYING, engine_error="It died.", restarts=restarts)
        assert any(expected in line for line in status.sentences(facts))


def test_the_tracker_is_named() -> None:
    assert "Tracker: Listening on 127.0.0.1:1." in status.sentences(
        Facts(senses=("Tracker: Listening on 127.0.0.1:1.",))
    )


def test_the_load_the_cache_and_the_newest_note_are_told_in_two_lines() -> None:
    counters = {"cacher_hits": 75, "cacher_misses": 25, "cacher_bytes": 312 << 20, "cpu": 61.4, "gpu": 33.6}
    notes = {"notes": ["The newest.", "An old one."]}
    lines = status.sentences(Facts(phase=status.PLAYING, statistics={**counters, **notes}, cache_gb=2.0))
    together = status.sentences(Facts(phase=status.PLAYING, statistics={**counters, "avatars": 4}, cache_gb=2.0))
    assert any(line.startswith("Load of 4 avatars together: CPU 61 %. Graphics card 34 %.") for line in together)
    cache = "Cache: 312 of 2048 MB, 75 % of the poses were known."
    assert f"Load: CPU 61 %. Graphics card 34 %. {cache}" in lines
    assert cache in status.sentences(Facts(phase=status.PAUSED, statistics=counters, cache_gb=2.0))
    assert "Note: The newest." in lines
    assert not any("old" in line for line in lines)
    assert not any("Cache" in line for line in status.sentences(Facts(phase=status.PLAYING)))


SENSES = ("Tracker: Not listening.", "Microphone: Mic, -20 dB.")
ABSENT = {"component": "rife", "backend": "absent", "why": "It is missing."}


@pytest.mark.parametrize(
    ("facts", "trouble"),
    [
        (Facts(phase=status.PLAYING), ""),
        (Facts(phase=status.PLAYING, senses=SENSES, tracker_trouble=True), SENSES[0]),
        (Facts(phase=status.PLAYING, senses=SENSES), ""),
        (Facts(phase=status.PLAYING, silent_seconds=2.5), "The engine gives no answer for 2 s."),
        (
            Facts(phase=status.WAITING, retry_seconds=2, engine_error="It died."),
            "The engine is down; it is started again in 2 s.\nEngine trouble: It died.",
        ),
        (Facts(phase=status.PLAYING, engine_error="It died.", restarts=1), ""),
        (Facts(phase=status.PLAYING, picture_error="x", report=(THA,)), "x"),
        (Facts(picture_error="x"), "x"),
        (
            Facts(phase=status.PLAYING, report=(THA, ABSENT)),
            "In-between frames: not available. It is missing.",
        ),
        (Facts(phase=status.PLAYING, report=({"component": "rife", "backend": "off"},)), ""),
    ],
)
def test_what_is_trouble_stands_apart_from_the_rest(facts: Facts, trouble: str) -> None:
    found = status.of(facts)
    assert found.trouble == trouble
    assert sorted([*found.trouble.splitlines(), *found.rest.splitlines()]) == sorted(status.sentences(facts))
