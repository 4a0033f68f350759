import dataclasses

import pytest

from ezvtb.options import Options
from ezvtb_obs.presets import PRESETS
from ezvtb_obs.settings import Settings, engine_options


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_the_others_set_and_the_engine_takes_it(name: str) -> None:
    assert set(PRESETS[name]) == set(PRESETS["preset_balanced"])
    Options.from_dict(engine_options(dataclasses.replace(Settings(), **PRESETS[name])))


def test_balanced_is_what_a_new_avatar_has() -> None:
    assert dataclasses.replace(Settings(), **PRESETS["preset_balanced"]) == Settings()
