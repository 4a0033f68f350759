import dataclasses

import pytest

from ezvtb.options import Options
from ezvtb_obs.presets import PRESETS, for_this_computer, like
from ezvtb_obs.settings import Settings, engine_options


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_the_others_set_and_the_engine_takes_it(name: str) -> None:
    assert set(PRESETS[name]) == set(PRESETS["preset_balanced"])
    Options.from_dict(engine_options(dataclasses.replace(Settings(), **PRESETS[name])))


def test_balanced_is_what_a_new_avatar_has() -> None:
    assert dataclasses.replace(Settings(), **PRESETS["preset_balanced"]) == Settings()


@pytest.mark.parametrize(
    ("processors", "name"), [(1, "preset_light"), (4, "preset_light"), (6, "preset_balanced"), (64, "preset_balanced")]
)
def test_a_new_avatar_gets_what_suits_the_number_of_processors(processors: int, name: str) -> None:
    assert for_this_computer(processors) == name
    assert for_this_computer() in PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_settings_are_known_for_their_preset_until_one_of_its_values_is_changed(name: str) -> None:
    chosen = dataclasses.replace(Settings(), **PRESETS[name], tracker="VMC")
    assert like(chosen) == name
    assert like(dataclasses.replace(chosen, fps_limit=7)) == ""
