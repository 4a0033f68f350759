import dataclasses
from pathlib import Path

import pytest

from ezvtb.models.manifest import describe
from ezvtb.options import Options
from ezvtb.paths import RECORD
from ezvtb_obs import lacking, presets
from ezvtb_obs.presets import PRESETS, for_this_computer, like
from ezvtb_obs.settings import OFF, SR_FACE, Settings, engine_options


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
    chosen = dataclasses.replace(Settings(), **presets.values(name), tracker="VMC")
    assert like(chosen) == name
    assert like(dataclasses.replace(chosen, fps_limit=7)) == ""


@pytest.mark.parametrize(
    ("installed", "sr"),
    [("realesr_animevideov3", SR_FACE), ("realesrgan_imported", SR_FACE), ("waifu2x_upconv7", OFF), ("", OFF)],
)
def test_quality_enlarges_the_face_only_where_a_model_for_it_is_installed(
    installed: str, sr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EZVTB_MODELS", str(tmp_path))
    for name in ("tha3_separable", *filter(None, [installed])):
        (tmp_path / name).mkdir()
        (tmp_path / name / RECORD).touch()
    values = presets.values("preset_quality")
    assert values == {**PRESETS["preset_quality"], "sr": sr}
    assert like(dataclasses.replace(Settings(), **values)) == "preset_quality"


def test_the_models_that_serve_a_choice_are_known_to_those_who_install_them() -> None:
    for names in lacking.SERVING.values():
        for name in names:
            assert describe(name).name == name
