"""The panel as libobs would be told to build it."""

import dataclasses
from typing import Any

import pytest

from ezvtb.limits import NO_HALF, NO_NVIDIA, NO_VRAM
from ezvtb.tracking.expressions import EXPRESSIONS
from ezvtb_obs import libobs, presets, properties, settings, texts
from ezvtb_obs.properties import GROUPS, TOP, Panel, Property
from ezvtb_obs.settings import Settings
from ezvtb_obs.status import Status

ALL = [*TOP, *(each for group in GROUPS.values() for each in group)]
LIMITED = {option: limit.name for limit in (NO_NVIDIA, NO_VRAM, NO_HALF) for option in limit.options}
"""A computer that can do nothing."""
KEPT_UNSEEN = {"calibration", "calibrated", "chosen_by_itself", "fits"}
"""Settings that a button writes, or another setting's change."""


class Libobs:
    """Stands for libobs: remembers properties by name, in the order in which they were added."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}

    def __getattr__(self, function: str) -> Any:
        if function == "obs_properties_create":
            return lambda: 1
        if function.startswith("obs_properties_add_"):
            return lambda _panel, name, label, *arguments: self._add(function[19:], name, label, arguments)
        if function == "obs_properties_get":
            return lambda _panel, name: name.decode()
        return lambda name, *arguments: self._note(name, function.split("obs_property_")[1], arguments)

    def _note(self, name: str, what: str, arguments: Any) -> int:
        """How often that was done before: of what is added to a list its index."""
        done = self.made[name].setdefault(what, [])
        done.append(arguments)
        return len(done) - 1

    def _add(self, kind: str, name: bytes, label: bytes, arguments: Any) -> str:
        self.made[name.decode()] = {"kind": kind, "label": label.decode(), "arguments": arguments}
        return name.decode()


def build(**given: Any) -> "dict[str, dict[str, Any]]":
    obs: Any = Libobs()
    properties.build(obs, Panel(**{"status": Status("", "Alive."), "clicked": 99, **given}))
    return dict(obs.made)


def entries(made: "dict[str, Any]") -> "list[tuple[str, Any]]":
    return [(words.decode(), value) for words, value in made.get("list_add_int") or made["list_add_string"]]


def greyed(made: "dict[str, Any]") -> "list[str]":
    """The choices of a list that can't be made."""
    flags = dict(made["list_item_disable"])
    return [value.decode() for at, (_, value) in enumerate(entries(made)) if flags[at]]


def test_every_setting_can_be_reached() -> None:
    assert {each.name for each in ALL} >= {each.name for each in dataclasses.fields(Settings)} - KEPT_UNSEEN


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_every_property_has_one_place(each: Property) -> None:
    assert [other.name for other in ALL].count(each.name) == 1
    assert each.name not in GROUPS


def test_every_group_and_property_is_built_with_its_label_and_hint() -> None:
    made, english = build(), texts.load(texts.ENGLISH)
    assert set(made) == {each.name for each in ALL} | set(GROUPS)
    for name, built in made.items():
        assert built["label"] == ("" if name in (properties.TROUBLE, properties.STATUS) else english[name])
        assert (f"{name}.hint" in english) == ("set_long_description" in built)
    assert made["eyes_gain"]["int_set_suffix"] == [(b" %",)]
    assert made["cache_path"]["arguments"][1] == b"Databases (*.db);;All files (*.*)"
    assert "and 39570." in made["port"]["set_long_description"][0][0].decode()


def test_the_choices_of_a_list_are_all_that_the_setting_may_be() -> None:
    made = build()
    for name, allowed in settings.RANGES.items():
        if allowed.choices:
            values = [value.decode() if isinstance(value, bytes) else value for _, value in entries(made[name])]
            assert values == list(allowed.choices)


def test_every_expression_can_be_chosen_and_others_can_be_written() -> None:
    made = build()
    for slot in range(1, 5):
        assert [words for words, _ in entries(made[f"expression_{slot}"])] == list(EXPRESSIONS)
        assert made[f"expression_{slot}"]["arguments"][0] == libobs.COMBO_TYPE_EDITABLE


def test_a_device_is_chosen_by_its_name() -> None:
    assert entries(build()["device"]) == [("Automatic", b"")]
    devices = ({"id": 1, "name": "CPU"}, {"id": 0, "name": "GPU"})
    made = build(devices=devices, present=Settings(device="Another"))
    words = [("Automatic (GPU)", b""), ("GPU", b"GPU"), ("CPU", b"CPU"), ("Another (not there)", b"Another")]
    assert entries(made["device"]) == words


def test_what_has_no_effect_is_hidden() -> None:
    now = Settings(cache="off", sr="x2", tracker="Raw poses")
    assert properties.hidden(now) >= {"cache_gb", "phone"}
    assert "sr_noise" not in properties.hidden(now)
    made = build(present=now)
    assert made["cache_gb"]["set_visible"] == [(False,)]
    assert made["sr_noise"]["set_visible"] == [(True,)]


def test_what_this_computer_can_not_do_is_greyed_with_the_reason() -> None:
    made = build(limits=LIMITED, present=Settings(stages="ram"))
    assert made["tensorrt"]["label"] == "TensorRT on NVIDIA cards (no such card with NVIDIA's driver here)"
    for name in ("tensorrt", "half", "interpolation_half", "sr_half"):
        assert made[name]["set_enabled"] == [(False,)]
    assert made["stages"]["set_enabled"] == [(True,)]  # RAM is there to be chosen
    assert entries(made["stages"])[0] == ("Graphics card (it has no memory of its own: RAM)", b"vram")
    assert greyed(made["stages"]) == ["vram"]


@pytest.mark.parametrize(
    ("missing", "sr", "model"),
    [
        ({("sr", "x4"), ("sr", "x2"), ("model", "standard")}, ["x4", "x2"], ["standard"]),
        ({("sr", "x2")}, ["x2"], []),
        (set(), [], []),
    ],
)
def test_a_choice_without_its_model_is_greyed_with_the_reason(
    missing: "set[tuple[str, str]]", sr: "list[str]", model: "list[str]"
) -> None:
    made = build(lacking=frozenset(missing), present=Settings())
    assert (greyed(made["sr"]), greyed(made["model"])) == (sr, model)
    reasons = {value.decode(): "(not installed: see the tool tip)" in words for words, value in entries(made["sr"])}
    assert [value for value, told in reasons.items() if told] == sr
    assert made["sr"]["set_enabled"] == [(True,)]


def test_a_choice_that_is_made_is_not_greyed_though_its_model_is_missing() -> None:
    made = build(lacking=frozenset({("sr", "x4"), ("sr", "x2")}), present=Settings(sr="x4"))
    assert greyed(made["sr"]) == ["x2"]
    assert "not installed" in entries(made["sr"])[1][0]


def test_where_everything_can_be_done_nothing_is_greyed() -> None:
    made = build()
    assert entries(made["stages"])[0] == ("Graphics card", b"vram")
    assert all(made[each.name]["set_enabled"] == [(True,)] for each in ALL)


@pytest.mark.parametrize("each", [each for each in ALL if each.option], ids=lambda each: each.name)
def test_what_may_be_greyed_names_an_option_of_the_core(each: Property) -> None:
    assert each.option in LIMITED
    assert not each.choice or each.choice in settings.RANGES[each.name].choices


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("", []),
        ("running", ["stop_building"]),
        ("cancelled", ["go_on_building"]),
        ("failed", ["go_on_building"]),
        ("ready", []),
    ],
)
def test_the_buttons_of_a_build_are_shown_while_they_are_of_use(state: str, buttons: "list[str]") -> None:
    for present in (Settings(), None):
        made = build(build=state, present=present)
        shown = [name for name in ("stop_building", "go_on_building") if made[name]["set_visible"] == [(True,)]]
        assert shown == buttons


@pytest.mark.parametrize(("trouble", "rest"), [("", "Alive."), ("It is broken.", "Alive."), ("It is broken.", "")])
def test_what_is_trouble_stands_by_itself_in_its_own_colour_and_is_gone_where_nothing_is(
    trouble: str, rest: str
) -> None:
    made = build(status=Status(trouble, rest))
    for name, words, look in (("trouble", trouble, 1), ("status", rest, 0)):
        assert made[name]["set_description"] == [(words.encode(),)]
        assert made[name]["text_set_info_type"] == [(look,)]
        assert made[name]["set_visible"][-1] == (bool(words),)


@pytest.mark.parametrize(
    ("present", "title"),
    [
        (Settings(), "Set for: Balanced"),
        (Settings(chosen_by_itself=True), "Set for: Balanced (chosen for this computer)"),
        (Settings(**presets.PRESETS["preset_light"]), "Set for: Light"),
        (Settings(fps_limit=7), "Set for"),
    ],
)
def test_over_the_presets_stands_which_of_them_this_is(present: Settings, title: str) -> None:
    assert build(present=present)["presets"]["label"] == title
