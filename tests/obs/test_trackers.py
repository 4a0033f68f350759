"""Every tracker's packets, sent over UDP to a real OBS, turn the avatar's head as far as the pose that they mean."""

import math
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from ezvtb.setup.headless_obs import Xvfb
from ezvtb.tracking.protocols import PROTOCOLS, raw
from tracking.protocols import encoders

from .stage import AVATAR, Stage, middle, until, visible_stage

FULL_TURN = 10.0
"""Degrees to the person's right at which the character's head is turned as far as it can."""


def _vmc(yaw: float) -> bytes:
    half = math.radians(yaw) / 2  # Unity: about y to the right
    head = encoders.bone("Head", 0.0, math.sin(half), 0.0, math.cos(half))
    return encoders.bundle(head, encoders.blend("A", 0.0), encoders.APPLY)


TURNED: "dict[str, Callable[[float], bytes]]" = {
    "OpenSeeFace": lambda yaw: encoders.openseeface(euler=(180.0, -yaw, 90.0)),
    "iFacialMocap": lambda yaw: encoders.text({"jawOpen": 0}, (0, -yaw, 0, 0, 0, -0.5)),
    "Facemotion3D": lambda yaw: encoders.text({"jawOpen": 0, "FM_TongueOut": 0}, (0, -yaw, 0, 0, 0, -0.5)),
    "VMC": _vmc,
    "VTube Studio": lambda yaw: encoders.vtubestudio({"JawOpen": 0.0}, (-yaw, 0, 0)),
    "MeowFace": lambda yaw: encoders.vtubestudio({"browInnerUpLeft": 0.0}, (-yaw, 0, 0)),
    "Live Link Face": lambda yaw: encoders.livelink([0.0] * 52 + [-math.radians(yaw)] + [0.0] * 8),
    "Raw poses": lambda yaw: raw.encode([0.0] * 40 + [yaw / FULL_TURN, 0.0, yaw / FULL_TURN, 0.0, 0.0]),
}


STILL_SECONDS = 0.3
"""The figure is where it was to go once it has stayed there for so long."""


class Sender:
    """One tracker."""

    def __init__(self, stage: Stage, packet: "Callable[[float], bytes]") -> None:
        self._stage, self._packet = stage, packet
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._count = 0

    def turn(self, yaw: float) -> None:
        """Says that the head is turned so far; it trembles a little, as living heads do."""
        self._count += 1
        self._socket.sendto(self._packet(yaw + 0.01 * (self._count % 2)), ("127.0.0.1", self._stage.port))

    def place(self, yaw: float) -> float:
        """Where the figure is once the head has been turned there for a while."""
        begin = time.monotonic()
        looks: list[tuple[float, float]] = []
        while True:
            self.turn(yaw)
            time.sleep(0.02)
            now = time.monotonic()
            looks.append((now, place(self._stage)))
            lately = [where for moment, where in looks if moment > now - STILL_SECONDS]
            if now - begin > 2 * STILL_SECONDS and max(lately) - min(lately) < 0.3:
                return looks[-1][1]
            assert now - begin < 10, "it never comes to rest"

    def close(self) -> None:
        self._socket.close()


def place(stage: Stage) -> float:
    return middle(until(stage.pixels, 5, "nothing is to be seen"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, server: Xvfb, picture: Any) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("trackers") / "home"
    with visible_stage(folder, server, picture, idle=False) as opened:
        yield opened


@pytest.fixture
def still(stage: Stage, figure: Any) -> float:
    """Where the figure rests while nobody sends: the last tracker was held and eased away."""
    until(lambda: "packets a second" not in stage.status(), 5, "the last tracker is still followed")
    until(lambda: np.array_equal(stage.pixels(), figure), 5, "it doesn't rest")
    return place(stage)


@pytest.fixture(scope="module")
def meant(stage: Stage) -> "tuple[float, float]":
    """Where the poses of these turns put the figure."""
    poses = Sender(stage, TURNED["Raw poses"])
    places = poses.place(6.0), poses.place(-3.0)
    poses.close()
    return places


def test_every_tracker_is_in_the_table() -> None:
    assert set(TURNED) == {each.name for each in PROTOCOLS if not each.by_choice}


LIKE_ANOTHER = {"Facemotion3D", "MeowFace"}
"""Their packets have the form of iFacialMocap's and of VTube Studio's."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in LIKE_ANOTHER else ()) for name in TURNED]
)
def test_it_turns_the_head_as_far_as_the_pose_that_it_means(
    stage: Stage, still: float, meant: "tuple[float, float]", name: str
) -> None:
    sender = Sender(stage, TURNED[name])
    found = sender.place(6.0), sender.place(-3.0)
    assert f"Tracker: {name} from 127.0.0.1" in stage.status()
    sender.close()
    assert found == pytest.approx(meant, abs=1.0)
    assert found[0] - still > 20
    assert found[1] - still < -10


def test_loss_eases_to_rest_and_the_first_packet_brings_it_back_without_a_jump(stage: Stage, still: float) -> None:
    sender = Sender(stage, TURNED["VTube Studio"])
    turned = sender.place(FULL_TURN)
    far = turned - still
    assert far > 40
    looks: list[float] = []

    def watch(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            looks.append(place(stage))

    watch(0.4)
    assert looks[-1] == pytest.approx(turned, abs=2)  # it is held
    watch(2.6)
    assert looks[-1] == pytest.approx(still, abs=1)  # and rests then
    begin = time.monotonic()
    sender.turn(FULL_TURN)
    until(lambda: place(stage) - still > far / 10, 2, "one packet did not bring it back")
    print(f"back on its way after {time.monotonic() - begin:.2f} s")
    while time.monotonic() - begin < 1.5:
        sender.turn(FULL_TURN)
        looks.append(place(stage))
    sender.close()
    assert looks[-1] == pytest.approx(turned, abs=2)
    steps = [abs(after - before) for before, after in zip(looks, looks[1:])]
    assert max(steps) < 0.6 * far, "it jumped"


def test_a_phone_that_sees_no_face_is_a_loss(stage: Stage, still: float) -> None:
    sender = Sender(stage, TURNED["VTube Studio"])
    turned = sender.place(FULL_TURN)
    blind = Sender(stage, lambda _: encoders.vtubestudio({}, found=False))
    blind._socket.close()
    blind._socket = sender._socket
    assert turned - still > 40

    def rested() -> bool:
        blind.turn(0)
        return place(stage) == pytest.approx(still, abs=1)

    until(rested, 5, "it doesn't rest")
    assert blind.place(0) == pytest.approx(still, abs=1)
    sender.close()


def test_straight_ahead_by_hotkey_is_saved_with_the_scene(stage: Stage, still: float) -> None:
    sender = Sender(stage, TURNED["Live Link Face"])
    assert sender.place(6.0) - still > 20
    stage.obs.websocket.trigger_hot_key_by_name("ezvtb_avatar.straight_ahead")
    assert sender.place(6.0) == pytest.approx(still, abs=1)

    def saved() -> Any:
        settings = stage.obs.websocket.get_input_settings(AVATAR).input_settings
        return "Live Link Face" in settings.get("calibration", "")

    until(saved, 5, "the calibration was not saved")
    stage.obs.websocket.set_input_settings(AVATAR, {"calibration": ""}, True)
    until(lambda: sender.place(6.0) - still > 20, 8, "the calibration was not forgotten")
    sender.close()
