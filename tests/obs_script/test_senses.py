"""What moves an avatar, with real packets; microphone and hotkeys are stand-ins, which tests/obs has for real."""

import dataclasses
import json
import socket
import time
from pathlib import Path
from typing import Any, Optional

import pytest

from ezvtb.tracking.pose import INDEX
from ezvtb.tracking.protocols import raw
from ezvtb_obs import hotkeys
from ezvtb_obs.senses import FORGET_STRAIGHT_AHEAD, STRAIGHT_AHEAD, Senses
from ezvtb_obs.settings import Settings
from ezvtb_obs.trackers import Trackers
from tracking.protocols import encoders

from .driving import free_udp_port, until


class Ear:
    """A microphone that hears what the test says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.loudness: Optional[float] = -96.0
        self.closed = False

    def decibels(self, _now: float) -> Optional[float]:
        return self.loudness

    def close(self) -> None:
        self.closed = True


class Keys:
    """Hotkeys that the test presses."""

    def __init__(self) -> None:
        self.held: frozenset[str] = frozenset()
        self._pressed: list[str] = []

    def press(self, name: str) -> None:
        self._pressed.append(name)

    def pressed(self, _now: float) -> "list[str]":
        taken, self._pressed = self._pressed, []
        return taken


class Avatar:
    """The senses of one avatar, and what happens to them."""

    def __init__(self, **changed: Any) -> None:
        self.settings = dataclasses.replace(Settings(), **{"port": free_udp_port(), "idle": False, **changed})
        self.keys = Keys()
        self.ears: list[Ear] = []
        self.learnt = 0
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.senses = Senses(
            self.settings,
            Trackers(),
            seed=1,
            keys=self.keys,
            open_microphone=self._open,
            learnt=self._learn,
        )
        self.step()

    def step(self) -> "list[float]":
        now = time.perf_counter()
        self.senses.follow(self.settings, now)
        return self.senses.pose(now)

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, ("127.0.0.1", self.settings.port))

    def turn(self, degrees: float) -> float:
        """Turns the head for over half a second, as the tracker's thread hears it; where the character's is then."""
        heard: set[float] = set()

        def followed() -> "list[float]":
            self.send(encoders.vtubestudio({}, (-degrees, 0.0, 0.0)))
            values = self.step()
            if self.senses.seen_at is not None:
                heard.add(self.senses.seen_at)
            return values if len(heard) > 25 and max(heard) - min(heard) > 0.6 else []

        return float(until(followed)[INDEX["head_y"]])

    def close(self) -> None:
        self.senses.close()
        self.socket.close()

    def told(self) -> str:
        return " ".join(self.senses.sentences(time.perf_counter()))

    def _open(self, name: str) -> Ear:
        self.ears.append(Ear(name))
        return self.ears[-1]

    def _learn(self) -> None:
        self.learnt += 1


@pytest.fixture
def avatar() -> Any:
    made = Avatar()
    yield made
    made.close()


def test_a_face_moves_the_character_and_the_status_says_whose_it_is(avatar: Avatar) -> None:
    assert avatar.turn(5) == pytest.approx(0.5, abs=0.05)
    assert "Tracker: VTube Studio from 127.0.0.1" in avatar.told()


@pytest.mark.parametrize("by_hotkey", [True, False])
def test_i_look_straight_ahead_is_learnt_saved_and_can_be_forgotten(avatar: Avatar, by_hotkey: bool) -> None:
    avatar.turn(5)
    if by_hotkey:
        avatar.keys.press(hotkeys.STRAIGHT_AHEAD)
    else:
        avatar.senses.click(STRAIGHT_AHEAD)
    assert avatar.turn(5) == pytest.approx(0, abs=0.05)
    saved = avatar.senses.take_unsaved()
    assert avatar.learnt == 1
    assert json.loads(saved["calibration"])["VTube Studio"][1] == pytest.approx(5)
    assert avatar.senses.take_unsaved() == {}

    again = Avatar(**saved)
    assert again.turn(5) == pytest.approx(0, abs=0.05)
    again.close()

    avatar.senses.click(FORGET_STRAIGHT_AHEAD)
    assert avatar.turn(5) == pytest.approx(0.5, abs=0.05)
    assert avatar.senses.take_unsaved() == {"calibration": ""}


def test_other_settings_leave_a_calibration_alone_that_is_not_saved_yet(avatar: Avatar) -> None:
    avatar.turn(5)
    avatar.senses.click(STRAIGHT_AHEAD)
    avatar.turn(5)
    avatar.settings = dataclasses.replace(avatar.settings, mirror=True)
    assert avatar.turn(5) == pytest.approx(0, abs=0.05)


def test_without_a_face_there_is_no_straight_ahead_and_that_is_told(avatar: Avatar) -> None:
    avatar.senses.click(STRAIGHT_AHEAD)
    avatar.step()
    assert "Nobody is tracked who could look straight ahead." in avatar.told()
    avatar.turn(5)
    assert "straight ahead" not in avatar.told()


def test_a_calibration_that_can_t_be_read_is_told() -> None:
    avatar = Avatar(calibration="{broken")
    assert "can't be read" in avatar.told()
    avatar.turn(5)
    assert "can't be read" in avatar.told()
    avatar.settings = dataclasses.replace(avatar.settings, calibration="")
    avatar.step()
    assert "can't be read" not in avatar.told()
    avatar.close()


def test_after_a_click_the_panel_has_something_new_to_show(avatar: Avatar) -> None:
    avatar.senses.click(STRAIGHT_AHEAD)
    assert avatar.senses.follow(avatar.settings, time.perf_counter())
    assert not avatar.senses.follow(avatar.settings, time.perf_counter())


def test_a_microphone_opens_the_mouth_follows_its_source_s_name_and_is_closed() -> None:
    avatar = Avatar(microphone="Voice")
    (ear,) = avatar.ears
    ear.loudness = -70.0
    end = time.perf_counter() + 0.5
    until(lambda: avatar.step() and time.perf_counter() > end)
    assert avatar.step()[INDEX["mouth_aaa"]] == 0
    ear.loudness = -15.0
    until(lambda: avatar.step()[INDEX["mouth_aaa"]] > 0.2)
    assert "Microphone: Voice, -15 dB." in avatar.told()
    ear.name = "Other"
    avatar.step()
    assert avatar.senses.take_unsaved() == {"microphone": "Other"}
    ear.loudness = None
    avatar.step()
    assert "Microphone: Other, no sound comes from it." in avatar.told()
    avatar.settings = dataclasses.replace(avatar.settings, microphone="")
    avatar.step()
    assert ear.closed
    avatar.close()


def test_the_address_that_rests_is_listened_on() -> None:
    avatar = Avatar()
    port = free_udp_port()
    avatar.settings = dataclasses.replace(avatar.settings, port=port)
    until(lambda: avatar.step() and f":{port}." in avatar.told())
    avatar.send(raw.encode([0.25] * 45))
    until(lambda: avatar.step()[0] == 0.25)
    avatar.close()


def test_a_hotkey_pauses_and_goes_on(avatar: Avatar) -> None:
    for paused in (True, False):
        avatar.keys.press(hotkeys.PAUSE)
        avatar.step()
        assert avatar.senses.paused is paused


def test_a_hotkey_mirrors_and_the_next_picture_of_the_folder_comes_by_another(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    avatar = Avatar(picture=str(tmp_path / "a.png"))
    avatar.keys.press(hotkeys.MIRROR)
    avatar.step()
    assert avatar.senses.take_unsaved() == {"mirror": True}
    avatar.keys.press(hotkeys.NEXT_PICTURE)
    avatar.step()
    assert until(avatar.senses.take_unsaved) == {"picture": str(tmp_path / "b.png")}
    avatar.settings = dataclasses.replace(avatar.settings, picture=str(tmp_path / "gone" / "a.png"))
    avatar.keys.press(hotkeys.NEXT_PICTURE)
    avatar.step()  # which is logged, and harms nothing
    avatar.close()


@pytest.mark.parametrize("hold", [True, False])
def test_an_expression_is_worn_while_its_key_is_held_or_until_it_is_pressed_again(hold: bool) -> None:
    avatar = Avatar(expression_2_hold=hold, expression_2="mouth_smirk=1")
    smirk = INDEX["mouth_smirk"]
    key = hotkeys.EXPRESSIONS[1]
    avatar.keys.press(key)
    avatar.keys.held = frozenset((key,))
    until(lambda: avatar.step()[smirk] == 1)
    avatar.keys.held = frozenset()
    if not hold:
        assert avatar.step()[smirk] == 1
        avatar.keys.press(key)
    until(lambda: avatar.step()[smirk] == 0)
    avatar.close()


def test_one_expression_is_held_beside_another_that_stays_and_a_held_one_leaves_nothing_behind() -> None:
    held, toggled = hotkeys.EXPRESSIONS[:2]
    smirk, relaxed = INDEX["mouth_smirk"], INDEX["eye_relaxed_left"]
    avatar = Avatar(expression_1="mouth_smirk=1", expression_1_hold=True, expression_2="eye_relaxed_left=1")
    avatar.keys.press(toggled)
    avatar.keys.press(held)
    avatar.keys.held = frozenset((held,))
    until(lambda: avatar.step()[smirk] == 1 and avatar.step()[relaxed] == 1)
    avatar.keys.held = frozenset()
    until(lambda: avatar.step()[smirk] == 0)
    assert avatar.step()[relaxed] == 1
    avatar.settings = dataclasses.replace(avatar.settings, expression_1_hold=False)
    assert [avatar.step()[smirk] for _ in range(5)] == [0] * 5
    avatar.close()


def test_an_expression_that_can_t_be_read_is_told() -> None:
    avatar = Avatar(expression_1="Grin")
    assert "There is no expression and no pose parameter 'Grin'." in avatar.told()
    avatar.close()
