"""Frames that wait for their moment, with an output that only counts."""

import time
from typing import Any

import pytest

from ezvtb_obs.engine_client import Frame
from ezvtb_obs.playout import LATENCY_SECONDS, Playout

from .driving import MemoryOutput


class CountingOutput(MemoryOutput):
    def push(self, address: int, width: int, height: int) -> bool:
        self.last = address
        self.frames += 1
        return self.there


@pytest.fixture
def output() -> CountingOutput:
    return CountingOutput()


@pytest.fixture
def playout(output: CountingOutput) -> Playout:
    made = Playout(output)
    made.begin(fps_limit=100, scale=2)
    return made


def frames(*addresses: int) -> "list[Frame]":
    return [Frame(address, 512, 512) for address in addresses]


def push_all(playout: Playout) -> None:
    while playout.frames:
        time.sleep(max(0.0, playout.until_frame(time.perf_counter())))
        playout.push_due()


def test_frames_are_pushed_in_order_at_their_moments_and_not_before(playout: Playout, output: Any) -> None:
    now = time.perf_counter()
    playout.arrived(now + 60, frames(1, 2))
    assert not playout.push_due()
    assert playout.until_frame(now) > 59
    playout.clear()
    playout.arrived(now - 1, frames(3, 4))
    assert playout.last == frames(4)[0]
    push_all(playout)
    assert (output.frames, output.last, playout.last) == (2, 4, None)
    assert playout.until_frame(now) == float("inf")


def test_no_pose_is_asked_for_while_the_engine_would_draw_into_what_waits(playout: Playout) -> None:
    now = time.perf_counter()
    assert playout.until_pose(now) <= 0
    playout.arrived(now + 10, frames(1, 2))
    assert playout.until_pose(now) <= 0
    playout.arrived(now + 11, frames(3, 4))
    assert playout.until_pose(now) == float("inf")


def test_the_latency_is_from_the_packet_to_the_push_of_the_frame_that_shows_it(playout: Playout) -> None:
    assert playout.latency(time.perf_counter()) == 0
    for late in (0.1, 0.2, 0.9):
        now = time.perf_counter()
        playout.pose_asked(now, now - late)
        playout.arrived(now, frames(1, 2))
        push_all(playout)
    playout.pose_asked(time.perf_counter())  # a pose of the character's own life shows no packet
    playout.arrived(time.perf_counter(), frames(1, 2))
    push_all(playout)
    now = time.perf_counter()
    assert 0.2 <= playout.latency(now) < 0.9
    assert playout.latency(now + LATENCY_SECONDS) == 0
