"""The page of licences names every model and library, as the manifest and pyproject.toml do."""

import re
from pathlib import Path

import pytest

from ezvtb.models.manifest import IMPORTED, Description, read_manifest, tomllib
from ezvtb.webcam.model import NAME

PROJECT = Path(__file__).parents[1]
PAGE = (PROJECT / "docs" / "licences.md").read_text("utf-8")
MODELS = [*read_manifest().values(), *IMPORTED.values()]
ROW = re.compile(r"^\| \[`(\w+)`\]\((\S+)\) \|.*\| \[([^\]]+)\]\((\S+)\) \| (.+) \|$", re.MULTILINE)
ROWS = {row[0]: row for row in ROW.findall(PAGE)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_models_source_and_licence_are_the_manifests(model: Description) -> None:
    name, source, licence, url, answer = ROWS[model.name]
    assert (source, licence, url) == (model.source, model.licence, model.licence_url)
    assert answer.startswith(("Yes", "No"))
    assert ("credit" in answer and "without any credit" not in answer) is licence.startswith("CC BY"), name


def test_no_model_is_on_the_page_that_there_is_not() -> None:
    assert ROWS.keys() == {model.name for model in MODELS} | {NAME}


def test_every_picture_in_a_models_parcel_is_on_the_page() -> None:
    samples = [sample for model in read_manifest().values() for sample in model.samples]
    assert samples
    assert all(f"`{sample.name}`" in PAGE for sample in samples)


def test_every_library_that_a_user_may_install_is_on_the_page() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = (names for extra, names in project["optional-dependencies"].items() if extra != "dev")
    named = {re.split(r"[^A-Za-z0-9-]", each)[0] for each in sum(extras, project["dependencies"])}
    told = set(re.findall(r"[a-z0-9-]+", " ".join(re.findall(r"^\| ([a-z][^|]+) \|", PAGE, re.MULTILINE))))
    assert {"numpy", "pyvirtualcam"} <= named
    assert named <= told
